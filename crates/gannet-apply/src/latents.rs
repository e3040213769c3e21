//! Latent vectors of generators.

use burn::tensor::{Device, Tensor, TensorData};
use gannet_ops::random::{Stream, Streams};
use gannet_recipe::{Condition, ConditionKind};

use crate::image_grid::{ImageGrid, square_grid};

/// The parts of a latent vector, in this order: noise from N(0, 1), continuous codes in `[-1, 1]`, and a one-hot class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatentSpace {
    /// Length of the noise.
    pub noise: usize,
    /// Number of continuous codes (InfoGAN).
    pub codes: usize,
    /// Number of classes; 0 for an unconditional generator.
    pub classes: usize,
}

impl LatentSpace {
    /// A space of noise alone.
    pub fn noise(noise: usize) -> Self {
        Self { noise, codes: 0, classes: 0 }
    }

    /// A space of `noise` values and of the codes and classes that `condition` asks for.
    pub fn new(noise: usize, condition: &Condition) -> Self {
        let codes = if condition.kind == ConditionKind::Info { condition.codes } else { 0 };
        Self { noise, codes, classes: condition.count() }
    }

    /// Length of a latent vector.
    pub fn size(&self) -> usize {
        self.noise + self.codes + self.classes
    }

    /// Latents `[count, size]` of evenly drawn classes from the streams called `name`. The first rows do not depend on
    /// `count`.
    pub fn draw(&self, streams: Streams, name: &str, step: u64, count: usize, device: &Device) -> Tensor<2> {
        self.of_classes(streams, name, step, &self.draw_classes(streams, name, step, count), device)
    }

    /// `count` evenly drawn classes; zeros for an unconditional generator.
    pub fn draw_classes(&self, streams: Streams, name: &str, step: u64, count: usize) -> Vec<usize> {
        let mut stream = streams.at(&format!("{name}/class"), step);
        (0..count).map(|_| if self.classes == 0 { 0 } else { stream.below(self.classes) }).collect()
    }

    /// One latent for each entry of `classes`. For an unconditional generator only their number matters.
    pub fn of_classes(&self, streams: Streams, name: &str, step: u64, classes: &[usize], device: &Device) -> Tensor<2> {
        let (mut noise, mut codes) = (streams.at(name, step), streams.at(&format!("{name}/code"), step));
        self.assemble(classes, device, || noise.normal(), || codes.range(-1.0, 1.0))
    }

    /// One latent for each entry of `classes`, with every noise value redrawn until its absolute value is at most
    /// `threshold`: the truncation trick of Brock et al. 2018, arXiv:1809.11096, section 3.1.
    pub fn truncated(
        &self,
        streams: Streams,
        name: &str,
        threshold: f32,
        classes: &[usize],
        device: &Device,
    ) -> Tensor<2> {
        let (mut noise, mut codes) = (streams.at(name, 0), streams.at(&format!("{name}/code"), 0));
        self.assemble(classes, device, || truncated_normal(&mut noise, threshold), || codes.range(-1.0, 1.0))
    }

    /// The point at `t` in `[0, 1]` between the latents `a` and `b`, both `[1, size]`: spherical interpolation of the noise,
    /// linear interpolation of codes and classes.
    pub fn interpolate(&self, a: Tensor<2>, b: Tensor<2>, t: f64) -> Tensor<2> {
        let noise = |latent: &Tensor<2>| latent.clone().narrow(1, 0, self.noise);
        let on_arc = slerp(noise(&a), noise(&b), t);
        let rest = self.size() - self.noise;
        if rest == 0 {
            return on_arc;
        }
        let rest = |latent: Tensor<2>| latent.narrow(1, self.noise, rest);
        Tensor::cat(vec![on_arc, rest(a) * (1.0 - t) + rest(b) * t], 1)
    }

    /// The classes of a grid of about `count` images: one row for each class, or a square where there are no classes or more
    /// than `count`.
    pub fn class_rows(&self, count: usize) -> ClassRows {
        if self.classes < 2 || self.classes > count {
            let columns = (count as f64).sqrt().ceil() as usize;
            return ClassRows { classes: (0..count).map(|at| at % self.classes.max(1)).collect(), columns };
        }
        let columns = count.div_ceil(self.classes);
        let classes = (0..self.classes).flat_map(|class| std::iter::repeat_n(class, columns)).collect();
        ClassRows { classes, columns }
    }

