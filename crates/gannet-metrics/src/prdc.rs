//! Improved Precision and Recall Metric for Assessing Generative Models, Kynkäänniemi et al. 2019, arXiv:1904.06991,
//! and Reliable Fidelity and Diversity Metrics for Generative Models, Naeem et al. 2020, arXiv:2002.09797: density and
//! coverage.
//!
//! ```text
//! B(x)      = ball around x, whose radius is the distance to x's k-th nearest neighbor in its own set
//! precision = share of fakes in some B(real)          recall   = share of reals in some B(fake)
//! density   = mean over fakes of |{real: fake in B(real)}| / k
//! coverage  = share of reals whose B(real) contains a fake
//! ```
//!
//! The balls of precision and recall are closed, as equation 1 of the first paper has `≤`. Those of density and coverage are
//! open: the second paper does not say, and its authors' package `prdc` compares with `<` (in precision and recall, too). This
//! matters where distances are equal, above all where images are copies of one another: an image with `k` copies has the radius
//! zero, its closed ball holds just its copies, and its open ball nothing.
//!
//! Distances are compared exactly; see `points.rs`. Equal features have the distance zero.

use std::cmp::Ordering;

use rayon::prelude::*;
use serde::Serialize;

use crate::features::{check_pair, first_equal};
use crate::gram::center;
use crate::nearest::squared_radii;
use crate::points::{Block, Pair, Points};
use crate::{Features, MetricError};

/// How much the distributions of real and of generated images overlap.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Prdc {
    /// Share of generated images within the real distribution, in `[0, 1]`: fidelity.
    pub precision: f64,
    /// Share of real images within the generated distribution, in `[0, 1]`: diversity.
    pub recall: f64,
    /// Fidelity that is robust to outliers; at least 0, and about 1 for equal distributions.
    pub density: f64,
    /// Diversity that is robust to outliers, in `[0, 1]`.
    pub coverage: f64,
}

/// Which points of a ball's surface belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Balls {
    /// All: a distance may equal the radius.
    Closed,
    /// None: a distance must be less than the radius.
    Open,
}

impl Balls {
    /// Whether a distance that compares with the radius like this is in the ball.
    fn hold(self, side: Ordering) -> bool {
        match self {
            Self::Closed => side.is_le(),
            Self::Open => side.is_lt(),
        }
    }
}

/// Precision, recall, density and coverage with balls up to the `k`-th neighbor; 3 is usual for precision and recall, 5 for
/// density and coverage. The balls of precision and recall are closed.
///
/// Density and coverage are 0 for a set of equal real images, whose open balls are empty; see the module. [`copies`] counts
/// images that are equal.
///
/// # Errors
/// `k` of zero, fewer than `k + 1` images on a side, different numbers of features, values that are not finite.
pub fn prdc(real: &Features, fake: &Features, k: usize) -> Result<Prdc, MetricError> {
    prdc_in(Balls::Closed, real, fake, k)
}

/// The numbers of [`prdc`] with these balls for precision and recall; the package `prdc` has open ones.
///
/// # Errors
/// Those of [`prdc`].
pub fn prdc_in(balls: Balls, real: &Features, fake: &Features, k: usize) -> Result<Prdc, MetricError> {
    if k == 0 {
        return Err(MetricError::Zero("the number of neighbors"));
    }
    check_pair("PRDC with k neighbors", k + 1, real, fake)?;
    let (real_balls, fake_balls) = (squared_radii(real, k), squared_radii(fake, k));
    let (center, equal) = (center(&[real, fake]), first_equal(&[real, fake]));
    let (real, fake) = (Points::new(real, &center), Points::new(fake, &center));
    let count = |block| Inside::of_block(balls, (&real, &real_balls), (&fake, &fake_balls), &equal, block);
    let inside = (0..real.blocks()).into_par_iter().map(count).reduce(|| Inside::new(fake.count()), Inside::merge);
    let (reals, fakes) = (real.count() as f64, fake.count() as f64);
    Ok(Prdc {
        precision: inside.precise.iter().filter(|precise| **precise).count() as f64 / fakes,
        recall: inside.recalled as f64 / reals,
        density: inside.pairs as f64 / (fakes * k as f64),
        coverage: inside.covered as f64 / reals,
    })
}

/// Number of images whose features are equal to those of an image before them.
pub fn copies(set: &Features) -> usize {
    let first = first_equal(&[set]);
    (0..).zip(&first[0]).filter(|(image, first)| image != *first).count()
}

/// Counts of images in balls, whose sum does not depend on the order of summation.
struct Inside {
    /// For each fake, whether it is in a real image's ball.
    precise: Vec<bool>,
    /// Number of real images in a fake's ball.
    recalled: usize,
    /// Number of real images whose ball contains a fake.
    covered: usize,
    /// Number of pairs of a real image and a fake in its ball.
    pairs: usize,
}

impl Inside {
    fn new(fakes: usize) -> Self {
        Self { precise: vec![false; fakes], recalled: 0, covered: 0, pairs: 0 }
    }

    fn merge(mut self, other: Self) -> Self {
        self.precise.iter_mut().zip(other.precise).for_each(|(one, other)| *one |= other);
        self.recalled += other.recalled;
        self.covered += other.covered;
        self.pairs += other.pairs;
        self
    }

    /// The counts of a block of real images and all fakes, with the squared radii of both; `equal` is their [`first_equal`].
    fn of_block(
        balls: Balls,
        (real, real_balls): (&Points, &[f64]),
        (fake, fake_balls): (&Points, &[f64]),
        equal: &[Vec<usize>],
        block: usize,
    ) -> Self {
        let (mut inside, rows) = (Self::new(fake.count()), real.range(block));
        let (mut recalled, mut covered) = (vec![false; rows.len()], vec![false; rows.len()]);
        let mut row_reach = real_balls[rows.clone()].to_vec();
        for other in 0..fake.blocks() {
            let mut column_reach = fake_balls[fake.range(other)].to_vec();
            Block::new(real, block, fake, other).visit_near(&mut row_reach, &mut column_reach, |pair, _, _| {
                let row = pair.row - rows.start;
                let is_copy = equal[0][pair.row] == equal[1][pair.column];
                let exact = || real.exact(pair.row, fake, pair.column);
                let side = side(&pair, real_balls[pair.row], is_copy, exact);
                inside.precise[pair.column] |= balls.hold(side);
                if side.is_lt() {
                    covered[row] = true;
                    inside.pairs += 1;
                }
                // What is known is not computed again.
                recalled[row] = recalled[row] || balls.hold(self::side(&pair, fake_balls[pair.column], is_copy, exact));
            });
        }
        let count = |flags: Vec<bool>| flags.into_iter().filter(|flag| *flag).count();
        Self { recalled: count(recalled), covered: count(covered), ..inside }
    }
}

/// How the squared distance of a pair compares with `radius`, squared. Only copies are within a radius of zero, which saves the
/// exact distances around them.
fn side(pair: &Pair, radius: f64, is_copy: bool, exact: impl Fn() -> f64) -> Ordering {
    match is_copy {
        true => 0.0_f64.total_cmp(&radius),
        false if radius == 0.0 || pair.low > radius => Ordering::Greater,
        false if pair.high < radius => Ordering::Less,
        false => exact().total_cmp(&radius),
    }
}
