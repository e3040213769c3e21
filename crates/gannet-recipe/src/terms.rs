//! What several tasks have in common, each in its own section.

use gannet_objectives::pixel::PixelLossKind;

use crate::recipe::Recipe;
use crate::task::Task;

/// The smallest height and width of images, in pixels, whose style, content or perceptual features are measured.
pub const SMALLEST_STYLE_SIDE: usize = 32;

impl Recipe {
    /// Weight of the adversarial loss in the generator's; 0 trains without a discriminator of images.
    pub fn adversarial_weight(&self) -> f64 {
        match &self.task {
            Task::Generate => 1.0,
            Task::Autoencode(own) => own.adversarial,
            Task::Pix2pix(own) => own.adversarial,
            Task::Cyclegan(own) => own.adversarial,
            Task::Cut(own) => own.adversarial,
            Task::Upscale(own) => own.adversarial,
            Task::Inpaint(own) => own.adversarial,
            Task::Classify | Task::Stylize(_) | Task::Adain(_) => 0.0,
        }
    }

    /// Whether a discriminator of images is trained.
    pub fn has_discriminator(&self) -> bool {
        self.adversarial_weight() > 0.0
    }

    /// Whether the second of two images is translated to the first.
    pub fn reverse(&self) -> bool {
        match &self.task {
            Task::Pix2pix(own) => own.reverse,
            Task::Cyclegan(own) => own.reverse,
            Task::Cut(own) => own.reverse,
            _ => false,
        }
    }

    /// The distance of outputs from their targets that is minimized.
    pub fn pixel_loss(&self) -> PixelLossKind {
        match &self.task {
            Task::Upscale(own) => own.pixel,
            _ => PixelLossKind::L1,
        }
    }

    /// Weight of [`Recipe::pixel_loss`], for images in [-1, 1]; 0 where there is none.
    pub fn pixel_weight(&self) -> f64 {
        match &self.task {
            Task::Pix2pix(own) => own.l1,
            Task::Upscale(own) => own.l1,
            Task::Inpaint(own) => own.l1,
            _ => 0.0,
        }
    }

    /// Weight of the perceptual loss; 0 for none.
    pub fn perceptual_weight(&self) -> f64 {
        match &self.task {
            Task::Pix2pix(own) => own.perceptual,
            Task::Upscale(own) => own.perceptual,
            Task::Inpaint(own) => own.perceptual,
            _ => 0.0,
        }
    }

    /// Whether the generator has dropout, in training and in use.
    pub fn dropout(&self) -> bool {
        matches!(&self.task, Task::Pix2pix(own) if own.dropout)
    }

    /// The feature network of the task's perceptual, style or content loss, such as "random" or "vgg19:PATH"; nothing
    /// where the task has no such key.
    pub fn features(&self) -> Option<&str> {
        match &self.task {
            Task::Pix2pix(own) => Some(&own.features),
            Task::Upscale(own) => Some(&own.features),
            Task::Inpaint(own) => Some(&own.features),
            Task::Stylize(own) => Some(&own.features),
            Task::Adain(own) => Some(&own.features),
            _ => None,
        }
    }

    /// [`Recipe::features`], to be changed, for example to an absolute path.
    pub fn features_mut(&mut self) -> Option<&mut String> {
        match &mut self.task {
            Task::Pix2pix(own) => Some(&mut own.features),
            Task::Upscale(own) => Some(&mut own.features),
            Task::Inpaint(own) => Some(&mut own.features),
            Task::Stylize(own) => Some(&mut own.features),
            Task::Adain(own) => Some(&mut own.features),
            _ => None,
        }
    }

    /// The paths of images, to be changed: data.source, data.target, and the style image of task stylize.
    pub fn image_paths_mut(&mut self) -> Vec<&mut String> {
        let mut paths = vec![&mut self.data.source, &mut self.data.target];
        if let Task::Stylize(own) = &mut self.task {
            paths.push(&mut own.image);
        }
        paths
    }

    /// The weights of style transfer; nothing for other tasks.
    pub fn style_weights(&self) -> Option<StyleWeights> {
        match &self.task {
            Task::Stylize(own) => Some([own.style_weight, own.content_weight, own.tv_weight]),
            Task::Adain(own) => Some([own.style_weight, own.content_weight, own.tv_weight]),
            _ => None,
        }
        .map(|[style, content, tv]| StyleWeights { style, content, tv })
    }

    /// The longer side of a style image in pixels, 0 for its own; nothing for tasks without style.
    pub fn style_size(&self) -> Option<usize> {
        match &self.task {
            Task::Stylize(own) => Some(own.size),
            Task::Adain(own) => Some(own.size),
            _ => None,
        }
    }
}

/// The weights of the losses of style transfer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StyleWeights {
    /// Of the style loss.
    pub style: f64,
    /// Of the content loss.
    pub content: f64,
    /// Of the total variation.
    pub tv: f64,
}
