//! The images: `[data]`.

use gannet_choice::Choice;
use gannet_data::{Fit, LayoutChoice};
use toml::Value;

use crate::key::{Key, Section};
use crate::rule::{MAX, Rule};
use crate::task_kind::Tasks;
use crate::value::Field;

settings! {
    /// The images.
    Data {
        /// The images to train on: a built-in set such as "digits", or a path relative to the working directory; ""
        /// where --data has to say. Without data.target, pix2pix reads images that are two images side by side, or
        /// folders A and B (or trainA and trainB) with equal names; cyclegan and cut read two class folders.
        source: String = String::from("digits"), Rule::Text, Tasks::ALL;
        /// The images of the second domain: the wanted images of the same names for pix2pix, an unpaired set for
        /// cyclegan and cut, the style images for adain.
        target: String = String::new(), Rule::Text, Tasks::PAIRS;
        /// What the folders and files of image files are taken for; `gannet data check` says what that is.
        layout: LayoutChoice = LayoutChoice::Auto, Rule::Choice(LayoutChoice::WORDS), Tasks::ALL;
        /// Whether every image is two images side by side, whatever its shape. Otherwise images that are not twice as
        /// wide as high are refused without data.target.
        side_by_side: bool = false, Rule::Flag, Tasks::PIX2PIX;
        /// What to give with --data, for the message where data.source is empty.
        hint: String = String::new(), Rule::Text, Tasks::ALL;
        /// Height and width of the images in pixels. Each network says which sizes it has when another one is asked
        /// for.
        size: usize = 32, Rule::Whole(8, 512), Tasks::ALL;
        /// Channels of the images: 1 for gray, 3 for color; images of another kind are converted.
        channels: usize = 1, Rule::WholeOf(&[1, 3]), Tasks::ALL;
        /// How an image that is not square becomes a square.
        fit: Fit = Fit::Crop, Rule::Choice(Fit::WORDS), Tasks::ALL;
        /// Whether an image is mirrored left to right, with probability 1/2 each time it is read.
        flip: bool = false, Rule::Flag, Tasks::ALL;
        /// The largest number of pixels by which an image is moved in either direction, at random each time it is read.
        shift: usize = 0, Rule::Whole(0, 64), Tasks::ALL;
        /// Random square patches of data.size pixels that stand for each image; 0 for whole images.
        patches: usize = 0, Rule::Whole(0, 100_000), Tasks::PATCHES;
        /// Whether every image needs a label: its class folder, or that of the format.
        labels: bool = false, Rule::Flag, Tasks::LABELED;
        /// Training images, always the same ones, that are held out to measure on; 0 to measure on the test split.
        hold_back: usize = 0, Rule::Whole(0, MAX), Tasks::ALL;
        /// Training images, always the same ones, to train on; 0 for all of them.
        limit: usize = 0, Rule::Whole(0, MAX), Tasks::ALL;
        /// Whether an unreadable image stops the run; otherwise it is left out.
        strict: bool = false, Rule::Flag, Tasks::ALL;
    }
}
