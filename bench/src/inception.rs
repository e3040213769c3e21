//! Inception-v3 features of images, from bytes in memory to numbers; the other side is torch-fidelity.

use burn::tensor::Device;
use gannet_data::Pixels;
use gannet_eval::FeatureExtractor;
use gannet_weights::{Known, NamedTensor, read_safetensors, safetensors_bytes, write_atomic};

use crate::arguments::{Arguments, Error};
use crate::timing::seconds;

/// Images whose features are compared with the other side's.
const COMPARED: usize = 16;

/// Times one pass over the images of `--inputs`, `images [n, h, w, 3]` in `[0, 255]`. The weights are in `inception.pth` in
/// the same folder.
pub fn run(arguments: &Arguments, device: &Device) -> Result<(), Error> {
    let inputs = arguments.inputs.as_ref().ok_or("--work inception needs --inputs")?;
    let weights = inputs.with_file_name("inception.pth");
    let fetch = |_: &Known| unreachable!("the weights' file is named");
    let extractor = FeatureExtractor::open(&format!("inception:{}", weights.display()), None, &fetch, device)?;
    let extractor = extractor.ok_or("Inception has features")?;
    let images = images(&read_safetensors(inputs)?.0)?;
    if let Some(path) = &arguments.outputs {
        let features = extractor.extract(&images[..COMPARED.min(images.len())], false).features;
        let shape = vec![features.len() / extractor.features(), extractor.features()];
        let tensor = NamedTensor { name: "features".into(), shape, values: features };
        write_atomic(path, &safetensors_bytes(&[tensor], ""))?;
    }
    if arguments.steps > 0 {
        extractor.extract(&images[..COMPARED.min(images.len())], false);
        let seconds = seconds(device, || drop(extractor.extract(&images, false)))?;
        println!("{{\"seconds\": {seconds}}}");
    }
    Ok(())
}

/// The images `[n, h, w, c]` as pixels.
fn images(tensors: &[NamedTensor]) -> Result<Vec<Pixels>, Error> {
    let tensor = tensors.iter().find(|tensor| tensor.name == "images").ok_or("no images in --inputs")?;
    let [_, height, width, channels] = tensor.shape[..] else { return Err("images must have four axes".into()) };
    let bytes: Vec<u8> = tensor.values.iter().map(|value| *value as u8).collect();
    let image = |data: &[u8]| Pixels { width, height, channels, data: data.to_vec() };
    Ok(bytes.chunks_exact(height * width * channels).map(image).collect())
}
