//! Bit depths of stored values: 8 and 16.

/// A stored value of 8 or 16 bits.
pub(crate) trait Depth: Copy {
    /// The largest value, which means 1.
    const MOST: usize;

    /// The value as an index from 0 to [`Depth::MOST`].
    fn index(self) -> usize;

    /// The value of an index, at most [`Depth::MOST`].
    fn from_index(index: usize) -> Self;

    /// The value in `[0, 1]`.
    fn share(self) -> f32 {
        self.index() as f32 / Self::MOST as f32
    }

    /// A value in `[0, 1]`, rounded; values outside are clamped, NaN becomes 0.
    fn rounded(share: f32) -> Self {
        // A cast from float to integer saturates at zero, and makes 0 of NaN.
        Self::from_index(((share * Self::MOST as f32).round() as usize).min(Self::MOST))
    }
}

impl Depth for u8 {
    const MOST: usize = u8::MAX as usize;

    fn index(self) -> usize {
        self.into()
    }

    fn from_index(index: usize) -> Self {
        index as u8
    }
}

impl Depth for u16 {
    const MOST: usize = u16::MAX as usize;

    fn index(self) -> usize {
        self.into()
    }

    fn from_index(index: usize) -> Self {
        index as u16
    }
}
