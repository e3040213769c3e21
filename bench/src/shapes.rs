//! Each convolution of the compared DCGANs by itself: its algorithm, and the rate of its three maps.
//!
//! The weight does not change between runs, so its packed form is computed once and reused, as at inference.

use burn::tensor::{Device, Tensor, TensorData};
use gannet_nn::architectures::dcgan::DcganConfig;
use gannet_nn::{Architecture, Generator};
use gannet_ops::conv::{Window, algorithm, conv_transpose2d, conv2d};
use gannet_ops::random::Stream;
use gannet_weights::collect;

use crate::arguments::Error;
use crate::timing::{median, seconds};

const STRIDED: Window = Window { stride: 2, padding: [1; 2], dilation: 1, groups: 1 };
/// The window of a kernel that covers the whole image.
const WHOLE: Window = Window { stride: 1, padding: [0; 2], dilation: 1, groups: 1 };
/// Timed runs per map.
const RUNS: usize = 15;
/// Side of the large matrix product.
const LARGE: usize = 2048;
/// Least share of a measured time that must be the map's own for its rate to be meaningful.
const OWN: f64 = 0.1;

/// Image size, width, batch size and image channels of the DCGANs that `compare.py` trains.
const NETWORKS: [[usize; 4]; 6] =
    [[28, 32, 64, 1], [32, 32, 64, 1], [32, 64, 64, 3], [64, 32, 32, 3], [64, 32, 64, 1], [64, 64, 64, 3]];

/// A convolution of `[batch, c, side, side]` to `o` channels with a kernel of `k × k`. Its transposed convolution has the same
/// three maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Case {
    batch: usize,
    c: usize,
    o: usize,
    k: usize,
    side: usize,
    window: Window,
}

impl Case {
    /// Side of the result, in pixels.
    fn out(&self) -> usize {
        self.window.output([self.side; 2], [self.k; 2])[0]
    }

    fn x(&self, device: &Device) -> Tensor<4> {
        normals([self.batch, self.c, self.side, self.side], device)
    }

    fn y(&self, device: &Device) -> Tensor<4> {
        normals([self.batch, self.o, self.out(), self.out()], device)
    }

    fn weight(&self, device: &Device) -> Tensor<4> {
        normals([self.o, self.c, self.k, self.k], device)
    }

    /// Additions and multiplications of the definition, in units of 10⁹; equal for all three maps.
    fn gflop(&self) -> f64 {
        2e-9 * (self.batch * self.o * self.c * (self.k * self.out()).pow(2)) as f64
    }
}

/// Prints a Markdown table. A rate counts the products of the definition, even if the algorithm computes fewer.
pub fn print(device: &Device) -> Result<(), Error> {
    let large = product(device)?;
    println!("A matrix product of {LARGE}³ runs at {large:.0} GFLOP/s; the percentages are relative to that.\n");
    println!("| convolution | batch | algorithm | forward, GFLOP/s | image's adjoint | weight's adjoint |");
    println!("| --- | ---: | --- | ---: | ---: | ---: |");
    for case in cases(device) {
        println!("{}", row(&case, large, device)?);
    }
    Ok(())
}

/// One row of the table.
fn row(case: &Case, large: f64, device: &Device) -> Result<String, Error> {
    let Case { batch, c, o, k, side, window } = *case;
    let chosen = algorithm([o, c, k, k], window, [case.out(); 2], batch);
    let rate = |seconds: f64| case.gflop() / seconds;
    let cell = |rate: f64| format!("{rate:.0} ({:.0} %)", 100.0 * rate / large);
    let [forward, image] = [forward(case, device)?, image_adjoint(case, device)?].map(|seconds| cell(rate(seconds)));
    let weight = weight_adjoint(case, device)?.map_or("–".to_owned(), |seconds| cell(rate(seconds)));
    let name = format!("{c} → {o}, {k} × {k} / {}, {side} px", window.stride);
    Ok(format!("| {name} | {batch} | {chosen:?} | {forward} | {image} | {weight} |"))
}

/// Every convolution of [`NETWORKS`], once.
fn cases(device: &Device) -> Vec<Case> {
    let mut cases = Vec::new();
    for case in NETWORKS.into_iter().flat_map(|network| convolutions(network, device)) {
        if !cases.contains(&case) {
            cases.push(case);
        }
    }
    cases
}

