//! The sections of single tasks.

use gannet_choice::Choice;
use gannet_data::{DegradationKind, MaskKind};
use gannet_nn::extractors::style::DEEPEST;
use gannet_objectives::pixel::PixelLossKind;
use toml::Value;

use crate::choices::{CodeKind, LikelihoodKind};
use crate::key::{Key, Section};
use crate::rule::Rule;
use crate::task_kind::Tasks;
use crate::value::Field;

settings! {
    /// Autoencoders.
    Autoencode {
        /// The codes.
        kind: CodeKind = CodeKind::Variational, Rule::Choice(CodeKind::WORDS), Tasks::AUTOENCODE;
        /// Weight of the reconstruction loss on pixels; 0 for none.
        reconstruction: f64 = 1.0, Rule::NotNegative, Tasks::AUTOENCODE;
        /// Likelihood of an image given its reconstruction.
        likelihood: LikelihoodKind = LikelihoodKind::Gaussian, Rule::Choice(LikelihoodKind::WORDS), Tasks::AUTOENCODE;
        /// Standard deviation of the Gaussian likelihood, for images in [-1, 1].
        deviation: f64 = 0.5, Rule::Positive, Tasks::AUTOENCODE;
        /// Weight of the codes' Kullback-Leibler divergence from N(0, 1) (Higgins et al. 2017, ICLR); variational
        /// codes.
        beta: f64 = 1.0, Rule::NotNegative, Tasks::AUTOENCODE;
        /// Standard deviation of the noise on the encoder's input (Vincent et al. 2008, ICML).
        noise: f64 = 0.0, Rule::NotNegative, Tasks::AUTOENCODE;
        /// Weight of the adversarial loss on images (Larsen et al. 2015, arXiv:1512.09300); 0 trains without that
        /// discriminator.
        adversarial: f64 = 0.0, Rule::NotNegative, Tasks::AUTOENCODE;
        /// Weight of the reconstruction loss on that discriminator's features.
        features: f64 = 0.0, Rule::NotNegative, Tasks::AUTOENCODE;
    }
}

settings! {
    /// Translation learned from pairs.
    Pix2pix {
        /// Whether the second image of a pair is translated to the first.
        reverse: bool = false, Rule::Flag, Tasks::PIX2PIX;
        /// Weight of the mean absolute distance from the wanted image, for images in [-1, 1].
        l1: f64 = 100.0, Rule::NotNegative, Tasks::PIX2PIX;
        /// Weight of the adversarial loss; 0 trains without a discriminator.
        adversarial: f64 = 1.0, Rule::NotNegative, Tasks::PIX2PIX;
        /// Weight of the perceptual loss, relative to the size of the features (Johnson et al. 2016, arXiv:1603.08155).
        perceptual: f64 = 0.0, Rule::NotNegative, Tasks::PIX2PIX;
        /// The network of the perceptual loss: "random" convolutions, or VGG's in a file, as "vgg19:PATH".
        features: String = String::from("random"), Rule::Text, Tasks::PIX2PIX;
        /// Whether dropout in the decoder's inner layers is the noise, in training and in use.
        dropout: bool = false, Rule::Flag, Tasks::PIX2PIX;
    }
}

settings! {
    /// Translation between two unpaired sets, both ways.
    Cyclegan {
        /// Whether the two domains change places.
        reverse: bool = false, Rule::Flag, Tasks::CYCLEGAN;
        /// Weight of the adversarial loss.
        adversarial: f64 = 1.0, Rule::Positive, Tasks::CYCLEGAN;
        /// Weight of the cycle-consistency loss.
        cycle: f64 = 10.0, Rule::Positive, Tasks::CYCLEGAN;
        /// Weight of the identity loss, as a share of the cycle-consistency loss's.
        identity: f64 = 0.5, Rule::NotNegative, Tasks::CYCLEGAN;
        /// Generated images of earlier steps that the discriminators also see.
        pool: usize = 50, Rule::Whole(0, 10000), Tasks::CYCLEGAN;
    }
}

settings! {
    /// Translation from one unpaired set to another, one way.
    Cut {
        /// Whether the second set is translated to the first.
        reverse: bool = false, Rule::Flag, Tasks::CUT;
        /// Weight of the adversarial loss.
        adversarial: f64 = 1.0, Rule::Positive, Tasks::CUT;
        /// Weight of the patchwise contrastive loss.
        contrast: f64 = 1.0, Rule::Positive, Tasks::CUT;
        /// Patches of each feature map in the contrastive loss.
        patches: usize = 256, Rule::Whole(2, 65536), Tasks::CUT;
    }
}

