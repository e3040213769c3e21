//! What a graph computes, as an expression of its input. Equal expressions have equal numbers, so that two graphs are compared by
//! the numbers of their results.

use std::collections::HashMap;

use super::param::Layer;
use super::refusal::Refusal;

/// An expression; its parts are other expressions, by their numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Node {
    Input,
    /// The convolution of this number, 3 × 3 with padding 1.
    Conv(usize, usize),
    /// The PReLU of this number.
    Prelu(usize, usize),
    /// LeakyReLU with the bits of its slope.
    Leaky(u32, usize),
    /// A sum, its parts in the order of their numbers.
    Sum(Vec<usize>),
    /// A product with the bits of a number.
    Scaled(u32, usize),
    Concat(Vec<usize>),
    /// A resize by nearest neighbors by a factor.
    Nearest(usize, usize),
    /// A resize by cubic convolution by the bits of a factor.
    Bicubic(u32, usize),
    Shuffle(usize, usize),
    Unshuffle(usize, usize),
}

/// A graph whose layers are added in their order.
pub(super) struct Graph {
    /// The number of each expression.
    numbers: HashMap<Node, usize>,
    /// The expression of each blob.
    blobs: HashMap<String, usize>,
    /// Convolutions and PReLUs so far.
    convs: usize,
    slopes: usize,
    /// The result of the last layer.
    last: usize,
}

impl Graph {
    pub fn new() -> Self {
        Self { numbers: HashMap::new(), blobs: HashMap::new(), convs: 0, slopes: 0, last: 0 }
    }

    /// The number of an expression. What changes nothing is left out.
    pub fn node(&mut self, node: Node) -> usize {
        match node {
            Node::Scaled(by, of) if f32::from_bits(by) == 1.0 => of,
            Node::Nearest(1, of) | Node::Shuffle(1, of) | Node::Unshuffle(1, of) => of,
            Node::Sum(mut parts) => {
                parts.sort_unstable();
                self.number(Node::Sum(parts))
            }
            node => self.number(node),
        }
    }

    fn number(&mut self, node: Node) -> usize {
        let next = self.numbers.len();
        *self.numbers.entry(node).or_insert(next)
    }

    /// The result of the graph.
    pub fn result(&self) -> usize {
        self.last
    }

    /// The expression with this number.
    pub fn expression(&self, number: usize) -> Option<&Node> {
        self.numbers.iter().find(|(_, found)| **found == number).map(|(node, _)| node)
    }

    /// Adds a layer.
    pub fn add(&mut self, layer: &Layer) -> Result<(), Refusal> {
        let missing =
            |name: &String| Refusal::Damaged(format!("{} has an input {name} that no layer gives", layer.name));
        let find = |name: &String| self.blobs.get(name).copied().ok_or_else(|| missing(name));
        let inputs: Vec<usize> = layer.inputs.iter().map(find).collect::<Result<_, _>>()?;
        let result = match (layer.kind.as_str(), &inputs[..]) {
            ("Input", []) if !self.numbers.contains_key(&Node::Input) => self.node(Node::Input),
            ("Split" | "Noop", [x]) => *x,
            ("Convolution", [x]) => self.convolution(layer, *x)?,
            ("PReLU", [x]) => {
                self.slopes += 1;
                self.node(Node::Prelu(self.slopes - 1, *x))
            }
            ("ReLU", [x]) => self.node(Node::Leaky((layer.number(0, 0.0) as f32).to_bits(), *x)),
            ("Concat", _) if layer.whole(0, 0)? == 0 => self.node(Node::Concat(inputs)),
            ("BinaryOp", _) => self.binary(layer, &inputs)?,
            ("Eltwise", _) => self.sum(layer, &inputs)?,
            ("Interp", [x]) => self.resize(layer, *x)?,
            ("PixelShuffle", [x]) if layer.whole(1, 0)? == 0 => self.node(Node::Shuffle(layer.whole(0, 1)?, *x)),
            ("Reorg", [x]) if layer.whole(1, 0)? == 0 => self.node(Node::Unshuffle(layer.whole(0, 1)?, *x)),
            _ => return Err(unknown(layer)),
        };
        self.blobs.extend(layer.outputs.iter().map(|name| (name.clone(), result)));
        self.last = result;
        Ok(())
    }

