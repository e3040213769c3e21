//! Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network, Shi et al.
//! 2016, arXiv:1609.05158: channels become pixels of a larger image, in the order of PyTorch's `pixel_shuffle`, and back.

use gannet_ops::dual::Dual;

/// Largest factor that is recognized in a file.
const MOST_FACTOR: usize = 16;

/// `x [n, c r², h, w]` → `[n, c, h r, w r]`.
pub fn pixel_shuffle(x: Dual<4>, r: usize) -> Dual<4> {
    let [n, c, h, w] = x.dims();
    let channels = c / (r * r);
    x.linear(|x| {
        let parts = x.reshape([n, channels, r, r, h, w]);
        parts.permute([0, 1, 4, 2, 5, 3]).reshape([n, channels, h * r, w * r])
    })
}

/// `x [n, c, h r, w r]` → `[n, c r², h, w]`, the inverse of [`pixel_shuffle`].
pub fn pixel_unshuffle(x: Dual<4>, r: usize) -> Dual<4> {
    let [n, c, h, w] = x.dims();
    let (high, wide) = (h / r, w / r);
    x.linear(|x| {
        let parts = x.reshape([n, c, high, r, wide, r]);
        parts.permute([0, 1, 3, 5, 2, 4]).reshape([n, c * r * r, high, wide])
    })
}

/// `x [n, c, h, w]` → `[n, c, h r, w r]` by nearest-neighbor upsampling.
pub fn repeat_pixels(x: Dual<4>, r: usize) -> Dual<4> {
    let [n, c, h, w] = x.dims();
    x.linear(|x| x.reshape([n, c, h, 1, w, 1]).expand([n, c, h, r, w, r]).reshape([n, c, h * r, w * r]))
}

/// Factor r of a pixel shuffle of `from` channels to `c` channels: r² c is `from`, and r is at most 16.
pub fn shuffle_factor(from: usize, c: usize) -> Option<usize> {
    let r = from.checked_div(c)?.isqrt();
    ((1..=MOST_FACTOR).contains(&r) && r * r * c == from).then_some(r)
}

/// Factor and channels `[r, c]` of a pixel shuffle of `from` channels, in a network that takes images of `likely` channels: the
/// first of that number, 3, 4 and 1 with which r² c is `from`, which is all that a file holds. r is at most 16.
pub fn shuffled_channels(from: usize, likely: usize) -> Option<[usize; 2]> {
    [likely, 3, 4, 1].into_iter().find_map(|c| Some([shuffle_factor(from, c)?, c]))
}
