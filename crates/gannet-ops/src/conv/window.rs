//! Stride, padding, dilation and groups of a convolution, and the sizes of its results.

/// The settings of a convolution, and of its transpose, besides the weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Step between windows, in pixels; at least 1.
    pub stride: usize,
    /// Zero padding in pixels: above and below the image, and to its left and right.
    pub padding: [usize; 2],
    /// Step between the pixels of a window; at least 1.
    pub dilation: usize,
    /// Groups that the channels are divided into, each convolved by itself; at least 1.
    pub groups: usize,
}

impl Default for Window {
    /// Stride 1, no padding, no dilation, one group.
    fn default() -> Self {
        Self { stride: 1, padding: [0, 0], dilation: 1, groups: 1 }
    }
}

impl Window {
    /// Height and width of the result of a convolution of `input` pixels with a kernel of `kernel` pixels.
    pub fn output(self, input: [usize; 2], kernel: [usize; 2]) -> [usize; 2] {
        let side = |axis: usize| (input[axis] + 2 * self.padding[axis]).saturating_sub(self.reach(kernel[axis]));
        [0, 1].map(|axis| side(axis) / self.stride + 1)
    }

    /// Height and width of the result of a transposed convolution of `input` pixels with a kernel of `kernel` pixels.
    pub fn transposed_output(self, input: [usize; 2], kernel: [usize; 2]) -> [usize; 2] {
        [0, 1].map(|axis| (input[axis] - 1) * self.stride + self.reach(kernel[axis]) - 2 * self.padding[axis])
    }

    /// Pixels that a window spans along an axis, dilation included.
    fn reach(self, kernel: usize) -> usize {
        (kernel - 1) * self.dilation + 1
    }
}
