//! A graph and its values as the tensors of a network.

use super::graph::Graph;
use super::layouts;
use super::param::{Layer, layers};
use super::refusal::Refusal;
use super::values::{Stored, Values};
use crate::containers::contents::Contents;
use crate::named::NamedTensor;

/// The tensors of the network with this graph and these values.
pub(super) fn network(graph: &str, bytes: &[u8]) -> Result<Contents, Refusal> {
    let layers = layers(graph)?;
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
