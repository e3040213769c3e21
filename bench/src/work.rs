//! The workloads that are timed. Both sides load the same inputs and write their outputs before anything is timed.

use burn::tensor::Device;
use gannet_nn::{Discriminator, Generator, Mode, Translator};

use crate::arguments::{Arguments, Error};
use crate::gan_step::GanStep;
use crate::timing::time;
use crate::workloads::{Generation, Training, Translation, Workload};

/// Times training steps, all on the same batch.
pub fn train<G: Generator, D: Discriminator>(
    arguments: &Arguments,
    (generator, discriminator): (G, D),
    device: &Device,
) -> Result<(), Error> {
    let drawn = Training::draw(generator, discriminator, arguments.batch, arguments.gamma, device);
    let Some(Training { generator, discriminator, real, latent, gamma }) = prepared(arguments, drawn)? else {
        return Ok(());
    };
    let mut gan = GanStep::new(generator, discriminator, gamma);
    time(arguments.steps, device, move || gan.step(real.clone(), latent.clone()))
}

/// Times the generation of a batch of images, by running statistics.
pub fn generate<G: Generator>(arguments: &Arguments, generator: G, device: &Device) -> Result<(), Error> {
    let drawn = Generation::draw(generator, arguments.batch, device);
    let Some(Generation { generator, latent }) = prepared(arguments, drawn)? else {
        return Ok(());
    };
    time(arguments.steps, device, move || drop(generator.generate(latent.clone())))
}

/// Times the translation of a batch of images, by running statistics.
pub fn translate<T: Translator>(arguments: &Arguments, network: T, device: &Device) -> Result<(), Error> {
    let drawn = Translation::draw(network, arguments.batch, arguments.size, device);
    let Some(Translation { mut network, images }) = prepared(arguments, drawn)? else {
        return Ok(());
    };
    time(arguments.steps, device, move || drop(network.translate(images.clone(), Mode::Eval, None)))
}

/// Reads and writes the files that the arguments name; returns the inputs, unless `--write-inputs` asks only for a file.
fn prepared<W: Workload>(arguments: &Arguments, drawn: W) -> Result<Option<W>, Error> {
    if let Some(path) = &arguments.write_inputs {
        drawn.write(path)?;
        return Ok(None);
    }
    let inputs = match &arguments.inputs {
        Some(path) => drawn.read(path)?,
        None => drawn,
    };
    if let Some(path) = &arguments.outputs {
        inputs.write_outputs(path)?;
    }
    Ok(Some(inputs))
}
