//! Batches as tensors.

use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::Batch;

/// The images of a batch `[n, c, s, s]` on a device.
pub fn images(batch: &Batch, device: &Device) -> Tensor<4> {
    let data = TensorData::new(batch.images.clone(), [batch.n, batch.channels, batch.size, batch.size]);
    Tensor::from_data(data, device)
}

/// The two images of pairs `[n, 2 c, h, w]`: input and target, exchanged where `reverse` is set.
pub fn split_pairs(pairs: Tensor<4>, reverse: bool) -> [Tensor<4>; 2] {
    let c = pairs.dims()[1] / 2;
    let at = |side: usize| pairs.clone().narrow(1, side * c, c);
    if reverse { [at(1), at(0)] } else { [at(0), at(1)] }
}

/// The mean of `values`; none where there are none.
pub fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
