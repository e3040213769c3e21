//! Contrastive Learning for Unpaired Image-to-Image Translation, Park, Efros, Zhang and Zhu 2020, arXiv:2007.15651, section 3: two
//! linear layers for each of several encoder maps, which embed the features of patches on the unit sphere.

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;

use crate::layers::{Linear, RELU, WeightKind};

/// Length of an embedding.
const EMBEDDING: usize = 256;
/// Added to the norm of a vector before the division.
const EPSILON: f64 = 1e-7;

/// The projection heads, two layers for each map.
#[derive(Module, Debug)]
pub struct PatchHeads {
    hidden: Vec<Linear>,
    output: Vec<Linear>,
}

impl PatchHeads {
    /// For maps of these channels.
    pub fn new(channels: &[usize], stream: &mut Stream, device: &Device) -> Self {
        let mut layer = |inputs: usize| Linear::glorot([inputs, EMBEDDING], WeightKind::Plain, stream, device);
        let (hidden, output) = channels.iter().map(|inputs| (layer(*inputs), layer(EMBEDDING))).unzip();
        Self { hidden, output }
    }

    /// For each map `[n, c, h, w]` the embeddings `[n, p, 256]`, of norm 1, of its values at `places`: numbers below h · w, which
    /// hold for all images.
    pub fn embeddings(&self, maps: &[Tensor<4>], places: &[Vec<usize>]) -> Vec<Tensor<3>> {
        let layers = self.hidden.iter().zip(&self.output);
        let each = maps.iter().zip(places).zip(layers).map(|((map, places), (hidden, output))| {
            let ([n, c, h, w], p) = (map.dims(), places.len());
            let places: Vec<i64> = places.iter().map(|place| *place as i64).collect();
            let at = Tensor::<1, Int>::from_data(TensorData::new(places, [p]), &map.device());
            let values = map.clone().reshape([n, c, h * w]).select(2, at).swap_dims(1, 2).reshape([n * p, c]);
            let y = output.forward(hidden.forward_leaky(Dual::constant(values), RELU)).value;
            let length = (y.clone() * y.clone()).sum_dim(1).sqrt() + EPSILON;
            (y / length).reshape([n, p, EMBEDDING])
        });
        each.collect()
    }
}
