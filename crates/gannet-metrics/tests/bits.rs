//! Results do not depend on the number of threads or on batches, to the last bit, and comparisons are exact.

mod common;

use common::{normal, with_threads};
use gannet_metrics::nearest::{nearest, neighbors};
use gannet_metrics::{
    Features, Kid, Moments, Spectrum, draw_subsets, frechet_distance, inception_score, kid, prdc, spectral_distance,
};
use gannet_ops::random::Stream;

/// Larger than a block, a batch and a band, and a multiple of none.
const IMAGES: usize = 700;
const DIMS: usize = 150;

fn moments(features: &Features, batch: usize) -> Moments {
    let mut moments = Moments::new(features.dims());
    features.values().chunks(batch * features.dims()).for_each(|rows| moments.add(rows));
    moments
}

fn kernel_distance(a: &Features, b: &Features) -> Kid {
    let mut stream = Stream::new(5, "subsets", 0);
    let subsets = draw_subsets(a.count(), b.count(), 3, 300, &mut |count| stream.permutation(count)).unwrap();
    kid(a, b, &subsets).unwrap()
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let (a, b) = (normal(IMAGES, DIMS, 0.0, 1), normal(IMAGES + 33, DIMS, 0.05, 2));
    let order: Vec<usize> = (0..IMAGES).rev().collect();
    let all = || {
        let (a_moments, b_moments) = (moments(&a, 64), moments(&b, 64));
        let (mut a_spectrum, mut b_spectrum) = (Spectrum::new(10, 15), Spectrum::new(10, 15));
        a_spectrum.add(a.values()).unwrap();
        b_spectrum.add(b.values()).unwrap();
        let numbers = (
            frechet_distance(&a_moments, &b_moments).unwrap().to_bits(),
            kernel_distance(&a, &b),
            inception_score(a.values(), DIMS, 7, &order).unwrap(),
            prdc(&a, &b, 3).unwrap(),
            spectral_distance(&a_spectrum, &b_spectrum).unwrap().to_bits(),
        );
        (numbers, neighbors(&a, 4).unwrap(), nearest(&a, &b).unwrap(), a_moments.to_parts())
    };
    let single = with_threads(1, all);
    assert_eq!(with_threads(3, all), single);
}

#[test]
fn neither_batches_nor_reading_changes_a_bit_of_moments() {
    let features = normal(IMAGES, DIMS, 100.0, 3);
    let together = moments(&features, IMAGES).to_parts();
    for batch in [1, 63, 256, 300] {
        assert_eq!(moments(&features, batch).to_parts(), together, "batches of {batch}");
    }
    let mut read = Moments::new(DIMS);
    for rows in features.values().chunks(50 * DIMS) {
        read.add(rows);
        read.covariance();
        read.to_parts();
    }
    assert_eq!(read.to_parts(), together);
}

#[test]
fn stored_moments_keep_their_mean_and_covariance() {
    let moments = moments(&normal(IMAGES, DIMS, 100.0, 3), 64);
    let parts = moments.to_parts();
    assert_eq!(parts.products.len(), DIMS * (DIMS + 1) / 2);
    let back = Moments::from_parts(parts.clone());
    assert_eq!((back.count(), back.mean()), (moments.count(), moments.mean()));
    assert_eq!(back.covariance(), moments.covariance());
    assert_eq!(back.to_parts(), parts);
}

#[test]
fn moments_equal_the_definition() {
    let features = normal(600, 140, 3.0, 4);
    let moments = moments(&features, 100);
    let (mean, covariance) = (moments.mean(), moments.covariance());
    for (i, j) in [(0, 0), (3, 100), (139, 2), (130, 139), (127, 128)] {
        let of = |column: usize| features.rows().map(move |row| f64::from(row[column]));
        let expected = of(i).zip(of(j)).map(|(a, b)| (a - mean[i]) * (b - mean[j])).sum::<f64>() / 599.0;
        assert!((covariance[(i, j)] - expected).abs() < 1e-12, "{i}, {j}");
        assert!((mean[i] - of(i).sum::<f64>() / 600.0).abs() < 1e-12);
    }
}