    /// A convolution of 3 × 3 and padding 1, with the activation that is part of it.
    fn convolution(&mut self, layer: &Layer, x: usize) -> Result<usize, Refusal> {
        let pair = |first: i64, second: i64, otherwise: usize| {
            let value = layer.whole(first, otherwise)?;
            Ok::<_, Refusal>([value, layer.whole(second, value)?])
        };
        let (size, dilation, stride) = (pair(1, 11, 0)?, pair(2, 12, 1)?, pair(3, 13, 1)?);
        let sides = pair(4, 15, 0)?;
        let ends = pair(14, 16, sides[0])?;
        let is_plain = [size, dilation, stride, sides, ends] == [[3; 2], [1; 2], [1; 2], [1; 2], [1; 2]];
        if !is_plain || layer.number(18, 0.0) != 0.0 {
            return Err(unknown(layer));
        }
        self.convs += 1;
        let x = self.node(Node::Conv(self.convs - 1, x));
        match layer.whole(9, 0)? {
            0 => Ok(x),
            1 => Ok(self.node(Node::Leaky(0.0_f32.to_bits(), x))),
            2 if layer.all(10).len() == 1 => Ok(self.node(Node::Leaky((layer.number(10, 0.0) as f32).to_bits(), x))),
            _ => Err(unknown(layer)),
        }
    }

    /// A sum of two maps, or a product with a number.
    fn binary(&mut self, layer: &Layer, inputs: &[usize]) -> Result<usize, Refusal> {
        match (layer.whole(0, 0)?, layer.whole(1, 0)?, inputs) {
            (0, 0, [a, b]) => Ok(self.node(Node::Sum(vec![*a, *b]))),
            (2, 1, [x]) => Ok(self.node(Node::Scaled((layer.number(2, 0.0) as f32).to_bits(), *x))),
            _ => Err(unknown(layer)),
        }
    }

    /// A sum of maps, each times its coefficient.
    fn sum(&mut self, layer: &Layer, inputs: &[usize]) -> Result<usize, Refusal> {
        let factors = layer.all(1);
        if layer.whole(0, 0)? != 1 || !(factors.is_empty() || factors.len() == inputs.len()) {
            return Err(unknown(layer));
        }
        let factor = |at: usize| factors.get(at).map_or(1.0, |factor| *factor as f32).to_bits();
        let parts = inputs.iter().enumerate().map(|(at, x)| self.node(Node::Scaled(factor(at), *x))).collect();
        Ok(self.node(Node::Sum(parts)))
    }

    /// A resize by one factor for both sides.
    fn resize(&mut self, layer: &Layer, x: usize) -> Result<usize, Refusal> {
        let by = layer.number(1, 1.0);
        let has_size = layer.whole(3, 0)? != 0 || layer.whole(4, 0)? != 0;
        if by != layer.number(2, 1.0) || has_size || layer.whole(6, 0)? != 0 || layer.whole(5, 0)? != 0 {
            return Err(unknown(layer));
        }
        match layer.whole(0, 0)? {
            1 if by.fract() == 0.0 && (1.0..=16.0).contains(&by) => Ok(self.node(Node::Nearest(by as usize, x))),
            3 => Ok(self.node(Node::Bicubic((by as f32).to_bits(), x))),
            _ => Err(unknown(layer)),
        }
    }
}

/// The refusal of a layer.
fn unknown(layer: &Layer) -> Refusal {
    let Layer { kind, name, .. } = layer;
    Refusal::Foreign(format!("its layer {name} is a layer {kind} as neither SRVGG nor RRDB has it"))
}
