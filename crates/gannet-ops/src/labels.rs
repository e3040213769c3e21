//! Class labels as tensors.

use burn::tensor::{Tensor, TensorData};

/// One-hot rows `[n, classes]` of labels in `0..classes`, on the device and in the precision of `like`.
///
/// # Panics
/// Where a label is `classes` or more.
pub fn one_hot<const D: usize>(labels: &[usize], classes: usize, like: &Tensor<D>) -> Tensor<2> {
    let mut rows = vec![0.0_f32; labels.len() * classes];
    for (row, label) in labels.iter().enumerate() {
        assert!(*label < classes, "label {label} is not below {classes}");
        rows[row * classes + label] = 1.0;
    }
    Tensor::from_data(TensorData::new(rows, [labels.len(), classes]), (&like.device(), like.dtype()))
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn rows_have_a_one_at_their_label() {
        let like = Tensor::<1>::zeros([1], &Device::flex());
        let rows: Vec<f32> = one_hot(&[2, 0], 3, &like).into_data().iter().collect();
        assert_eq!(rows, [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    #[should_panic(expected = "label 3 is not below 3")]
    fn a_label_beyond_the_classes_is_refused() {
        one_hot(&[3, 0], 3, &Tensor::<1>::zeros([1], &Device::flex()));
    }
}