/// Distances of all pairs by the definition, in f64.
fn distances(from: &Features, to: &Features) -> Vec<Vec<f64>> {
    let distance = |x: &[f32], y: &[f32]| {
        x.iter().zip(y).map(|(x, y)| (f64::from(*x) - f64::from(*y)).powi(2)).sum::<f64>().sqrt()
    };
    from.rows().map(|x| to.rows().map(|y| distance(x, y)).collect()).collect()
}

/// Indices sorted by distance, then by index.
fn sorted(distances: &[f64], without: Option<usize>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..distances.len()).filter(|index| Some(*index) != without).collect();
    order.sort_by(|a, b| distances[*a].total_cmp(&distances[*b]));
    order
}

/// Integers times `unit`, many of them equal; their differences are exact in f32 and f64.
fn grid(n: usize, dims: usize, levels: usize, unit: f32, seed: u64) -> Features {
    let mut stream = Stream::new(seed, "grid", 0);
    Features::new(dims, (0..n * dims).map(|_| stream.below(levels) as f32 * unit).collect())
}

#[test]
fn neighbors_equal_those_of_a_full_search() {
    // Ties, copies, equal images only, values whose squares underflow or overflow f32, and an outlier that makes the bounds of
    // the others useless.
    let mut outlier = grid(300, 3, 6, 1.0, 6).values().to_vec();
    outlier[0] = 16_777_216.0;
    let sets = [
        grid(600, 3, 5, 1.0, 1),
        grid(600, 40, 1000, 1.0, 2),
        grid(520, 4, 1, 1.0, 3),
        grid(300, 5, 9, f32::from_bits(0x0010_0000), 4),
        grid(300, 5, 9, 2.0_f32.powi(120), 5),
        Features::new(3, outlier),
    ];
    for set in sets {
        let (found, all) = (neighbors(&set, 4).unwrap(), distances(&set, &set));
        for (image, found) in found.iter().enumerate() {
            let expected = sorted(&all[image], Some(image));
            assert_eq!(found.iter().map(|found| found.index).collect::<Vec<_>>(), expected[..4], "image {image}");
            assert!(found.iter().all(|found| found.distance == all[image][found.index]));
        }
    }
}

#[test]
fn the_nearest_image_of_another_set_equals_that_of_a_full_search() {
    // A single image whose products overflow f32 shows whether any candidate is skipped.
    let large = 2.0_f32.powi(120);
    let single = (0..20).map(|seed| (grid(1, 5, 9, large, seed), grid(400, 5, 9, large, 100 + seed)));
    for (from, to) in single.chain([(grid(300, 6, 4, 1.0, 7), grid(530, 6, 4, 1.0, 8))]) {
        let all = distances(&from, &to);
        for (image, found) in nearest(&from, &to).unwrap().iter().enumerate() {
            let index = sorted(&all[image], None)[0];
            assert_eq!((found.index, found.distance), (index, all[image][index]));
        }
    }
}

#[test]
fn bounds_allow_for_the_rounding_of_products() {
    // Two groups of vectors whose differences are below the rounding error of their norms in f32.
    let (n, dims) = (60, 150);
    let mut values = normal(n, dims, 0.0, 9).values().to_vec();
    for (image, row) in values.chunks_exact_mut(dims).enumerate() {
        let side = if image % 2 == 0 { 1.0 } else { -1.0 };
        row.iter_mut().for_each(|value| *value = side + 0.0005 * *value);
    }
    let set = Features::new(dims, values);
    let (found, all) = (neighbors(&set, 5).unwrap(), distances(&set, &set));
    for (image, found) in found.iter().enumerate() {
        let found: Vec<usize> = found.iter().map(|found| found.index).collect();
        assert_eq!(found, sorted(&all[image], Some(image))[..5], "image {image}");
    }
}
