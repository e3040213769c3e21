//! The networks whose graphs are known: what each computes, and the names that its project gives the layers.

use super::graph::{Graph, Node};
use super::refusal::Refusal;

/// Slope of LeakyReLU and factor of residual branches in RRDB.
const SLOPE: f32 = 0.2;
/// Convolutions of a block of RRDB, and of a dense block.
const BLOCK: usize = 15;
const DENSE: usize = 5;
/// Most upsamplings by 2 of RRDB.
const MOST_UPSAMPLINGS: usize = 4;

/// The names of a network's layers.
#[derive(Debug, PartialEq)]
pub(super) struct Layout {
    pub convs: Vec<String>,
    pub slopes: Vec<String>,
    /// How many times the picture's size the result has, where a last layer resizes it.
    pub resized_to: Option<usize>,
}

/// The layout of a network with convolutions of these shapes and so many PReLUs.
pub(super) fn find(graph: &mut Graph, convs: &[&[usize]], slopes: usize) -> Result<Layout, Refusal> {
    let result = graph.result();
    let (result, resized) = match graph.expression(result) {
        Some(Node::Bicubic(by, of)) => (*of, Some(f32::from_bits(*by))),
        _ => (result, None),
    };
    let found = if slopes > 0 { srvgg(graph, convs, slopes, result) } else { rrdb(graph, convs, result) };
    let (layout, scale) = found.ok_or_else(|| {
        Refusal::Foreign("its layers are connected in another way than those of SRVGG and RRDB".to_owned())
    })?;
    let Some(by) = resized else { return Ok(layout) };
    let size = scale as f32 * by;
    if slopes == 0 || size.fract() != 0.0 || !(1.0..=16.0).contains(&size) {
        return Err(Refusal::Foreign(format!("it resizes its result by {by}, to {size} times the picture's size")));
    }
    Ok(Layout { resized_to: Some(size as usize), ..layout })
}

/// SRVGG, and its scale: convolutions with PReLU between them, pixel shuffle, and the repeated input.
fn srvgg(graph: &mut Graph, convs: &[&[usize]], slopes: usize, result: usize) -> Option<(Layout, usize)> {
    if convs.len() != slopes + 1 {
        return None;
    }
    let (inputs, outputs) = (*convs[0].get(1)?, *convs[slopes].first()?);
    let scale = outputs.checked_div(inputs)?.isqrt();
    let input = graph.node(Node::Input);
    let mut x = input;
    for at in 0..slopes {
        x = graph.node(Node::Conv(at, x));
        x = graph.node(Node::Prelu(at, x));
    }
    x = graph.node(Node::Conv(slopes, x));
    let parts = vec![graph.node(Node::Shuffle(scale, x)), graph.node(Node::Nearest(scale, input))];
    let names = |first: usize, count: usize| (0..count).map(|at| format!("body.{}", 2 * at + first)).collect();
    let layout = Layout { convs: names(0, slopes + 1), slopes: names(1, slopes), resized_to: None };
    (graph.node(Node::Sum(parts)) == result).then_some((layout, scale))
}

/// RRDB, and its scale: dense blocks in residual blocks, and nearest-neighbor upsampling; pixel unshuffle comes first where the scale
/// is small.
fn rrdb(graph: &mut Graph, convs: &[&[usize]], result: usize) -> Option<(Layout, usize)> {
    let upsamplings =
        (0..=MOST_UPSAMPLINGS).find(|up| convs.len().checked_sub(up + 4).is_some_and(|n| n % BLOCK == 0))?;
    let blocks = (convs.len() - upsamplings - 4) / BLOCK;
    let shrunk = convs[0].get(1)?.checked_div(*convs[convs.len() - 1].first()?)?.isqrt();
    let mut network = Rrdb { graph, convs: 0 };
    let input = network.graph.node(Node::Input);
    let input = network.graph.node(Node::Unshuffle(shrunk, input));
    let first = network.conv(input);
    let mut x = first;
    for _ in 0..blocks {
        x = network.block(x);
    }
    x = network.conv(x);
    x = network.graph.node(Node::Sum(vec![first, x]));
    for _ in 0..upsamplings {
        x = network.graph.node(Node::Nearest(2, x));
        x = network.leaky(x);
    }
    x = network.leaky(x);
    let names = rrdb_names(blocks, upsamplings);
    let layout = Layout { convs: names, slopes: Vec::new(), resized_to: None };
    (network.conv(x) == result).then(|| (layout, (1 << upsamplings) / shrunk.max(1)))
}

/// The names of RRDB's convolutions in BasicSR.
fn rrdb_names(blocks: usize, upsamplings: usize) -> Vec<String> {
    let name = |at: usize| {
        let (block, dense, conv) = (at / BLOCK, at % BLOCK / DENSE + 1, at % DENSE + 1);
        format!("body.{block}.rdb{dense}.conv{conv}")
    };
    let first = ["conv_first".to_owned()].into_iter().chain((0..blocks * BLOCK).map(name));
    let up = (1..=upsamplings).map(|at| format!("conv_up{at}"));
    let first = first.chain(["conv_body".to_owned()]).chain(up);
    first.chain(["conv_hr", "conv_last"].map(str::to_owned)).collect()
}

/// The expressions of RRDB, whose convolutions are numbered in their order.
struct Rrdb<'a> {
    graph: &'a mut Graph,
    convs: usize,
}

impl Rrdb<'_> {
    fn conv(&mut self, x: usize) -> usize {
        self.convs += 1;
        self.graph.node(Node::Conv(self.convs - 1, x))
    }

    fn leaky(&mut self, x: usize) -> usize {
        let x = self.conv(x);
        self.graph.node(Node::Leaky(SLOPE.to_bits(), x))
    }

    /// `x` and a part of a branch.
    fn residual(&mut self, x: usize, branch: usize) -> usize {
        let part = self.graph.node(Node::Scaled(SLOPE.to_bits(), branch));
        self.graph.node(Node::Sum(vec![x, part]))
    }

    fn dense(&mut self, x: usize) -> usize {
        let mut maps = vec![x];
        for at in 1..DENSE {
            let all = if at == 1 { x } else { self.graph.node(Node::Concat(maps.clone())) };
            maps.push(self.leaky(all));
        }
        let all = self.graph.node(Node::Concat(maps));
        let last = self.conv(all);
        self.residual(x, last)
    }

    fn block(&mut self, x: usize) -> usize {
        let branch = (0..3).fold(x, |x, _| self.dense(x));
        self.residual(x, branch)
    }
}
