//! Published weights, downloaded once to the user's cache.

use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use gannet_eval::EvalError;
use gannet_weights::Known;

use crate::progress::bar;
use crate::stderr;

/// The file of the published weights `known`, downloaded and verified by its hash.
///
/// # Errors
/// The server cannot be reached, or serves another file; nothing is stored.
pub fn fetch(known: &Known) -> Result<PathBuf, EvalError> {
    let megabytes = known.bytes.div_ceil(1_000_000);
    stderr::line(&format!("downloading {} ({megabytes} MB) from {}", known.what, known.url));
    let bytes = download(known).map_err(|reason| unreachable(known, &reason))?;
    Ok(known.store(&bytes)?)
}

fn download(known: &Known) -> Result<Vec<u8>, String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_connect(Some(Duration::from_secs(15)))
        .timeout_recv_response(Some(Duration::from_secs(30)))
        .build()
        .into();
    let mut response = agent.get(known.url).call().map_err(|error| error.to_string())?;
    let bar = bar(Some(known.bytes), "{bar:24} {bytes}/{total_bytes} · {eta} left");
    let mut bytes = Vec::new();
    // One byte more than expected shows that it is another file, and an endless file needs no memory.
    let reader = response.body_mut().as_reader().take(known.bytes + 1);
    bar.wrap_read(reader).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    bar.finish_and_clear();
    Ok(bytes)
}

fn unreachable(known: &Known, reason: &str) -> EvalError {
    let place = known.place().map_or("the cache".to_owned(), |path| path.display().to_string());
    EvalError::Setting(format!(
        "cannot fetch {} from {}: {reason}. Download it on another machine and put it at {place}, or give its path, as in \
         --features {}:FILE",
        known.what, known.url, known.name
    ))
}