    fn assemble(
        &self,
        classes: &[usize],
        device: &Device,
        mut noise: impl FnMut() -> f32,
        mut code: impl FnMut() -> f32,
    ) -> Tensor<2> {
        let mut values = Vec::with_capacity(classes.len() * self.size());
        for class in classes {
            values.extend((0..self.noise).map(|_| noise()));
            values.extend((0..self.codes).map(|_| code()));
            values.extend((0..self.classes).map(|at| if at == *class { 1.0 } else { 0.0 }));
        }
        Tensor::from_data(TensorData::new(values, [classes.len(), self.size()]), device)
    }
}

/// The classes of the images of a grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassRows {
    /// The class of each image.
    pub classes: Vec<usize>,
    /// Images in a row.
    pub columns: usize,
}

impl ClassRows {
    /// The grid of these images `[n, c, h, w]`.
    pub fn grid(&self, images: Tensor<4>) -> ImageGrid {
        let grid = square_grid(images);
        ImageGrid { columns: self.columns, rows: self.classes.len().div_ceil(self.columns), ..grid }
    }
}

fn truncated_normal(stream: &mut Stream, threshold: f32) -> f32 {
    std::iter::repeat_with(|| stream.normal()).find(|value| value.abs() <= threshold).unwrap_or_default()
}

/// The point at `t` in `[0, 1]` of the great circle from `a` to `b`, both `[1, z]` (Shoemake 1985; White 2016,
/// arXiv:1609.04468). Nearly parallel vectors are interpolated linearly.
pub fn slerp(a: Tensor<2>, b: Tensor<2>, t: f64) -> Tensor<2> {
    let scalar = |x: Tensor<2>| f64::from(x.sum().into_scalar::<f32>());
    let norms = (scalar(a.clone() * a.clone()) * scalar(b.clone() * b.clone())).sqrt();
    let angle = (scalar(a.clone() * b.clone()) / norms).clamp(-1.0, 1.0).acos();
    let (from, to) = if angle.sin().abs() < 1e-4 {
        (1.0 - t, t)
    } else {
        (((1.0 - t) * angle).sin() / angle.sin(), (t * angle).sin() / angle.sin())
    };
    a * from + b * to
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latent_is_noise_codes_and_one_class_and_the_first_do_not_depend_on_the_count() {
        let device = gannet_ops::device::device("cpu").unwrap();
        let space = LatentSpace { noise: 3, codes: 2, classes: 4 };
        let rows = |count| -> Vec<f32> {
            space.draw(Streams::new(1), "test", 5, count, &device).into_data().iter::<f32>().collect()
        };
        let (few, many) = (rows(3), rows(50));
        assert_eq!(few, many[..3 * 9]);
        for row in many.chunks_exact(9) {
            assert!(row[3..5].iter().all(|code| code.abs() <= 1.0));
            let mut class = row[5..].to_vec();
            class.sort_by(f32::total_cmp);
            assert_eq!(class, [0.0, 0.0, 0.0, 1.0]);
        }
    }

    #[test]
    fn truncated_noise_stays_within_bounds() {
        let device = gannet_ops::device::device("cpu").unwrap();
        let space = LatentSpace::noise(500);
        let latents = space.truncated(Streams::new(0), "test", 0.5, &[0, 0], &device).into_data();
        let largest = latents.iter::<f32>().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        assert!(largest <= 0.5 && largest > 0.45, "{largest}");
    }

    #[test]
    fn slerp_goes_along_the_circle_at_even_speed() {
        let device = gannet_ops::device::device("cpu").unwrap();
        let at = |degrees: f64| {
            let angle = degrees.to_radians();
            Tensor::<2>::from_floats([[angle.cos(), angle.sin()]], &device)
        };
        let values = |x: Tensor<2>| x.into_data().iter::<f32>().collect::<Vec<_>>();
        for (from, to) in [(20.0, 110.0), (0.0, 170.0), (30.0, 30.0001)] {
            for part in [0.0, 0.25, 0.5, 1.0] {
                let found = values(slerp(at(from), at(to), part));
                let expected = values(at(from + part * (to - from)));
                for (found, expected) in found.iter().zip(&expected) {
                    assert!((found - expected).abs() < 1e-5, "{found} instead of {expected}");
                }
            }
        }
        // Each end keeps its length.
        let found = values(slerp(at(0.0) * 2.0, at(90.0) * 3.0, 1.0));
        assert!((found[1] - 3.0).abs() < 1e-5 && found[0].abs() < 1e-5, "{found:?}");
    }
}
