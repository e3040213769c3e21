//! The kinds of work that are timed; both sides start from the same file, and say what they make of it before.

use burn::tensor::Device;
use gannet_nn::{Discriminator, Generator, Mode, Translator};

use crate::files::{Inputs, Sampling, Start, Translating};
use crate::step::Players;
use crate::timing::time;
use crate::{Arguments, Error};

/// Training steps, all on the same batch.
pub fn train<G: Generator, D: Discriminator>(
    arguments: &Arguments,
    (generator, discriminator): (G, D),
    device: &Device,
) -> Result<(), Error> {
    let drawn = Inputs::draw(generator, discriminator, arguments.batch, arguments.gamma, device);
    let Some(Inputs { generator, discriminator, real, latent, gamma }) = prepared(arguments, drawn)? else {
        return Ok(());
    };
    let mut players = Players::new(generator, discriminator, gamma);
    time(arguments.steps, device, move || players.step(real.clone(), latent.clone()))
}

/// Batches of images, by running statistics.
pub fn generate<G: Generator>(arguments: &Arguments, generator: G, device: &Device) -> Result<(), Error> {
    let drawn = Sampling::draw(generator, arguments.batch, device);
    let Some(Sampling { generator, latent }) = prepared(arguments, drawn)? else {
        return Ok(());
    };
    time(arguments.steps, device, move || drop(generator.generate(latent.clone())))
}

/// Images to images, by running statistics.
pub fn translate<T: Translator>(arguments: &Arguments, network: T, device: &Device) -> Result<(), Error> {
    let drawn = Translating::draw(network, arguments.batch, arguments.size, device);
    let Some(Translating { mut network, images }) = prepared(arguments, drawn)? else {
        return Ok(());
    };
    time(arguments.steps, device, move || drop(network.translate(images.clone(), Mode::Eval, None)))
}

/// What both sides start from; none where it was only to be written.
fn prepared<S: Start>(arguments: &Arguments, drawn: S) -> Result<Option<S>, Error> {
    if let Some(path) = &arguments.write_inputs {
        drawn.write(path)?;
        return Ok(None);
    }
    let start = match &arguments.inputs {
        Some(path) => drawn.read(path)?,
        None => drawn,
    };
    if let Some(path) = &arguments.outputs {
        start.write_outputs(path)?;
    }
    Ok(Some(start))
}
