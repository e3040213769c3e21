//! LeNet-5 as a classifier of handwritten digits in the middle of images: class probabilities and features.

use std::path::Path;

use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor};
use gannet_apply::CheckpointChoice;
use gannet_apply::classifier::{open_digit_classifier, read_lenet};
use gannet_data::Fit;
use gannet_nn::architectures::lenet::LeNet;
use gannet_ops::resample::resize;

use crate::EvalError;

/// Side in pixels of the image of a handwritten digit, without padding.
pub const DIGIT: usize = 28;

/// How a digit of 28 pixels becomes the 32 pixels that LeNet-5 takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigitFrame {
    /// Enlarged, antialiased bilinear.
    Resize,
    /// Padded with black.
    Pad,
}

impl DigitFrame {
    /// The frame of a classifier whose training images were fitted like this.
    pub fn of_fit(fit: Fit) -> Self {
        if fit == Fit::Pad { Self::Pad } else { Self::Resize }
    }
}

/// LeNet-5 with the frame that it was trained with.
#[derive(Debug, Clone)]
pub struct DigitClassifier {
    network: LeNet,
    frame: DigitFrame,
}

/// Features and probabilities of images, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct DigitPredictions {
    /// `[n, 84]`: layer f6 after its ReLU.
    pub features: Vec<f32>,
    /// `[n, 10]`: the probability of each digit.
    pub probabilities: Vec<f32>,
}

impl DigitClassifier {
    /// The classifier `network`, which was trained on digits in this frame.
    pub fn new(network: LeNet, frame: DigitFrame) -> Self {
        Self { network, frame }
    }

    /// The classifier called `name`: `lenet:FILE` (PyTorch's weights) or the folder of a run such as one of
    /// digits-lenet.
    ///
    /// # Errors
    /// The file or the run cannot be read, or holds another network.
    pub fn open(name: &str, device: &Device) -> Result<Self, EvalError> {
        if let Some(file) = name.strip_prefix("lenet:") {
            return Ok(Self::new(read_lenet(Path::new(file), device)?.0, DigitFrame::Resize));
        }
        let (network, recipe) = open_digit_classifier(Path::new(name), CheckpointChoice::Newest, device)?;
        Ok(Self::new(network, DigitFrame::of_fit(recipe.data.fit)))
    }

    /// The predictions for `images [n, 1, s, s]` in `[-1, 1]`; `s` is at least 28, and the middle 28 pixels hold the
    /// digit.
    ///
    /// # Panics
    /// Where the images are smaller or have more channels.
    pub fn predict(&self, images: Tensor<4>) -> DigitPredictions {
        let [_, _, height, width] = images.dims();
        let images = images * 0.5 + 0.5;
        let border = |side: usize| (side - DIGIT) / 2;
        let digits = images.narrow(2, border(height), DIGIT).narrow(3, border(width), DIGIT);
        let framed = match self.frame {
            DigitFrame::Resize => resize(digits, [LeNet::SIZE, LeNet::SIZE]),
            DigitFrame::Pad => {
                let border = (LeNet::SIZE - DIGIT) / 2;
                digits.pad((border, border, border, border), 0.0)
            }
        };
        let (features, logits) = self.network.forward(framed);
        let values = |x: Tensor<2>| x.into_data().iter::<f32>().collect();
        DigitPredictions { features: values(features), probabilities: values(softmax(logits, 1)) }
    }
}
