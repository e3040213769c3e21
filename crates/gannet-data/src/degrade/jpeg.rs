//! What a JPEG file does to an image (ITU-T T.81), without the file: luminance and chrominance, the latter at half the
//! resolution (4:2:0), cosine transforms of 8 × 8 pixels, and coefficients rounded to multiples of a table.
//!
//! The `image` crate's encoder keeps chrominance at full resolution (4:4:4), which leaves out the color errors of most
//! JPEG files. Only the lossy parts are computed here, in floating point.

use std::sync::OnceLock;

use super::planes::SquarePlanes;

const BLOCK: usize = 8;
/// Pixels that a block of chrominance covers.
const MACROBLOCK: usize = 2 * BLOCK;

type Block = [f32; BLOCK * BLOCK];

/// The quantization of luminance and of chrominance at quality 50 (T.81, tables K.1 and K.2), row-major.
#[rustfmt::skip]
const LUMINANCE: Block = [
    16., 11., 10., 16., 24., 40., 51., 61.,
    12., 12., 14., 19., 26., 58., 60., 55.,
    14., 13., 16., 24., 40., 57., 69., 56.,
    14., 17., 22., 29., 51., 87., 80., 62.,
    18., 22., 37., 56., 68., 109., 103., 77.,
    24., 35., 55., 64., 81., 104., 113., 92.,
    49., 64., 78., 87., 103., 121., 120., 101.,
    72., 92., 95., 98., 112., 100., 103., 99.,
];
#[rustfmt::skip]
const CHROMINANCE: Block = [
    17., 18., 24., 47., 99., 99., 99., 99.,
    18., 21., 26., 66., 99., 99., 99., 99.,
    24., 26., 56., 99., 99., 99., 99., 99.,
    47., 66., 99., 99., 99., 99., 99., 99.,
    99., 99., 99., 99., 99., 99., 99., 99.,
    99., 99., 99., 99., 99., 99., 99., 99.,
    99., 99., 99., 99., 99., 99., 99., 99.,
    99., 99., 99., 99., 99., 99., 99., 99.,
];

/// A plane whose sides are multiples of a block's, of values around 0.
struct Padded {
    values: Vec<f32>,
    side: usize,
}

/// The image as it is read back from a JPEG file of this quality, in percent; values in `[0, 1]`, not rounded.
pub(super) fn compressed(image: &SquarePlanes, quality: f32) -> SquarePlanes {
    let factor = if quality < 50.0 { 50.0 / quality } else { 2.0 - quality / 50.0 };
    let side = image.side;
    let values = match image.rgb() {
        Some(rgb) => {
            let [y, cb, cr] = luminance_and_chrominance(rgb);
            let y = quantized(padded(&y, side), &LUMINANCE, factor);
            let chroma = [cb, cr].map(|plane| quantized(halved(&padded(&plane, side)), &CHROMINANCE, factor));
            rgb_of(&y, &chroma, side)
        }
        None => {
            let planes =
                image.planes().map(|plane| plane.iter().map(|value| value * 255.0 - 128.0).collect::<Vec<_>>());
            planes
                .flat_map(|plane| {
                    let plane = quantized(padded(&plane, side), &LUMINANCE, factor);
                    (0..side * side).map(move |at| unit(plane.values[at / side * plane.side + at % side] + 128.0))
                })
                .collect()
        }
    };
    SquarePlanes { values, side }
}

/// A value of 8 bits as one in `[0, 1]`.
fn unit(value: f32) -> f32 {
    value.clamp(0.0, 255.0) / 255.0
}

/// The planes of JFIF's Y, Cb and Cr, all around 0.
fn luminance_and_chrominance([r, g, b]: [&[f32]; 3]) -> [Vec<f32>; 3] {
    let mix = |[red, green, blue]: [f32; 3], shift: f32| -> Vec<f32> {
        let pixels = r.iter().zip(g).zip(b);
        pixels.map(|((r, g), b)| 255.0 * (red * r + green * g + blue * b) - shift).collect()
    };
    [
        mix([0.299, 0.587, 0.114], 128.0),
        mix([-0.168_736, -0.331_264, 0.5], 0.0),
        mix([0.5, -0.418_688, -0.081_312], 0.0),
    ]
}

