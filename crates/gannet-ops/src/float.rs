//! The float types that kernels are written for, with functions that vectorize.

use std::ops::{Add, Div, Mul, Neg, Sub};

use burn::tensor::Element;

/// A float type that kernels are written for: `f32` or `f64`.
pub trait Float:
    Element
    + bytemuck::Pod
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + PartialOrd
    + Send
    + Sync
{
    /// Zero.
    const ZERO: Self;
    /// The nearest value of this type.
    fn from_f64(value: f64) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// Hyperbolic tangent. For `f32` it is free of branches and calls, so that a loop over it vectorizes.
    fn tanh(self) -> Self;
    /// e to the power of `-self`, of a value that is not negative. For `f32` it vectorizes, and is below 2e-35 above 80.
    fn exp_negative(self) -> Self;
}

impl Float for f32 {
    const ZERO: Self = 0.0;
    fn from_f64(value: f64) -> Self {
        value as f32
    }
    fn sqrt(self) -> Self {
        self.sqrt()
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        // The Taylor series near zero; elsewhere 1 − 2 / (e²ˣ + 1), which rounds to 1 in single precision for |x| > 9.1.
        let x = self.abs();
        let square = x * x;
        let near = x
            * (1.0
                + square * (-1.0 / 3.0 + square * (2.0 / 15.0 + square * (-17.0 / 315.0 + square * (62.0 / 2835.0)))));
        let far = 1.0 - 2.0 / (exp(2.0 * if x < 10.0 { x } else { 10.0 }) + 1.0);
        let value = if x < 0.25 { near } else { far };
        let value = if x.is_nan() { x } else { value };
        value.copysign(self)
    }
    #[inline(always)]
    fn exp_negative(self) -> Self {
        let decay = 1.0 / exp(if self < 80.0 { self } else { 80.0 });
        // A number that is not one stays so.
        if self.is_nan() { self } else { decay }
    }
}

/// eˣ for `x` in `[0, 80]`: 2 to the nearest integer of x / ln 2, times the Taylor series of the remainder.
#[inline(always)]
fn exp(x: f32) -> f32 {
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let whole = (x * std::f32::consts::LOG2_E + 0.5) as i32;
    let rest = x - whole as f32 * LN2_HIGH - whole as f32 * LN2_LOW;
    let series = 1.0 / 720.0 + rest * (1.0 / 5040.0);
    let series = 1.0 / 6.0 + rest * (1.0 / 24.0 + rest * (1.0 / 120.0 + rest * series));
    let power = f32::from_bits(((whole + 127) as u32) << 23);
    power * (1.0 + rest * (1.0 + rest * (0.5 + rest * series)))
}

impl Float for f64 {
    const ZERO: Self = 0.0;
    fn from_f64(value: f64) -> Self {
        value
    }
    fn sqrt(self) -> Self {
        self.sqrt()
    }
    fn tanh(self) -> Self {
        self.tanh()
    }
    fn exp_negative(self) -> Self {
        (-self).exp()
    }
}
