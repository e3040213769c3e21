//! Values of a picture as a network's input, and a network's output as values of a picture, where one of them is gray.

use gannet_data::ImageBuffer;

/// The value in `[-1, 1]` of input channel `c` at row and column: a gray network sees the luma of a color picture (ITU-R
/// 601), a color network sees a gray picture in all channels. A fourth channel is the picture's alpha, 1 where it has none.
pub(crate) fn network_input(picture: &ImageBuffer, channels: usize, c: usize, [y, x]: [usize; 2]) -> f32 {
    let at = |c: usize| picture.at(c, y, x);
    let value = match (channels, picture.color_channels()) {
        (1, 3) => LUMA[0] * at(0) + LUMA[1] * at(1) + LUMA[2] * at(2),
        _ if c == ALPHA => {
            if picture.has_alpha() {
                at(picture.channels - 1)
            } else {
                1.0
            }
        }
        (_, 1) => at(0),
        _ => at(c),
    };
    2.0 * value - 1.0
}

/// The shares of red, green and blue in the luma of ITU-R 601.
pub(crate) const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

/// The channel of a network's images that is their alpha.
pub(crate) const ALPHA: usize = 3;

/// The picture's value for `color` from a network's output of `channels` channels: a gray picture takes their mean, a color
/// picture takes a gray output in all colors.
pub(crate) fn picture_color([channels, colors]: [usize; 2], color: usize, output: impl Fn(usize) -> f32) -> f32 {
    match (channels, colors) {
        (1, _) => output(0),
        (_, 1) => (0..channels.min(ALPHA)).map(output).sum::<f32>() / channels.min(ALPHA) as f32,
        _ => output(color),
    }
}
