//! Networks of ncnn: a graph in text, NAME.param, and the values of its layers in their order, NAME.bin.
//!
//! The layers of a graph have no names that say what they are. The graph is compared with those of the networks that Gannet knows
//! (`layouts.rs`), and the values get the names that these networks' own projects give them.

mod graph;
mod layouts;
mod param;
mod values;

use super::{Contents, Source, damaged, foreign};
use crate::error::WeightsError;
use crate::floats::Float;
use crate::named::NamedTensor;
use graph::Graph;
use param::{Layer, MAGIC};
use values::{HALF, Values};

/// Extensions of the two files.
const PARAM: &str = "param";
const BIN: &str = "bin";

/// A tensor of a layer.
struct Stored {
    shape: Vec<usize>,
    float: Float,
    values: Vec<f32>,
}

/// Whether it is a graph, or the values that lie beside one.
pub(super) fn is(source: &Source) -> bool {
    let is_bin = source.path.extension().is_some_and(|extension| extension == BIN);
    let beside = || std::fs::read(source.path.with_extension(PARAM)).is_ok_and(|bytes| is_graph(&bytes));
    is_graph(source.bytes) || source.bytes.starts_with(&HALF) || is_bin && beside() || is_binary(source.bytes)
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
pub(super) fn read(source: &Source) -> Result<Contents, WeightsError> {
    let Source { path, bytes } = *source;
    if is_binary(bytes) {
        return Err(foreign(
            path,
            "an ncnn graph in its binary form: give the .param file in text, with its .bin beside it",
        ));
    }
    let given_graph = is_graph(bytes);
    let other = path.with_extension(if given_graph { BIN } else { PARAM });
    let what = if given_graph {
        "the graph of an ncnn network, whose values"
    } else {
        "the values of an ncnn network, whose graph"
    };
    let missing = |error: std::io::Error| {
        foreign(path, format!("{what} should be in {}, which cannot be read ({error}): put it there", other.display()))
    };
    let companion = std::fs::read(&other).map_err(missing)?;
    let (graph, values) = if given_graph { (bytes, &companion[..]) } else { (&companion[..], bytes) };
    let text = std::str::from_utf8(graph).map_err(|_| damaged(path, "its graph is no text"))?;
    let mut contents = network(text, values).map_err(|refusal| match refusal {
        Refusal::Damaged(reason) => damaged(path, reason),
        Refusal::Foreign(kind) => foreign(path, format!("an ncnn network that Gannet does not read: {kind}")),
    })?;
    contents.companion = Some((other, companion));
    Ok(contents)
}

/// Why a network is not read.
#[derive(Debug)]
enum Refusal {
    /// The files are damaged, or do not belong together.
    Damaged(String),
    /// The network is another, or is stored in another way.
    Foreign(String),
}

/// The tensors of the network with this graph and these values.
fn network(graph: &str, bytes: &[u8]) -> Result<Contents, Refusal> {
    let layers = param::layers(graph)?;
    let mut values = Values::new(bytes);
    let (mut convs, mut slopes) = (Vec::new(), Vec::new());
    let mut graph = Graph::new();
    for layer in &layers {
        match layer.kind.as_str() {
            "Convolution" => convs.push(convolution(layer, &mut values)?),
            "PReLU" => slopes.push(values.plain(layer.whole(0, 0)?)?),
            _ => {}
        }
        graph.add(layer)?;
    }
    values.finish()?;
    let shapes: Vec<&[usize]> = convs.iter().map(|parts: &Vec<(&'static str, Stored)>| &parts[0].1.shape[..]).collect();
    let layout = layouts::find(&mut graph, &shapes, slopes.len())?;
    let mut contents = Contents::default();
    for (name, parts) in layout.convs.into_iter().zip(convs) {
        for (part, Stored { shape, float, values }) in parts {
            contents.add(format!("{name}.{part}"), shape, float, values);
        }
    }
    for (name, Stored { shape, float, values }) in layout.slopes.into_iter().zip(slopes) {
        contents.add(format!("{name}.weight"), shape, float, values);
    }
    if let Some(scale) = layout.resized_to {
        let (name, shape, values) = (RESIZED_TO.to_owned(), vec![1], vec![scale as f32]);
        contents.tensors.push(NamedTensor { name, shape, values });
        contents.notes.push(format!("Its last layer resizes the result to {scale} times the size of the picture."));
    }
    Ok(contents)
}

/// The weight and the bias of a convolution.
fn convolution(layer: &Layer, values: &mut Values) -> Result<Vec<(&'static str, Stored)>, Refusal> {
    let (outputs, width) = (layer.whole(0, 0)?, layer.whole(1, 0)?);
    let height = layer.whole(11, width)?;
    let count = layer.whole(6, 0)?;
    if layer.whole(8, 0)? != 0 {
        return Err(Refusal::Foreign("its values are whole numbers of 8 bits".to_owned()));
    }
    let window = outputs.checked_mul(width).and_then(|window| window.checked_mul(height)).filter(|window| *window > 0);
    let inputs = window.filter(|window| count > 0 && count.is_multiple_of(*window)).map(|window| count / window);
    let inputs = inputs.ok_or_else(|| Refusal::Damaged(format!("{} has {count} weights", layer.name)))?;
    let (float, weight) = values.weights(count)?;
    let mut parts = vec![("weight", Stored { shape: vec![outputs, inputs, height, width], float, values: weight })];
    if layer.whole(5, 0)? == 1 {
        parts.push(("bias", values.plain(outputs)?));
    }
    Ok(parts)
}

/// The name of a value that stands for the last layer of a network that resizes its result: how many times the picture's size it
/// has then.
pub const RESIZED_TO: &str = "resized_to.scale";
