//! Contrastive Learning for Unpaired Image-to-Image Translation, Park, Efros, Zhang and Zhu 2020, arXiv:2007.15651, section 3: two
//! linear layers behind each of some maps of an encoder, which turn what it sees at some places into points on a sphere.

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;

use crate::layers::{Linear, RELU, WeightKind};

/// Length of a point's vector.
const POINT: usize = 256;
/// What keeps the length of a vector from 0.
const EPSILON: f64 = 1e-7;

/// The two layers of each map.
#[derive(Module, Debug)]
pub struct PatchHeads {
    hidden: Vec<Linear>,
    output: Vec<Linear>,
}

impl PatchHeads {
    /// For maps of so many channels each.
    pub fn new(channels: &[usize], stream: &mut Stream, device: &Device) -> Self {
        let mut layer = |inputs: usize| Linear::glorot([inputs, POINT], WeightKind::Plain, stream, device);
        let (hidden, output) = channels.iter().map(|inputs| (layer(*inputs), layer(POINT))).unzip();
        Self { hidden, output }
    }

    /// Of each map `[n, c, h, w]` its values at `places` (numbers below h · w, the same in each image) as points `[n, p, 256]` of
    /// length 1.
    pub fn points(&self, maps: &[Tensor<4>], places: &[Vec<usize>]) -> Vec<Tensor<3>> {
        let layers = self.hidden.iter().zip(&self.output);
        let each = maps.iter().zip(places).zip(layers).map(|((map, places), (hidden, output))| {
            let ([n, c, h, w], p) = (map.dims(), places.len());
            let places: Vec<i64> = places.iter().map(|place| *place as i64).collect();
            let at = Tensor::<1, Int>::from_data(TensorData::new(places, [p]), &map.device());
            let seen = map.clone().reshape([n, c, h * w]).select(2, at).swap_dims(1, 2).reshape([n * p, c]);
            let y = output.forward(hidden.forward_leaky(Dual::constant(seen), RELU)).value;
            let length = (y.clone() * y.clone()).sum_dim(1).sqrt() + EPSILON;
            (y / length).reshape([n, p, POINT])
        });
        each.collect()
    }
}
