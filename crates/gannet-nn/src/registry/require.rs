//! Checks of settings that several networks share.

use gannet_choice::alternatives;

use super::settings::NetworkSettings;
use crate::layers::GeneratorNormKind;

/// Refuses settings with a message, unless they are possible.
pub(crate) fn require(possible: bool, message: impl FnOnce() -> String) -> Result<(), String> {
    if possible { Ok(()) } else { Err(message()) }
}

/// Refuses images whose reduction by the scale has no whole number of pixels.
pub(crate) fn require_whole_input(settings: &NetworkSettings) -> Result<(), String> {
    let NetworkSettings { size, scale, .. } = *settings;
    require(size.is_multiple_of(scale), || {
        format!("data.size must be a multiple of upscale.scale, {scale}, not {size}")
    })
}

/// Refuses another number of channels than the network `name` takes; `what` says what such images are.
pub(crate) fn require_channels(
    settings: &NetworkSettings,
    name: &str,
    channels: usize,
    what: &str,
) -> Result<(), String> {
    let found = settings.channels;
    require(found == channels, || {
        format!("model.kind {name} takes {what} images, not {found} channels: set data.channels = {channels}")
    })
}

/// Refuses norms that the generator of the network `name` cannot have.
pub(crate) fn require_generator_norm(
    settings: &NetworkSettings,
    name: &str,
    norms: &[GeneratorNormKind],
) -> Result<(), String> {
    let norm = settings.generator_norm;
    require(norms.contains(&norm), || {
        let norms = alternatives(norms);
        format!("model.generator_norm {norm} is not available in model.kind {name}: set it to {norms}")
    })
}