/// The convolutions of the discriminator, which the generator has transposed, and the generator's first layer.
fn convolutions([size, width, batch, channels]: [usize; 4], device: &Device) -> Vec<Case> {
    let config = DcganConfig::new(size).with_width(width).with_channels(channels);
    let mut stream = Stream::new(0, "shapes", 0);
    let mut side = size;
    let mut cases = Vec::new();
    for tensor in collect(&config.init_discriminator(&mut stream, device)) {
        let [o, c, k, _] = tensor.shape[..] else { continue };
        // Only the last kernel covers its whole input.
        let window = if side == k { WHOLE } else { STRIDED };
        let case = Case { batch, c, o, k, side, window };
        side = case.out();
        cases.push(case);
    }
    let latent = config.init_generator(&mut stream, device).latent_size();
    let project = cases.last().map(|score| Case { o: latent, ..*score });
    cases.extend(project);
    cases
}

/// GFLOP/s of a large matrix product, computed as a convolution of images of one pixel.
fn product(device: &Device) -> Result<f64, Error> {
    let case = Case { batch: LARGE, c: LARGE, o: LARGE, k: 1, side: 1, window: WHOLE };
    Ok(case.gflop() / forward(&case, device)?)
}

/// Median seconds of the forward map.
fn forward(case: &Case, device: &Device) -> Result<f64, Error> {
    let (x, weight) = (case.x(device), case.weight(device));
    median_seconds(device, || (), |()| drop(conv2d(x.clone(), weight.clone(), case.window)))
}

/// Median seconds of the adjoint in the image.
fn image_adjoint(case: &Case, device: &Device) -> Result<f64, Error> {
    let (y, weight) = (case.y(device), case.weight(device));
    median_seconds(device, || (), |()| drop(conv_transpose2d(y.clone(), weight.clone(), case.window)))
}

/// Median seconds of the adjoint in the weight: the backward pass of a convolution in which only the weight is tracked, minus
/// that of the sum after it. `None` if the sum takes nearly all of the time.
fn weight_adjoint(case: &Case, device: &Device) -> Result<Option<f64>, Error> {
    let (x, y, weight) = (case.x(device), case.y(device), case.weight(device));
    let track = |tensor: &Tensor<4>| Tensor::from_inner(tensor.clone()).require_grad();
    let sum = |result: Tensor<4>| (result * Tensor::from_inner(y.clone())).sum();
    let convolved = || sum(conv2d(Tensor::from_inner(x.clone()), track(&weight), case.window));
    let both = median_seconds(device, convolved, |loss| drop(loss.backward()))?;
    let rest = median_seconds(device, || sum(track(&y)), |loss| drop(loss.backward()))?;
    Ok(Some(both - rest).filter(|own| *own >= OWN * both))
}

fn normals(shape: [usize; 4], device: &Device) -> Tensor<4> {
    let values = Stream::new(0, "shapes", 0).normals(shape.iter().product());
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Median seconds of `run` on the result of `prepare`, after one run that does not count.
fn median_seconds<T>(device: &Device, mut prepare: impl FnMut() -> T, mut run: impl FnMut(T)) -> Result<f64, Error> {
    let mut times = Vec::new();
    for _ in 0..=RUNS {
        let prepared = prepare();
        times.push(seconds(device, || run(prepared))?);
    }
    Ok(median(&times[1..]).expect("at least one run"))
}

#[cfg(test)]
mod tests {
    use gannet_ops::device::device;

    use super::*;

    #[test]
    fn the_convolutions_are_those_of_the_networks() {
        let case = |c, o, k, side, window| Case { batch: 5, c, o, k, side, window };
        let expected = [
            case(1, 3, 4, 28, STRIDED),
            case(3, 6, 4, 14, STRIDED),
            case(6, 12, 3, 7, STRIDED),
            case(12, 1, 4, 4, WHOLE),
            case(12, 100, 4, 4, WHOLE),
        ];
        assert_eq!(convolutions([28, 3, 5, 1], &device("cpu").unwrap()), expected);
    }
}