/// Red, green and blue `[3][side][side]` in `[0, 1]`; each value of chrominance is that of four pixels.
fn rgb_of(y: &Padded, [cb, cr]: &[Padded; 2], side: usize) -> Vec<f32> {
    let mut values = vec![0.0; 3 * side * side];
    let (red, rest) = values.split_at_mut(side * side);
    let (green, blue) = rest.split_at_mut(side * side);
    for at in 0..side * side {
        let (row, column) = (at / side, at % side);
        let luma = y.values[row * y.side + column] + 128.0;
        let [cb, cr] = [cb, cr].map(|plane| plane.values[row / 2 * plane.side + column / 2]);
        red[at] = unit(luma + 1.402 * cr);
        green[at] = unit(luma - 0.344_136 * cb - 0.714_136 * cr);
        blue[at] = unit(luma + 1.772 * cb);
    }
    values
}

/// The plane continued by its last row and column to whole macroblocks, as encoders do.
fn padded(plane: &[f32], side: usize) -> Padded {
    let wide = side.next_multiple_of(MACROBLOCK);
    let places = (0..wide * wide).map(|at| [at / wide, at % wide].map(|at| at.min(side - 1)));
    Padded { values: places.map(|[y, x]| plane[y * side + x]).collect(), side: wide }
}

/// The means of 2 × 2 pixels.
fn halved(plane: &Padded) -> Padded {
    let (wide, side) = (plane.side, plane.side / 2);
    let mean = |at: usize| {
        let first = at / side * 2 * wide + at % side * 2;
        [0, 1, wide, wide + 1].iter().map(|step| plane.values[first + step]).sum::<f32>() / 4.0
    };
    Padded { values: (0..side * side).map(mean).collect(), side }
}

/// The plane with its coefficients rounded to multiples of `table` times `factor`, but no finer than to whole numbers.
fn quantized(mut plane: Padded, table: &Block, factor: f32) -> Padded {
    let steps = table.map(|step| (step * factor).max(1.0));
    let (side, blocks) = (plane.side, plane.side / BLOCK);
    for block in 0..blocks * blocks {
        let first = block / blocks * BLOCK * side + block % blocks * BLOCK;
        let mut pixels: Block = std::array::from_fn(|at| plane.values[first + at / BLOCK * side + at % BLOCK]);
        let mut coefficients = both_axes(&pixels, cosines());
        coefficients.iter_mut().zip(steps).for_each(|(value, step)| *value = (*value / step).round_ties_even() * step);
        pixels = both_axes(&coefficients, inverse());
        let rows = pixels.chunks_exact(BLOCK).enumerate();
        rows.for_each(|(y, row)| plane.values[first + y * side..][..BLOCK].copy_from_slice(row));
    }
    plane
}

/// `m · block · mᵀ`, as two products that each transpose: `(m · (m · block)ᵀ)ᵀ` is symmetric in the two axes.
fn both_axes(block: &Block, m: &Block) -> Block {
    product_transposed(&product_transposed(block, m), m)
}

/// `(m · block)ᵀ`.
fn product_transposed(block: &Block, m: &Block) -> Block {
    let mut out = [0.0; BLOCK * BLOCK];
    for (row, weights) in m.chunks_exact(BLOCK).enumerate() {
        let mut sums = [0.0; BLOCK];
        for (line, weight) in block.chunks_exact(BLOCK).zip(weights) {
            sums.iter_mut().zip(line).for_each(|(sum, value)| *sum += weight * value);
        }
        sums.iter().enumerate().for_each(|(column, sum)| out[column * BLOCK + row] = *sum);
    }
    out
}

/// The orthonormal cosine transform of 8 values, a row for each frequency.
fn cosines() -> &'static Block {
    static COSINES: OnceLock<Block> = OnceLock::new();
    COSINES.get_or_init(|| {
        std::array::from_fn(|at| {
            let (frequency, place) = ((at / BLOCK) as f64, (at % BLOCK) as f64);
            let scale = if frequency == 0.0 { 0.5_f64.sqrt() } else { 1.0 };
            (0.5 * scale * ((2.0 * place + 1.0) * frequency * std::f64::consts::PI / 16.0).cos()) as f32
        })
    })
}

/// The inverse of [`cosines`], its transpose.
fn inverse() -> &'static Block {
    static INVERSE: OnceLock<Block> = OnceLock::new();
    INVERSE.get_or_init(|| std::array::from_fn(|at| cosines()[at % BLOCK * BLOCK + at / BLOCK]))
}
