//! Points of the plane to learn: mixtures of Gaussians with equal weights.

use gannet_ops::random::Stream;

gannet_choice::choice! {
    /// A distribution of points to learn.
    Set {
        /// Eight Gaussians on a circle of radius 2, σ 0.02 (Metz et al. 2016, arXiv:1611.02163).
        Ring = "ring",
        /// Twenty-five Gaussians on a square grid of spacing 2, σ 0.05 (Srivastava et al. 2017, arXiv:1705.07761).
        Grid = "grid",
        /// Twenty Gaussians along a spiral of two turns, σ 0.05.
        Spiral = "spiral",
    }
}

impl Set {
    /// The mixture of Gaussians that the set is.
    pub fn mixture(self) -> Mixture {
        match self {
            Self::Ring => {
                Mixture { centers: (0..8).map(|mode| polar(2.0, f64::from(mode) / 8.0)).collect(), sigma: 0.02 }
            }
            Self::Grid => {
                let center = |mode: i32| [2.0 * f64::from(mode % 5 - 2), 2.0 * f64::from(mode / 5 - 2)];
                Mixture { centers: (0..25).map(center).collect(), sigma: 0.05 }
            }
            Self::Spiral => {
                let center = |mode: i32| polar(0.5 + 2.5 * f64::from(mode) / 19.0, 2.0 * f64::from(mode) / 19.0);
                Mixture { centers: (0..20).map(center).collect(), sigma: 0.05 }
            }
        }
    }
}

/// A point by its radius and its share of a turn.
fn polar(radius: f64, turns: f64) -> [f64; 2] {
    let angle = turns * std::f64::consts::TAU;
    [radius * angle.cos(), radius * angle.sin()]
}

/// Gaussians of the plane with equal weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    /// Where their means are.
    pub centers: Vec<[f64; 2]>,
    /// Their standard deviation along each axis.
    pub sigma: f64,
}

impl Mixture {
    /// `[n, 2]` coordinates of random points.
    pub fn sample(&self, n: usize, stream: &mut Stream) -> Vec<f32> {
        let mut points = Vec::with_capacity(2 * n);
        for _ in 0..n {
            let center = self.centers[stream.below(self.centers.len())];
            points.extend(center.map(|x| x as f32 + self.sigma as f32 * stream.normal()));
        }
        points
    }

    /// The root of the coordinates' mean square.
    pub fn spread(&self) -> f64 {
        let squares: f64 = self.centers.iter().flatten().map(|x| x * x).sum();
        (squares / (2 * self.centers.len()) as f64 + self.sigma.powi(2)).sqrt()
    }

    /// Half the side of a square around the origin with all modes well inside.
    pub fn reach(&self) -> f64 {
        1.3 * self.centers.iter().flatten().fold(0.0, |most: f64, x| most.max(x.abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_come_from_the_mixture() {
        for (set, modes) in [(Set::Ring, 8), (Set::Grid, 25), (Set::Spiral, 20)] {
            let mixture = set.mixture();
            assert_eq!(mixture.centers.len(), modes);
            let points = mixture.sample(20_000, &mut Stream::new(0, "points", 0));
            let points: Vec<[f32; 2]> = points.as_chunks().0.to_vec();
            let found = gannet_metrics::modes::coverage(&points, &mixture.centers, mixture.sigma);
            assert_eq!((found.modes, found.of), (modes, modes));
            // A Gaussian of the plane has 1 − exp(−9/2) within three standard deviations.
            assert!((found.high_quality - 0.98889).abs() < 0.003, "{}", found.high_quality);
            assert!(found.reverse_kl < 0.002);
        }
    }

    #[test]
    fn modes_are_where_the_papers_have_them() {
        let ring = Set::Ring.mixture();
        assert!(ring.centers.iter().all(|[x, y]| (x.hypot(*y) - 2.0).abs() < 1e-12));
        assert_eq!(Set::Grid.mixture().centers[0], [-4.0, -4.0]);
        assert_eq!(Set::Grid.mixture().centers[24], [4.0, 4.0]);
    }
}
