//! Layers that enlarge an image, computed in bands of rows, so that their large maps exist for one band at a time.

use burn::tensor::Tensor;

use crate::mode::Mode;

/// Pixels of the input up to which an image is computed as a whole.
const PIXELS: usize = 1 << 13;
/// Fewest rows of a band, so that its context is a small share of it.
const ROWS: usize = 32;

/// `f` of `x [n, c, h, w]`; in [`Mode::Eval`] it is computed in bands of rows where the image is large. `f` must see at most `reach` rows up and down, an even
/// number, and give s rows for each row; the result is that of the whole image.
pub fn by_bands(x: &Tensor<4>, reach: usize, mode: Mode, f: impl Fn(Tensor<4>) -> Tensor<4>) -> Tensor<4> {
    let [n, _, h, w] = x.dims();
    // An even number keeps the pixels that an algorithm computes together, which keeps the rounding.
    let rows = (PIXELS / (n * w).max(1)).max(ROWS) / 2 * 2;
    if mode == Mode::Train || h <= rows + reach {
        return f(x.clone());
    }
    let band = |top: usize| {
        let (from, to) = (top.saturating_sub(reach), (top + rows + reach).min(h));
        let y = f(x.clone().narrow(2, from, to - from));
        let scale = y.dims()[2] / (to - from);
        y.narrow(2, scale * (top - from), scale * rows.min(h - top))
    };
    Tensor::cat((0..h).step_by(rows).map(band).collect(), 2)
}

#[cfg(test)]
mod tests {
    use gannet_ops::device::device;
    use gannet_ops::dual::Dual;
    use gannet_ops::random::Stream;

    use super::*;
    use crate::init::Init;
    use crate::layers::{ConvConfig, Resize};

    #[test]
    fn bands_give_what_the_whole_image_gives() {
        let (device, mut stream) = (device("cpu").unwrap(), Stream::new(0, "bands", 0));
        let config = |resize| ConvConfig::three(4, 4, resize).with_bias().with_init(Init::he(1.0, 36));
        let [up, last] = [Resize::Double, Resize::Same].map(|resize| config(resize).init(&mut stream, &device));
        let enlarged = |x: Tensor<4>| last.forward(up.forward(Dual::constant(x))).value;
        // More than two bands, and the last is short.
        let [h, w] = [2 * ROWS + 70, PIXELS / ROWS];
        let x = Init::he(1.0, 1).param([1, 4, h, w], &mut stream, &device).val();
        let (whole, bands) = (enlarged(x.clone()), by_bands(&x, 2, Mode::Eval, enlarged));
        assert_eq!(whole.dims(), bands.dims());
        let off = (whole - bands).abs().max().into_scalar::<f32>();
        assert!(off < 1e-5, "off by {off}");
    }
}
