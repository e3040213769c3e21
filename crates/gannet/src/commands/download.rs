//! Published weights, brought once to the user's cache.

use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use gannet_train::evaluate::EvaluateError;
use gannet_weights::Known;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The file of `known`, brought from where it is published and checked by its hash.
///
/// # Errors
/// The place cannot be reached, or has another file; nothing is kept.
pub fn fetch(known: &Known) -> Result<PathBuf, EvaluateError> {
    let megabytes = known.bytes.div_ceil(1_000_000);
    crate::tell(&format!("fetching {} ({megabytes} MB) from {}", known.what, known.url));
    let bytes = download(known).map_err(|reason| offline(known, &reason))?;
    Ok(known.store(&bytes)?)
}

fn download(known: &Known) -> Result<Vec<u8>, String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_connect(Some(Duration::from_secs(15)))
        .timeout_recv_response(Some(Duration::from_secs(30)))
        .build()
        .into();
    let mut response = agent.get(known.url).call().map_err(|error| error.to_string())?;
    let bar = ProgressBar::with_draw_target(Some(known.bytes), ProgressDrawTarget::stderr_with_hz(4));
    let style = ProgressStyle::with_template("{bar:24} {bytes}/{total_bytes} · {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let mut bytes = Vec::new();
    // One byte more than it should have tells another file, without room for an endless one.
    let reader = response.body_mut().as_reader().take(known.bytes + 1);
    bar.wrap_read(reader).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    bar.finish_and_clear();
    Ok(bytes)
}

fn offline(known: &Known, reason: &str) -> EvaluateError {
    let place = known.place().map_or("the cache".to_owned(), |path| path.display().to_string());
    EvaluateError::Setting(format!(
        "cannot fetch {} from {}: {reason}. Fetch it elsewhere and put it in {place}, or give its path, as in --features \
         {}:FILE",
        known.what, known.url, known.name
    ))
}
