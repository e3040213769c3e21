//! Improved Precision and Recall Metric for Assessing Generative Models, Kynkäänniemi et al. 2019, arXiv:1904.06991,
//! and Reliable Fidelity and Diversity Metrics for Generative Models, Naeem et al. 2020, arXiv:2002.09797: density and
//! coverage.
//!
//! ```text
//! B(x)      = ball around x up to, but without, its k-th nearest neighbour in x's own set
//! precision = share of fakes in some B(real)          recall   = share of reals in some B(fake)
//! density   = mean over fakes of |{B(real) around it}| / k
//! coverage  = share of reals whose B(real) holds a fake
//! ```
//!
//! Whether a distance is smaller than a radius is decided exactly; see `points.rs`. Counts equal those of the `prdc`
//! package by the second paper's authors on f64. (torch-fidelity counts a distance equal to the radius, too.)

use rayon::prelude::*;
use serde::Serialize;

use crate::features::check_pair;
use crate::gram::centre;
use crate::nearest::squared_radii;
use crate::points::{Block, Pair, Points};
use crate::{Features, MetricError};

/// How much of one set lies where the other is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Prdc {
    /// Share of generated images among real ones, in `[0, 1]`: quality.
    pub precision: f64,
    /// Share of real images among generated ones, in `[0, 1]`: variety.
    pub recall: f64,
    /// Quality that outliers do not inflate; from 0, and about 1 for equal sets.
    pub density: f64,
    /// Variety that outliers do not inflate, in `[0, 1]`.
    pub coverage: f64,
}

/// Precision, recall, density and coverage with balls that reach to the `k`-th neighbour; 3 is usual for the first two,
/// 5 for the others.
///
/// An image with `k` copies has a ball of radius zero, which holds nothing: so a set of copies recalls and covers nothing.
///
/// # Errors
/// `k` of zero, fewer than `k + 1` images on a side, different numbers of features, values that are not finite.
pub fn prdc(real: &Features, fake: &Features, k: usize) -> Result<Prdc, MetricError> {
    if k == 0 {
        return Err(MetricError::Zero("the number of neighbours"));
    }
    check_pair("precision and recall with as many neighbours", k + 1, real, fake)?;
    let (real_balls, fake_balls) = (squared_radii(real, k), squared_radii(fake, k));
    let centre = centre(&[real, fake]);
    let (real, fake) = (Points::new(real, &centre), Points::new(fake, &centre));
    let look = |block| Inside::of_block((&real, &real_balls), (&fake, &fake_balls), block);
    let inside = (0..real.blocks()).into_par_iter().map(look).reduce(|| Inside::new(fake.count()), Inside::and);
    let (reals, fakes) = (real.count() as f64, fake.count() as f64);
    Ok(Prdc {
        precision: inside.precise.iter().filter(|precise| **precise).count() as f64 / fakes,
        recall: inside.recalled as f64 / reals,
        density: inside.pairs as f64 / (fakes * k as f64),
        coverage: inside.covered as f64 / reals,
    })
}

/// What lies in which ball; counts, so that the order in which they are added up does not matter.
struct Inside {
    /// For each fake, whether it is in a real ball.
    precise: Vec<bool>,
    /// Reals in a fake ball.
    recalled: usize,
    /// Reals whose ball holds a fake.
    covered: usize,
    /// Fakes in real balls, once for each ball.
    pairs: usize,
}

impl Inside {
    fn new(fakes: usize) -> Self {
        Self { precise: vec![false; fakes], recalled: 0, covered: 0, pairs: 0 }
    }

    fn and(mut self, other: Self) -> Self {
        self.precise.iter_mut().zip(other.precise).for_each(|(one, other)| *one |= other);
        self.recalled += other.recalled;
        self.covered += other.covered;
        self.pairs += other.pairs;
        self
    }

    /// Of a block of reals and all fakes, with their squared radii.
    fn of_block((real, real_balls): (&Points, &[f64]), (fake, fake_balls): (&Points, &[f64]), block: usize) -> Self {
        let (mut inside, rows) = (Self::new(fake.count()), real.range(block));
        let (mut recalled, mut covered) = (vec![false; rows.len()], vec![false; rows.len()]);
        let mut row_reach = real_balls[rows.clone()].to_vec();
        for other in 0..fake.blocks() {
            let mut column_reach = fake_balls[fake.range(other)].to_vec();
            Block::new(real, block, fake, other).visit_near(&mut row_reach, &mut column_reach, |pair, _, _| {
                let row = pair.row - rows.start;
                if is_within(&pair, real_balls[pair.row], real, fake) {
                    inside.precise[pair.column] = true;
                    covered[row] = true;
                    inside.pairs += 1;
                }
                recalled[row] |= is_within(&pair, fake_balls[pair.column], real, fake);
            });
        }
        let count = |flags: Vec<bool>| flags.into_iter().filter(|flag| *flag).count();
        Self { recalled: count(recalled), covered: count(covered), ..inside }
    }
}

/// Whether the squared distance of a pair is below `radius`, squared.
fn is_within(pair: &Pair, radius: f64, real: &Points, fake: &Points) -> bool {
    // Nothing is nearer than zero, which spares copies of one image their exact distances.
    let may_be = radius > 0.0 && pair.low < radius;
    may_be && (pair.high < radius || real.exact(pair.row, fake, pair.column) < radius)
}
