//! `inception[:FILE]`: Inception-v3 of 2015 (Szegedy et al. 2015, arXiv:1512.00567), by which FID, KID and IS are
//! defined.

use burn::tensor::Device;
use gannet_nn::extractors::inception::{Inception, Kind};

use super::feature_extractor::FeatureExtractor;
use super::framing::Framing;
use super::source::{Argument, ExtractorName, ExtractorSource};
use super::weights_file::{Fetch, WeightsFile};
use crate::EvalError;
use crate::resize::ResizeKind;

/// Inception-v3.
pub struct InceptionV3;

impl ExtractorSource for InceptionV3 {
    fn summary(&self) -> &'static str {
        "Inception-v3 of 2015, by which FID, KID and IS are defined"
    }

    fn argument(&self) -> Argument {
        Argument::Optional("FILE")
    }

    fn open(
        &self,
        name: &ExtractorName,
        fetch: &Fetch,
        device: &Device,
    ) -> Result<Option<FeatureExtractor>, EvalError> {
        let file = WeightsFile::open_or_fetch(name.argument, name.word, fetch)?;
        let (path, hash) = (file.path.clone(), file.hash.clone());
        let network = Inception::new(Kind::Fid, file.weights(device));
        let network = network.map_err(|misfit| EvalError::Misfit { path, misfit })?;
        let (layer, framing) = ("mean of the last map, 2048", Framing::Whole(ResizeKind::Tf1));
        let extractor = FeatureExtractor::new(name.name, hash, layer, framing, Box::new(network), device);
        Ok(Some(extractor.slow().inception()))
    }
}
