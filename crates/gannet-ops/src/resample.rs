//! Resizing of images that keeps what a smaller image can hold and nothing else.
//!
//! Bilinear with antialiasing: each output pixel is the weighted mean of the input pixels around it,
//! by a triangle one input pixel wide to either side, or one output pixel where the image shrinks, so
//! that every input pixel counts. Pixels are areas: the first one's centre lies at ½.
//!
//! It is linear and separable, hence two small matrices: `y = rows · x · columnsᵀ`. That is what
//! PyTorch's `F.interpolate(mode="bilinear", antialias=True, align_corners=False)` computes.

use burn::tensor::{Tensor, TensorData};

/// `x [n, c, h, w]` → `[n, c, h', w']` with `[h', w'] = size`, all at least 1.
pub fn resize(x: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
    let [n, c, h, w] = x.dims();
    let rows = matrix(h, size[0], &x).reshape([1, 1, size[0], h]);
    let columns = matrix(w, size[1], &x).transpose();
    // All lines of all images at once; the other axis is one product an image.
    let narrowed = x.reshape([n * c * h, w]).matmul(columns).reshape([n, c, h, size[1]]);
    rows.matmul(narrowed)
}

/// The weights as a tensor of the same kind as `like`.
fn matrix(input: usize, output: usize, like: &Tensor<4>) -> Tensor<2> {
    let data = TensorData::new(weights(input, output), [output, input]);
    Tensor::from_data(data, (&like.device(), like.dtype()))
}

/// `[output, input]`, row-major: what each input pixel gives to each output pixel. Rows sum to 1.
fn weights(input: usize, output: usize) -> Vec<f64> {
    let scale = input as f64 / output as f64;
    let reach = scale.max(1.0);
    let row = |out: usize| {
        let centre = (out as f64 + 0.5) * scale;
        let row: Vec<f64> = (0..input).map(|pixel| triangle((pixel as f64 + 0.5 - centre) / reach)).collect();
        // At the borders a part of the triangle lies outside: the rest stands for it.
        let total: f64 = row.iter().sum();
        row.into_iter().map(move |weight| weight / total)
    };
    (0..output).flat_map(row).collect()
}

fn triangle(distance: f64) -> f64 {
    (1.0 - distance.abs()).max(0.0)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use burn::tensor::DType;
    use safetensors::SafeTensors;

    use super::*;
    use crate::device::device;
    use crate::random::Stream;

    fn reference(file: &SafeTensors, name: &str) -> Tensor<4> {
        let view = file.tensor(name).unwrap();
        let values: Vec<f32> = view.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        Tensor::from_data(TensorData::new(values, view.shape().to_vec()), &device("cpu").unwrap())
    }

    #[test]
    fn sizes_up_and_down_equal_pytorch() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/reference/resize.safetensors");
        let bytes = std::fs::read(path).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        for case in ["28_to_32", "64_to_32", "50x37_to_32x32"] {
            let found = resize(reference(&file, &format!("{case}.input")), [32, 32]);
            let expected = reference(&file, &format!("{case}.output"));
            assert_eq!(found.dims(), expected.dims());
            let error = (found - expected).abs().max().into_scalar::<f32>();
            assert!(error < 1e-6, "{case}: off by {error}");
        }
    }

    #[test]
    fn weights_are_positive_and_each_pixel_s_sum_is_one() {
        for (input, output) in [(1, 1), (1, 5), (5, 1), (28, 32), (64, 32), (37, 32), (7, 100), (299, 13)] {
            for row in weights(input, output).chunks_exact(input) {
                assert!(row.iter().all(|weight| *weight >= 0.0), "{input} to {output}");
                assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{input} to {output}");
            }
        }
    }

    #[test]
    fn every_pixel_counts_where_an_image_shrinks() {
        let weights = weights(64, 9);
        for pixel in 0..64 {
            assert!(weights.iter().skip(pixel).step_by(64).sum::<f64>() > 0.0, "pixel {pixel} is lost");
        }
    }

    fn image(shape: [usize; 4]) -> TensorData {
        TensorData::new(Stream::new(0, "image", 0).normals(shape.iter().product()), shape)
    }

    #[test]
    fn the_same_size_is_the_same_image() {
        let x = Tensor::<4>::from_data(image([2, 3, 9, 7]), &device("cpu").unwrap());
        assert_eq!(resize(x.clone(), [9, 7]).into_data(), x.into_data());
    }

    /// ⟨resize(x), y⟩ = ⟨x, gradient⟩, in f64, because the map is linear.
    #[test]
    fn the_gradient_is_the_adjoint() {
        let device = device("cpu").unwrap().autodiff();
        let x = Tensor::<4>::from_data(image([2, 3, 11, 6]), (&device, DType::F64)).require_grad();
        let y = Tensor::<4>::from_data(image([2, 3, 5, 8]), (&device, DType::F64));
        let product = (resize(x.clone(), [5, 8]) * y).sum();
        let gradient = x.grad(&product.clone().backward()).unwrap();
        let back = (x.inner() * gradient).sum().into_scalar::<f64>();
        let product = product.into_scalar::<f64>();
        assert!(product.abs() > 1.0 && (product - back).abs() < 1e-12 * product.abs(), "{product} and {back}");
    }
}
