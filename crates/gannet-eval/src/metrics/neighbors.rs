//! How near generated images lie to the reference in feature space: do they copy the training images?

use gannet_apply::image_grid::ImageGrid;
use gannet_data::Pixels;
use gannet_metrics::Features;
use gannet_metrics::nearest::{nearest, neighbors};
use gannet_ops::resample::Filter;

use crate::EvalError;
use crate::context::{Context, MeasuredSet};
use crate::images::EvaluationImages;
use crate::measurement::Measurement;
use crate::metric::{Compares, Metric};
use crate::needs::Needs;
use crate::pixels::{planes, resize_planes};

/// Rows of the picture.
const ROWS: usize = 8;
/// Neighbors in a row.
const NEAR: usize = 5;
/// Side of a tile in pixels.
const SIDE: usize = 64;

/// The distance to the nearest reference image.
pub struct Neighbors;

impl Metric for Neighbors {
    fn summary(&self) -> &'static str {
        "median distance to the nearest reference image, divided by that within the reference: far below 1 means copies"
    }

    fn compares(&self) -> Compares {
        Compares::Sets
    }

    fn needs(&self) -> Needs {
        Needs { features: true, ..Needs::default() }
    }

    fn measure(&self, context: &mut Context) -> Result<Vec<Measurement>, EvalError> {
        let (set, reference) = (context.set(), context.reference()?);
        let (fake, real) = (&set.statistics.features, &reference.statistics.features);
        let to_real: Vec<f64> = nearest(fake, real)?.iter().map(|near| near.distance).collect();
        let within: Vec<f64> = neighbors(real, 1)?.iter().map(|near| near[0].distance).collect();
        let usual = median(&within);
        if usual == 0.0 {
            let text = "has no value, since most reference images are copies of others: remove the copies";
            return Err(context.subject.refuse(text));
        }
        let ratio = median(&to_real) / usual;
        context.notes.picture = Some(picture(set, reference, &to_real)?);
        let copies = to_real.iter().filter(|distance| **distance == 0.0).count();
        if copies > 0 {
            context.warn(&format!("{copies} images have exactly the features of a reference image: they are copies"));
        }
        let meaning = "median distance to the nearest reference image, over that between reference images; far below 1 \
                       means copies";
        Ok(vec![
            Measurement::one("neighbor_ratio", ratio, meaning),
            Measurement::one("copies", copies as f64, "of reference images"),
        ])
    }
}

/// The images that are nearest to a reference image, one a row, each before its nearest reference images.
fn picture(set: MeasuredSet, reference: MeasuredSet, to_real: &[f64]) -> Result<ImageGrid, EvalError> {
    let (fake, real) = (&set.statistics.features, &reference.statistics.features);
    let rows: Vec<usize> = ascending(to_real).into_iter().take(ROWS).collect();
    let mut values = Vec::new();
    for row in &rows {
        values.extend(tile(set.images, set.statistics.indices[*row])?);
        for near in nearest_to(fake.row(*row), real) {
            values.extend(tile(reference.images, reference.statistics.indices[near])?);
        }
    }
    let columns = 1 + NEAR.min(real.count());
    Ok(ImageGrid::from_images(&values, rows.len() * columns, 3, SIDE, SIDE, columns))
}

/// The images of `real` that are nearest to `features`, nearest first.
fn nearest_to(features: &[f32], real: &Features) -> Vec<usize> {
    let distances: Vec<f64> = real.rows().map(|other| squared_distance(features, other)).collect();
    ascending(&distances).into_iter().take(NEAR).collect()
}

/// The indices of `values` from the smallest value to the largest.
fn ascending(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]).then(a.cmp(b)));
    order
}

fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// One image as planes `[3, SIDE, SIDE]` in `[-1, 1]`.
fn tile(images: &EvaluationImages, index: usize) -> Result<Vec<f32>, EvalError> {
    let image: Pixels = images.read(index, 1).pop().expect("one image was read")?.convert(3);
    let resized = resize_planes(planes(&image), [image.height, image.width], [SIDE; 2], Filter::Triangle);
    Ok(resized.into_iter().map(|value| value / 127.5 - 1.0).collect())
}
