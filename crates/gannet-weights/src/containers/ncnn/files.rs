//! The two files of a network.

use std::path::{Path, PathBuf};

use super::network::network;
use super::param::MAGIC;
use super::refusal::Refusal;
use super::values::HALF;
use crate::containers::contents::{Contents, Source, damaged, foreign};
use crate::containers::foreign::foreign_kind;
use crate::error::WeightsError;
use crate::read::read_file;

/// Extensions of the two files.
const PARAM: &str = "param";
const BIN: &str = "bin";

/// Whether it is a graph, or the values that lie beside one.
pub(in crate::containers) fn is(source: &Source) -> bool {
    let is_bin = source.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(BIN));
    let beside = || read_file(&beside(source.path, PARAM)).is_ok_and(|bytes| is_graph(&bytes));
    is_graph(source.bytes) || source.bytes.starts_with(&HALF) || is_bin && beside() || is_binary(source.bytes)
}

/// The file of the same name with another extension, in capitals where only that exists.
fn beside(path: &Path, extension: &str) -> PathBuf {
    let [small, large] =
        [extension.to_owned(), extension.to_uppercase()].map(|extension| path.with_extension(extension));
    if !small.exists() && large.exists() { large } else { small }
}

/// Whether bytes are a graph in text.
fn is_graph(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(MAGIC.to_string().as_bytes())
}

/// Whether bytes are a graph in ncnn's own binary form.
fn is_binary(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC.to_le_bytes())
}

/// The tensors of a network, under the names of its project.
pub(in crate::containers) fn read(source: &Source) -> Result<Contents, WeightsError> {
    let Source { path, bytes } = *source;
    if is_binary(bytes) {
        return Err(foreign(
            path,
            "an ncnn graph in its binary form: give the .param file in text, with its .bin beside it",
        ));
    }
    let given_graph = is_graph(bytes);
    let other = beside(path, if given_graph { BIN } else { PARAM });
    let what = if given_graph {
        "the graph of an ncnn network, whose values"
    } else {
        "the values of an ncnn network, whose graph"
    };
    let missing = |error: std::io::Error| {
        foreign(path, format!("{what} should be in {}, which cannot be read ({error}): put it there", other.display()))
    };
    if other == path {
        return Err(foreign(path, "a graph of ncnn under the extension of its values: rename it to .param"));
    }
    let companion = read_file(&other).map_err(missing)?;
    for (path, bytes) in [(path, bytes), (&other, &companion[..])] {
        if let Some(kind) = foreign_kind(bytes) {
            return Err(foreign(path, kind));
        }
    }
    let (graph, values) = if given_graph { (bytes, &companion[..]) } else { (&companion[..], bytes) };
    let text = std::str::from_utf8(graph).map_err(|_| damaged(path, "its graph is no text"))?;
    let mut contents = network(text, values).map_err(|refusal| match refusal {
        Refusal::Damaged(reason) => damaged(path, reason),
        Refusal::Foreign(kind) => foreign(path, format!("an ncnn network that Gannet does not read: {kind}")),
    })?;
    contents.companion = Some((other, companion));
    Ok(contents)
}
