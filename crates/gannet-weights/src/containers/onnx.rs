//! ONNX networks: the tensors that a file keeps under names, its initializers.
//!
//! Exporters keep the names of a network's own code, except for slopes of PReLU, which they reshape: a slope is named by the convolution before it,
//! whose place in a sequence is one less. No other operations of the graph are looked at.
//!
//! A file is a protocol buffer: fields, each a number, a kind and a value, some of which are messages of fields again.

use std::collections::{BTreeSet, HashMap};

use super::contents::{Contents, Source, damaged, foreign};
use crate::error::WeightsError;
use crate::floats::Float;

/// Fields of a model, a graph and a tensor.
const GRAPH: u64 = 7;
const INITIALIZER: u64 = 5;
const SHAPE: u64 = 1;
const TYPE: u64 = 2;
const SINGLES: u64 = 4;
const WHOLES: u64 = 5;
const NAME: u64 = 8;
const RAW: u64 = 9;
const DOUBLES: u64 = 10;
const LOCATION: u64 = 14;
/// What exporters call a tensor whose name they have dropped.
const RENAMED: &str = "onnx::";
/// Fields of a node.
const NODE: u64 = 1;
const INPUT: u64 = 1;
const OUTPUT: u64 = 2;
const OPERATION: u64 = 4;
/// Most numbers of a tensor without a place in a module, which is a constant of the graph, such as a size.
const CONSTANT: usize = 16;

/// A value of a field.
#[derive(Clone, Copy)]
enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// Whether it begins with its version (field 1) and the name of its writer (field 2, or 3), or its graph (field 7). A model of
/// TensorFlow begins with version 1 and a message.
pub(super) fn is(source: &Source) -> bool {
    matches!(source.bytes, [0x08, 3..=30, 0x12 | 0x1a | 0x3a, ..])
}

/// The tensors of a network.
pub(super) fn read(source: &Source) -> Result<Contents, WeightsError> {
    let Source { path, bytes } = *source;
    let wrong = || damaged(path, "it begins like an ONNX network, and its fields are not whole");
    let model = fields(bytes).ok_or_else(wrong)?;
    let graph = model.iter().rev().find_map(|(number, value)| match value {
        Value::Bytes(bytes) if *number == GRAPH => Some(*bytes),
        _ => None,
    });
    let graph = fields(graph.ok_or_else(wrong)?).ok_or_else(wrong)?;
    let mut contents = Contents::default();
    let mut tensors = Vec::new();
    for (_, value) in graph.iter().filter(|(number, _)| *number == INITIALIZER) {
        let Value::Bytes(bytes) = value else { return Err(wrong()) };
        tensors.push(Initializer::read(bytes).ok_or_else(wrong)?);
    }
    if tensors.iter().any(|tensor| tensor.is_elsewhere) {
        let text = "an ONNX network whose values are in another file: save it as one file, in Python by onnx.save(onnx.load(FILE), \
                    'one.onnx')";
        return Err(foreign(path, text));
    }
    name_slopes(&mut tensors, &graph, bytes.len());
    for tensor in tensors {
        tensor.add_to(&mut contents).ok_or_else(wrong)?;
    }
    let renamed = contents.tensors.iter().filter(|tensor| tensor.name.starts_with(RENAMED)).count();
    if renamed > 0 {
        contents.notes.push(format!(
            "The program that wrote this file has dropped the names of {renamed} tensors, and calls them {RENAMED}…: give the PyTorch or \
             safetensors file that it was made from."
        ));
    }
    Ok(contents)
}

/// An operation of the graph, its inputs, and its first output.
struct Node<'a> {
    operation: &'a [u8],
    inputs: Vec<&'a [u8]>,
    output: &'a [u8],
}

impl<'a> Node<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let fields = fields(bytes)?;
        let of = |wanted: u64| {
            fields.iter().filter_map(move |(number, value)| match value {
                Value::Bytes(bytes) if *number == wanted => Some(*bytes),
                _ => None,
            })
        };
        Some(Self { operation: of(OPERATION).next()?, inputs: of(INPUT).collect(), output: of(OUTPUT).next()? })
    }
}

/// Adds the slopes of PReLU under the names of their places: behind the convolution `body.0` follows `body.1`. Several may be one
/// tensor of the file, and all together have at most `budget` values.
fn name_slopes(tensors: &mut Vec<Initializer>, graph: &[(u64, Value)], mut budget: usize) {
    let nodes = graph.iter().filter_map(|(number, value)| match value {
        Value::Bytes(bytes) if *number == NODE => Node::read(bytes),
        _ => None,
    });
    let nodes: Vec<Node> = nodes.collect();
    let by_output: HashMap<&[u8], &Node> = nodes.iter().map(|node| (node.output, node)).collect();
    let at: HashMap<String, usize> = tensors.iter().enumerate().map(|(at, tensor)| (tensor.name.clone(), at)).collect();
    let mut unnamed = BTreeSet::new();
    for node in nodes.iter().filter(|node| node.operation == b"PRelu") {
        let [x, slope] = node.inputs[..] else { continue };
        // One of equal slopes may stand for the others.
        let slope = match by_output.get(slope) {
            Some(Node { operation: b"Identity", inputs, .. }) if inputs.len() == 1 => inputs[0],
            _ => slope,
        };
        let weight = by_output.get(x).filter(|node| node.operation == b"Conv").and_then(|conv| conv.inputs.get(1));
        let place = weight.and_then(|name| next_place(&String::from_utf8_lossy(name)));
        let found = at.get(String::from_utf8_lossy(slope).as_ref()).map(|at| tensors[*at].clone());
        let Some((place, found)) = place.zip(found).filter(|(_, found)| !found.name.ends_with(".weight")) else {
            continue;
        };
        let count = found.shape.iter().try_fold(1_usize, |count, side| count.checked_mul(*side));
        let Some((count, left)) = count.and_then(|count| Some((count, budget.checked_sub(count)?))) else { return };
        budget = left;
        unnamed.insert(found.name.clone());
        tensors.push(Initializer { name: place, shape: vec![count], ..found });
    }
    tensors.retain(|tensor| !unnamed.contains(&tensor.name));
}

