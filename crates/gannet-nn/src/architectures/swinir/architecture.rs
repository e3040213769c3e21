//! SwinIR in the registry.

use burn::tensor::Device;
use gannet_ops::random::Stream;
use gannet_weights::{Mismatch, TensorFile};

use super::config::{SwinirConfig, Upsampling};
use super::network::Swinir;
use crate::registry::{
    Network, NetworkSettings, Recognized, Role, Sizes, TranslatorConfig, counted, require_whole_input,
};

impl TranslatorConfig for SwinirConfig {
    type Network = Swinir;

    fn init(&self, stream: &mut Stream, device: &Device) -> Swinir {
        Swinir::new(self, stream, device)
    }
}

impl Network for SwinirConfig {
    const NAME: &'static str = "swinir";
    const SUMMARY: &'static str =
        "Attention in windows that move, a Swin transformer for pictures (Liang et al. 2021, arXiv:2108.10257).";
    const PAPER: &'static str = "SwinIR: Image Restoration Using Swin Transformer, Liang et al. 2021, arXiv:2108.10257";
    const ROLE: Role = Role::Upscaler;
    const KEYS: &'static [&'static str] = &["width", "blocks"];
    const PROJECT: &'static str = "SwinIR";

    fn sizes() -> Sizes {
        Sizes::Any
    }

    /// The lightweight form; `blocks` counts its groups of 6 blocks.
    fn from_settings(settings: &NetworkSettings) -> Self {
        let NetworkSettings { scale, channels, blocks, width, .. } = *settings;
        Self::sized(scale, channels, blocks, width)
    }

    fn check(settings: &NetworkSettings) -> Result<(), String> {
        require_whole_input(settings)
    }

    fn recognize(file: &TensorFile) -> Result<Recognized<Self>, Mismatch> {
        let config = Self::of_file(file)?;
        let tensors = file.renamed(|name| config.rename(name));
        Ok(Recognized::whole(config, tensors))
    }

    fn describe(&self) -> String {
        let Self { channels, width, window, .. } = self;
        let form = match self.upsampling {
            Upsampling::Shuffles(_) => "classical",
            Upsampling::Direct(_) => "lightweight",
            Upsampling::Nearest(_) => "for real-world pictures",
            Upsampling::Residual => "without upsampling",
        };
        let scale = self.map_scale() / self.unshuffle;
        let channels = counted(*channels, "channel");
        let blocks: Vec<String> = self.groups.iter().map(|group| group.depth.to_string()).collect();
        let size = format!("blocks {}, width {width}, windows of {window} pixels", blocks.join("+"));
        format!("SwinIR ({form}) for {scale} times the size, {channels}, {size}")
    }
}
