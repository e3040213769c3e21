//! Images as text in color: half blocks, two pixels for each character.

use gannet_apply::image_grid::ImageGrid;

/// Columns and rows of images.
const IMAGES: (usize, usize) = (5, 2);
/// The most characters in the width of an image.
const CHARACTERS: usize = 15;

/// The first images of a grid.
pub fn draw(grid: &ImageGrid) -> String {
    let factor = grid.width.div_ceil(CHARACTERS);
    let (width, height) = (grid.width / factor, grid.height / factor);
    let shade = |image: usize, y: usize, x: usize| -> [u8; 3] {
        let pixel = |channel: usize| mean(grid, image, [y * factor, x * factor], factor, channel);
        if grid.channels == 3 { [pixel(0), pixel(1), pixel(2)] } else { [pixel(0); 3] }
    };
    let count = grid.pixels.len() / (grid.width * grid.height * grid.channels).max(1);
    let (columns, rows) = IMAGES;
    let mut text = String::new();
    for first in (0..count.min(columns * rows)).step_by(columns) {
        for y in (0..height).step_by(2) {
            for image in first..(first + columns).min(count) {
                for x in 0..width {
                    let ([r, g, b], below) = (shade(image, y, x), shade(image, (y + 1).min(height - 1), x));
                    let [s, t, u] = below;
                    text.push_str(&format!("\x1b[38;2;{r};{g};{b}m\x1b[48;2;{s};{t};{u}m▀"));
                }
                text.push_str("\x1b[0m ");
            }
            text.push('\n');
        }
    }
    text
}

/// The mean of a square of pixels.
fn mean(grid: &ImageGrid, image: usize, [top, left]: [usize; 2], side: usize, channel: usize) -> u8 {
    let at = |y: usize, x: usize| ((image * grid.height + y) * grid.width + x) * grid.channels + channel;
    let places = (0..side).flat_map(|y| (0..side).map(move |x| (top + y, left + x)));
    let sum: usize = places.map(|(y, x)| usize::from(grid.pixels[at(y, x)])).sum();
    (sum / (side * side)) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_rows_of_pixels_are_one_row_of_characters() {
        let grid = ImageGrid::from_images(&[-1.0, -1.0, 1.0, 1.0], 1, 1, 2, 2, 1);
        assert_eq!(draw(&grid), "\x1b[38;2;0;0;0m\x1b[48;2;255;255;255m▀".repeat(2) + "\x1b[0m \n");
    }

    #[test]
    fn large_images_are_downscaled_to_few_characters() {
        let grid = ImageGrid::from_images(&[0.0; 3 * 64 * 64], 1, 3, 64, 64, 1);
        let text = draw(&grid);
        assert_eq!((text.lines().count(), text.lines().next().map(|line| line.matches('▀').count())), (6, Some(12)));
    }
}
