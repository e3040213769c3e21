//! The square images that are degraded.

/// Planes `[channels][side][side]` of values in `[0, 1]`: gray, or red, green and blue.
#[derive(Debug, Clone, PartialEq)]
pub struct SquarePlanes {
    /// the planes, one behind the other
    pub values: Vec<f32>,
    /// pixels in a row and in a column
    pub side: usize,
}

impl SquarePlanes {
    /// Pixels of a plane.
    pub(super) fn area(&self) -> usize {
        self.side * self.side
    }

    /// The planes.
    pub(super) fn planes(&self) -> std::slice::ChunksExact<'_, f32> {
        self.values.chunks_exact(self.area())
    }

    /// The values of red, green and blue, where there are three planes.
    pub(super) fn rgb(&self) -> Option<[&[f32]; 3]> {
        <[&[f32]; 3]>::try_from(self.planes().collect::<Vec<_>>()).ok()
    }

    /// Brings all values to `[0, 1]`.
    pub(super) fn clamped(mut self) -> Self {
        self.values.iter_mut().for_each(|value| *value = value.clamp(0.0, 1.0));
        self
    }

    /// Brings all values to `[0, 1]` and rounds them to 8 bits.
    pub(super) fn rounded(mut self) -> Self {
        self.values.iter_mut().for_each(|value| *value = rounded(*value));
        self
    }
}

/// The value in `[0, 1]` and of 8 bits that is nearest.
pub(super) fn rounded(value: f32) -> f32 {
    (value * 255.0).round().clamp(0.0, 255.0) / 255.0
}
