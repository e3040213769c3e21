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
        "cannot fetch {} from {}: {reason}. Download it on another machine and put it at {place}, or give its path, as in {}",
        known.what,
        known.url,
        option(known.name)
    ))
}

/// The option that takes a file in place of the published weights called `name`.
fn option(name: &str) -> String {
    match name {
        "vgg16" | "lpips-vgg" => "--perceptual vgg:TRUNK,LIN".to_owned(),
        "alexnet" | "lpips-alex" => "--perceptual alex:TRUNK,LIN".to_owned(),
        _ => format!("--features {name}:FILE"),
    }
}

#[cfg(test)]
mod tests {
    use gannet_choice::Choice;
    use gannet_eval::{ExtractorKind, PerceptualKind};
    use gannet_weights::KNOWN;

    use super::*;

    /// The option's words are those that it takes.
    #[test]
    fn a_file_that_cannot_be_fetched_is_given_by_an_option_that_takes_it() {
        for known in &KNOWN {
            let message = unreachable(known, "no network").to_string();
            let (_, option) = message.rsplit_once("as in --").unwrap();
            let (words, given): (Vec<&str>, _) = match option.split_once(' ').unwrap() {
                ("perceptual", given) => (PerceptualKind::WORDS.to_vec(), given),
                (flag, given) => {
                    assert_eq!(flag, "features");
                    (ExtractorKind::WORDS.to_vec(), given)
                }
            };
            let word = given.split(':').next().unwrap();
            assert!(words.contains(&word), "{message}");
            assert_eq!(known.what.contains("LPIPS"), option.starts_with("perceptual"), "{message}");
        }
    }
}
