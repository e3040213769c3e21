//! The Bessel function that a circular low-pass filter is made of.

use std::f64::consts::PI;

/// Points of the sum below. Its error is the Bessel function of this order, less one, at `x`: below 1e-12 for `x` up to 60.
const POINTS: u32 = 128;

/// The Bessel function of the first kind and order 1 at `x`, for `|x|` up to 60: the mean of `cos(t − x sin t)` over a
/// period (Bessel's integral), by the trapezoidal rule, which converges exponentially for periodic functions.
pub(super) fn j1(x: f64) -> f64 {
    let term = |at: u32| {
        let t = 2.0 * PI * f64::from(at) / f64::from(POINTS);
        (t - x * t.sin()).cos()
    };
    (0..POINTS).map(term).sum::<f64>() / f64::from(POINTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Abramowitz and Stegun 1964, "Handbook of Mathematical Functions", tables 9.1 and 9.2.
    #[test]
    fn values_are_those_of_the_tables() {
        let table = [(0.0, 0.0), (1.0, 0.440_050_585_7), (2.5, 0.497_094_102_5), (10.0, 0.043_472_746_2)];
        table.iter().for_each(|(x, value)| assert!((j1(*x) - value).abs() < 1e-10, "{x}: {}", j1(*x)));
    }

    /// The zeros of J₁ near (n + ¼)π: its sign changes there, also at the far end of the range.
    #[test]
    fn zeros_are_where_they_should_be() {
        for n in [1.0_f64, 10.0, 18.0] {
            let b = (n + 0.25) * PI;
            let zero = b - 3.0 / (8.0 * b);
            assert!(j1(zero - 0.01) * j1(zero + 0.01) < 0.0, "{zero}");
        }
    }
}
