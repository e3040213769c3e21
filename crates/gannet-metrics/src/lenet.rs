//! Digits judged by LeNet-5: the features of a Fréchet distance, and the class of each image.

use burn::tensor::Tensor;
use burn::tensor::activation::softmax;
use gannet_nn::extractors::lenet::LeNet;
use gannet_ops::resample::resize;

/// Side of a handwritten digit's image in pixels, before anything was put around it.
pub const DIGIT: usize = 28;

/// How a digit of 28 pixels becomes the 32 that LeNet-5 takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// Enlarged, bilinear, in [0, 1].
    Resize,
    /// Surrounded with black.
    Pad,
}

/// LeNet-5 as a judge.
#[derive(Debug, Clone)]
pub struct LeNetJudge {
    network: LeNet,
    frame: Frame,
}

/// What LeNet-5 sees in images, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// `[n, 84]`, f6 after its ReLU.
    pub features: Vec<f32>,
    /// `[n, 10]`.
    pub probabilities: Vec<f32>,
}

impl LeNetJudge {
    /// A judge that was trained on digits in this frame.
    pub fn new(network: LeNet, frame: Frame) -> Self {
        Self { network, frame }
    }

    /// `images [n, 1, s, s]` in `[-1, 1]`, `s` at least 28, of which the middle 28 pixels hold the digit.
    ///
    /// # Panics
    /// Where the images are smaller or have more channels.
    pub fn look(&self, images: Tensor<4>) -> Seen {
        let [_, _, height, width] = images.dims();
        let images = images * 0.5 + 0.5;
        let border = |side: usize| (side - DIGIT) / 2;
        let digits = images.narrow(2, border(height), DIGIT).narrow(3, border(width), DIGIT);
        let framed = match self.frame {
            Frame::Resize => resize(digits, [LeNet::SIZE, LeNet::SIZE]),
            Frame::Pad => {
                let border = (LeNet::SIZE - DIGIT) / 2;
                digits.pad((border, border, border, border), 0.0)
            }
        };
        let (features, logits) = self.network.forward(framed);
        let values = |x: Tensor<2>| x.into_data().iter::<f32>().collect();
        Seen { features: values(features), probabilities: values(softmax(logits, 1)) }
    }
}
