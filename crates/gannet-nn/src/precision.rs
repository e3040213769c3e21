//! The precisions that a user can choose.

use gannet_choice::choice;
use gannet_ops::precision::Precision;

choice! {
    /// How the factors of convolutions are rounded on the CPU.
    #[default = F32]
    PrecisionKind {
        /// Not rounded.
        F32 = "f32",
        /// Rounded to bfloat16, with sums of f32; fast on processors with AVX512_BF16.
        Bf16 = "bf16",
    }
}

impl From<PrecisionKind> for Precision {
    fn from(kind: PrecisionKind) -> Self {
        match kind {
            PrecisionKind::F32 => Self::F32,
            PrecisionKind::Bf16 => Self::Bf16,
        }
    }
}
