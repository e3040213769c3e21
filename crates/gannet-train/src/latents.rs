//! What generators are fed with.

use burn::tensor::{Device, Tensor, TensorData};
use gannet_ops::random::{Stream, Streams};

use crate::grid::ImageGrid;
use crate::recipe::{Condition, ConditionKind};
use crate::tasks::grid;
use crate::trained::slerp;

/// What a latent is made of: noise of N(0, 1), codes from -1 to 1, and a class as ones and zeros, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatentSpace {
    /// Values of noise.
    pub noise: usize,
    /// Codes of an InfoGAN.
    pub codes: usize,
    /// Classes; 0 for none.
    pub classes: usize,
}

impl LatentSpace {
    /// Noise alone.
    pub fn noise(noise: usize) -> Self {
        Self { noise, codes: 0, classes: 0 }
    }

    /// Of `noise` values besides what `condition` asks for.
    pub fn new(noise: usize, condition: &Condition) -> Self {
        let codes = if condition.kind == ConditionKind::Info { condition.codes } else { 0 };
        Self { noise, codes, classes: condition.count() }
    }

    /// Length of a latent.
    pub fn size(&self) -> usize {
        self.noise + self.codes + self.classes
    }

    /// `[count, size]` from the streams called `name`, with classes drawn evenly; the first rows do not depend on `count`.
    pub fn draw(&self, streams: Streams, name: &str, step: u64, count: usize, device: &Device) -> Tensor<2> {
        self.of_classes(streams, name, step, &self.some_classes(streams, name, step, count), device)
    }

    /// As many classes; none where there are none.
    pub fn some_classes(&self, streams: Streams, name: &str, step: u64, count: usize) -> Vec<usize> {
        let mut stream = streams.at(&format!("{name}/class"), step);
        (0..count).map(|_| if self.classes == 0 { 0 } else { stream.below(self.classes) }).collect()
    }

    /// A latent for each of `classes`, which count nothing but their number where there are none.
    pub fn of_classes(&self, streams: Streams, name: &str, step: u64, classes: &[usize], device: &Device) -> Tensor<2> {
        let (mut noise, mut codes) = (streams.at(name, step), streams.at(&format!("{name}/code"), step));
        self.assemble(classes, device, || noise.normal(), || codes.range(-1.0, 1.0))
    }

    /// The same with noise drawn again until no value is larger than `most`: the truncation trick of Brock et al. 2018,
    /// arXiv:1809.11096, section 3.1.
    pub fn truncated(&self, streams: Streams, name: &str, most: f32, classes: &[usize], device: &Device) -> Tensor<2> {
        let (mut noise, mut codes) = (streams.at(name, 0), streams.at(&format!("{name}/code"), 0));
        self.assemble(classes, device, || truncated(&mut noise, most), || codes.range(-1.0, 1.0))
    }

    /// The point at `t` in [0, 1] between the latents `a` and `b`, both `[1, size]`: on a great circle of noise, in a straight
    /// line of all else.
    pub fn between(&self, a: Tensor<2>, b: Tensor<2>, t: f64) -> Tensor<2> {
        let noise = |latent: &Tensor<2>| latent.clone().narrow(1, 0, self.noise);
        let on_arc = slerp(noise(&a), noise(&b), t);
        let rest = self.size() - self.noise;
        if rest == 0 {
            return on_arc;
        }
        let rest = |latent: Tensor<2>| latent.narrow(1, self.noise, rest);
        Tensor::cat(vec![on_arc, rest(a) * (1.0 - t) + rest(b) * t], 1)
    }

    /// Classes of about `count` images in a grid: a row each, or any where there are none or too many.
    pub fn rows(&self, count: usize) -> Rows {
        if self.classes < 2 || self.classes > count {
            let columns = (count as f64).sqrt().ceil() as usize;
            return Rows { classes: (0..count).map(|at| at % self.classes.max(1)).collect(), columns };
        }
        let columns = count.div_ceil(self.classes);
        let classes = (0..self.classes).flat_map(|class| std::iter::repeat_n(class, columns)).collect();
        Rows { classes, columns }
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

/// The classes of a grid's images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// Of each image.
    pub classes: Vec<usize>,
    /// Images of a row.
    pub columns: usize,
}

impl Rows {
    /// The grid of these images `[n, c, h, w]`.
    pub fn grid(&self, images: Tensor<4>) -> ImageGrid {
        let grid = grid(images);
        ImageGrid { columns: self.columns, rows: self.classes.len().div_ceil(self.columns), ..grid }
    }
}

fn truncated(stream: &mut Stream, most: f32) -> f32 {
    std::iter::repeat_with(|| stream.normal()).find(|value| value.abs() <= most).unwrap_or_default()
}

impl Condition {
    /// How many classes latents name; 0 for none.
    pub fn count(&self) -> usize {
        match self.kind {
            ConditionKind::None => 0,
            ConditionKind::Info => self.categories,
            _ => self.names().count(),
        }
    }

    /// The names of the data's classes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.classes.split('/').filter(|name| !name.is_empty())
    }
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
}