settings! {
    /// Super-resolution.
    Upscale {
        /// The output's height as a multiple of the input's.
        scale: usize = 4, Rule::WholeOf(&[2, 4]), Tasks::UPSCALE;
        /// How training images are degraded to inputs.
        degradation: DegradationKind = DegradationKind::Bicubic, Rule::Choice(DegradationKind::WORDS), Tasks::UPSCALE;
        /// The strength of degradation real: 1 as published; less leaves out steps and shrinks ranges, down to a bicubic
        /// reduction at 0.
        degradation_strength: f64 = 1.0, Rule::UpToOne, Tasks::UPSCALE;
        /// Whether targets are sharpened, and inputs made from them, as Real-ESRGAN does; the discriminator's real images
        /// are not.
        sharpen: bool = false, Rule::Flag, Tasks::UPSCALE;
        /// The distance of outputs from their targets that is minimized.
        pixel: PixelLossKind = PixelLossKind::L1, Rule::Choice(PixelLossKind::WORDS), Tasks::UPSCALE;
        /// Weight of that distance, for images in [-1, 1].
        l1: f64 = 100.0, Rule::NotNegative, Tasks::UPSCALE;
        /// Weight of the adversarial loss; 0 trains without a discriminator.
        adversarial: f64 = 1.0, Rule::NotNegative, Tasks::UPSCALE;
        /// Weight of the perceptual loss, relative to the size of the features (Johnson et al. 2016, arXiv:1603.08155).
        perceptual: f64 = 0.0, Rule::NotNegative, Tasks::UPSCALE;
        /// The network of the perceptual loss: "random" convolutions, or VGG's in a file, as "vgg19:PATH".
        features: String = String::from("random"), Rule::Text, Tasks::UPSCALE;
    }
}

settings! {
    /// Inpainting.
    Inpaint {
        /// The shapes of the random masks.
        masks: MaskKind = MaskKind::Mixed, Rule::Choice(MaskKind::WORDS), Tasks::INPAINT;
        /// The masked share of an image.
        share: f64 = 0.25, Rule::Fraction, Tasks::INPAINT;
        /// Weight of the mean absolute distance from the wanted image, for images in [-1, 1].
        l1: f64 = 100.0, Rule::NotNegative, Tasks::INPAINT;
        /// Weight of the adversarial loss; 0 trains without a discriminator.
        adversarial: f64 = 1.0, Rule::NotNegative, Tasks::INPAINT;
        /// Weight of the perceptual loss, relative to the size of the features (Johnson et al. 2016, arXiv:1603.08155).
        perceptual: f64 = 0.0, Rule::NotNegative, Tasks::INPAINT;
        /// The network of the perceptual loss: "random" convolutions, or VGG's in a file, as "vgg19:PATH".
        features: String = String::from("random"), Rule::Text, Tasks::INPAINT;
    }
}

settings! {
    /// Style transfer from one style image.
    Stylize {
        /// The path of the style image, or the name of a built-in set.
        image: String = String::new(), Rule::Text, Tasks::STYLIZE;
        /// The network whose features measure style and content: "random" convolutions, or VGG's in a file, as
        /// "vgg19:PATH".
        features: String = String::from("random"), Rule::Text, Tasks::STYLIZE;
        /// The longer side of the style image in pixels when its style is measured; 0 for its own size.
        size: usize = 256, Rule::Whole(0, 4096), Tasks::STYLIZE;
        /// Weight of the style loss.
        style_weight: f64 = 1.0, Rule::Positive, Tasks::STYLIZE;
        /// Weight of the content loss.
        content_weight: f64 = 1.0, Rule::NotNegative, Tasks::STYLIZE;
        /// Weight of the total variation.
        tv_weight: f64 = 0.0, Rule::NotNegative, Tasks::STYLIZE;
    }
}

settings! {
    /// Style transfer from any style image.
    Adain {
        /// Downsamplings of the features that the decoder reads; 3 in the paper.
        depth: usize = 3, Rule::Whole(0, DEEPEST as i64), Tasks::ADAIN;
        /// The network whose features are decoded and measure style and content: "random" convolutions, or VGG's in a
        /// file, as "vgg19:PATH".
        features: String = String::from("random"), Rule::Text, Tasks::ADAIN;
        /// The longer side of a style image in pixels before data.patches are cut out of it; 0 for its own size.
        size: usize = 256, Rule::Whole(0, 4096), Tasks::ADAIN;
        /// Weight of the style loss.
        style_weight: f64 = 1.0, Rule::Positive, Tasks::ADAIN;
        /// Weight of the content loss.
        content_weight: f64 = 1.0, Rule::NotNegative, Tasks::ADAIN;
        /// Weight of the total variation.
        tv_weight: f64 = 0.0, Rule::NotNegative, Tasks::ADAIN;
    }
}