/// The name of the weight that is one place behind another in a sequence.
fn next_place(name: &str) -> Option<String> {
    let (sequence, place) = name.strip_suffix(".weight")?.rsplit_once('.')?;
    Some(format!("{sequence}.{}.weight", place.parse::<usize>().ok()?.checked_add(1)?))
}

/// A tensor of the graph.
#[derive(Default, Clone)]
struct Initializer<'a> {
    name: String,
    shape: Vec<usize>,
    kind: u64,
    /// Its values as raw bytes, as f32, as whole numbers, or as f64.
    raw: &'a [u8],
    singles: &'a [u8],
    wholes: &'a [u8],
    doubles: &'a [u8],
    is_elsewhere: bool,
}

impl<'a> Initializer<'a> {
    /// The tensor of a message; `None` where its fields are not whole.
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut tensor = Self::default();
        for (number, value) in fields(bytes)? {
            match (number, value) {
                (SHAPE, Value::Number(side)) => tensor.shape.push(usize::try_from(side).ok()?),
                (SHAPE, Value::Bytes(packed)) => {
                    tensor.shape.extend(packed_numbers(packed)?.into_iter().map(|side| side as usize));
                }
                (TYPE, Value::Number(kind)) => tensor.kind = kind,
                (NAME, Value::Bytes(name)) => tensor.name = String::from_utf8_lossy(name).into_owned(),
                (RAW, Value::Bytes(bytes)) => tensor.raw = bytes,
                (SINGLES, Value::Bytes(bytes)) => tensor.singles = bytes,
                (WHOLES, Value::Bytes(bytes)) => tensor.wholes = bytes,
                (DOUBLES, Value::Bytes(bytes)) => tensor.doubles = bytes,
                (LOCATION, Value::Number(location)) => tensor.is_elsewhere = location == 1,
                _ => {}
            }
        }
        Some(tensor)
    }

    /// Adds it; `None` where its values do not fill its shape.
    fn add_to(self, contents: &mut Contents) -> Option<()> {
        let Some(float) = float(self.kind) else {
            contents.leave_out(&self.name, other_type(self.kind));
            return Some(());
        };
        let values = match float {
            _ if !self.raw.is_empty() => float.read(self.raw),
            Float::F32 => Float::F32.read(self.singles),
            Float::F64 => Float::F64.read(self.doubles),
            // A number of 8 or 16 bits each, as a whole number.
            _ => {
                let numbers = packed_numbers(self.wholes)?;
                let size = if matches!(float, Float::F16 | Float::Bf16) { 2 } else { 1 };
                float.read(
                    &numbers.iter().flat_map(|number| number.to_le_bytes().into_iter().take(size)).collect::<Vec<u8>>(),
                )
            }
        };
        let count = self.shape.iter().try_fold(1_usize, |count, side| count.checked_mul(*side));
        if count != Some(values.len()) {
            return None;
        }
        match !self.name.contains('.') && values.len() <= CONSTANT {
            true => contents.leave_out(&self.name, "constant"),
            false => contents.add(self.name, self.shape, float, values),
        }
        Some(())
    }
}

/// The name of a type that is not read.
fn other_type(kind: u64) -> &'static str {
    match kind {
        2 => "u8",
        3 => "i8",
        4 => "u16",
        5 => "i16",
        6 => "i32",
        7 => "i64",
        8 => "text",
        9 => "bool",
        12 => "u32",
        13 => "u64",
        _ => "another type",
    }
}

fn float(kind: u64) -> Option<Float> {
    Some(match kind {
        1 => Float::F32,
        10 => Float::F16,
        11 => Float::F64,
        16 => Float::Bf16,
        17 => Float::F8E4m3,
        19 => Float::F8E5m2,
        _ => return None,
    })
}

/// The fields of a message, with their numbers; `None` where the last one is not whole.
fn fields(mut bytes: &[u8]) -> Option<Vec<(u64, Value<'_>)>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let value = match tag & 7 {
            0 => Value::Number(varint(&mut bytes)?),
            1 => Value::Bytes(take(&mut bytes, 8)?),
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                Value::Bytes(take(&mut bytes, length)?)
            }
            5 => Value::Bytes(take(&mut bytes, 4)?),
            _ => return None,
        };
        fields.push((tag >> 3, value));
    }
    Some(fields)
}

fn packed_numbers(mut bytes: &[u8]) -> Option<Vec<u64>> {
    let mut numbers = Vec::new();
    while !bytes.is_empty() {
        numbers.push(varint(&mut bytes)?);
    }
    Some(numbers)
}

/// A number, seven bits in each byte, the lowest first; the last byte is below 128.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let length = bytes.iter().take(10).position(|byte| *byte < 128)? + 1;
    let digits = take(bytes, length)?;
    Some(digits.iter().rev().fold(0, |number, byte| number << 7 | u64::from(byte & 127)))
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(taken)
}
