//! Features of images by Inception-v3, from bytes to numbers; the other side is torch-fidelity.

use burn::tensor::Device;
use gannet_data::Pixels;
use gannet_train::evaluate::Judge;
use gannet_weights::{NamedTensor, read_safetensors, safetensors_bytes, write_atomic};

use crate::timing::seconds;
use crate::{Arguments, Error};

/// Times one pass over the images of `--inputs`, `images [n, h, w, 3]` in `[0, 255]`, with the weights beside it.
pub fn run(arguments: &Arguments, device: &Device) -> Result<(), Error> {
    let inputs = arguments.inputs.as_ref().ok_or("--work inception needs --inputs")?;
    let weights = inputs.with_file_name("inception.pth");
    let unknown = |_: &gannet_weights::Known| unreachable!("the file is given");
    let judge = Judge::open(&format!("inception:{}", weights.display()), None, &unknown, device)?;
    let judge = judge.ok_or("Inception has features")?;
    let images = images(&read_safetensors(inputs)?.0)?;
    if let Some(path) = &arguments.outputs {
        let features = judge.look(&images[..16.min(images.len())], false).features;
        let shape = vec![features.len() / judge.features(), judge.features()];
        let tensor = NamedTensor { name: "features".into(), shape, values: features };
        write_atomic(path, &safetensors_bytes(&[tensor], ""))?;
    }
    if arguments.steps > 0 {
        judge.look(&images[..16.min(images.len())], false);
        let seconds = seconds(device, || drop(judge.look(&images, false)))?;
        println!("{{\"seconds\": {seconds}}}");
    }
    Ok(())
}

fn images(tensors: &[NamedTensor]) -> Result<Vec<Pixels>, Error> {
    let tensor = tensors.iter().find(|tensor| tensor.name == "images").ok_or("no images in --inputs")?;
    let [_, height, width, channels] = tensor.shape[..] else { return Err("images have four axes".into()) };
    let bytes: Vec<u8> = tensor.values.iter().map(|value| *value as u8).collect();
    let image = |data: &[u8]| Pixels { width, height, channels, data: data.to_vec() };
    Ok(bytes.chunks_exact(height * width * channels).map(image).collect())
}
