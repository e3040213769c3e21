//! Sharpened targets, from which Real-ESRGAN learns crisper edges (section 3.4 of the paper): an unsharp mask that leaves
//! alone what differs little from its blurred copy, so that flat regions keep their grain.

use super::kernels::Kernel;
use super::planes::SquarePlanes;

/// The side of the Gaussian in pixels, from a radius of 50, and its standard deviation, which follows from the side as
/// OpenCV's `getGaussianKernel` has it.
const SIZE: usize = 51;
const DEVIATION: f64 = 0.3 * ((SIZE as f64 - 1.0) * 0.5 - 1.0) + 0.8;
/// The share of the difference that is added.
const AMOUNT: f32 = 0.5;
/// The least difference that is sharpened, in steps of 8 bits.
const THRESHOLD: f32 = 10.0;

/// The image with sharper edges.
pub fn sharpened(image: &SquarePlanes) -> SquarePlanes {
    let [columns, rows] = Kernel::gaussian(SIZE, DEVIATION);
    let soft = |image: &SquarePlanes| rows.apply(&columns.apply(image));
    let blurred = soft(image);
    let edges = image.values.iter().zip(&blurred.values);
    let edges = edges.map(|(value, blurred)| f32::from((value - blurred).abs() * 255.0 > THRESHOLD));
    let mask = soft(&SquarePlanes { values: edges.collect(), side: image.side });
    let values = image.values.iter().zip(&blurred.values).zip(&mask.values).map(|((value, blurred), mask)| {
        let sharp = (value + AMOUNT * (value - blurred)).clamp(0.0, 1.0);
        mask * sharp + (1.0 - mask) * value
    });
    SquarePlanes { values: values.collect(), side: image.side }
}
