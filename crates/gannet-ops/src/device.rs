//! Where tensors live: the CPU, or a GPU behind a feature.

use burn::tensor::Device;

/// A device that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The name is of no known device.
    #[error("no device called '{0}': use cpu, or vulkan[:N] for a GPU")]
    Unknown(String),
    /// The device is known, but this program was built without it.
    #[error("this gannet was built without '{0}': build it with --features {0}, or use --device cpu")]
    NotBuilt(&'static str),
    /// The driver gives no such device.
    #[error("no GPU for '{0}': Vulkan finds none, or its driver fails; see what vulkaninfo lists, or use --device cpu")]
    Unavailable(String),
    /// The number behind the colon is none.
    #[error("'{0}': what follows the colon must be the number of a GPU, as in vulkan:0")]
    Index(String),
}

/// The device called `name`: `cpu`, or where it was built in `vulkan` (the best GPU) or `vulkan:N` (the discrete GPU with
/// this number). Gradients are off.
pub fn device(name: &str) -> Result<Device, DeviceError> {
    let (kind, index) = match name.split_once(':') {
        Some((kind, index)) => (kind, Some(index)),
        None => (name, None),
    };
    match kind {
        "cpu" if index.is_none() => Ok(Device::flex()),
        "vulkan" => {
            let number = |index: &str| index.parse().map_err(|_| DeviceError::Index(name.to_owned()));
            vulkan(index.map(number).transpose()?, name)
        }
        _ => Err(DeviceError::Unknown(name.to_owned())),
    }
}

#[cfg(feature = "vulkan")]
fn vulkan(index: Option<usize>, name: &str) -> Result<Device, DeviceError> {
    use burn::tensor::{DeviceKind, Tensor};

    let kind = index.map_or(DeviceKind::DefaultDevice, DeviceKind::DiscreteGpu);
    // The framework panics where there is none, at the first use; this is it.
    let used = std::panic::catch_unwind(|| {
        let device = Device::vulkan(kind);
        Tensor::<1>::zeros([1], &device).into_data();
        device
    });
    used.map_err(|_| DeviceError::Unavailable(name.to_owned()))
}

#[cfg(not(feature = "vulkan"))]
fn vulkan(_: Option<usize>, _: &str) -> Result<Device, DeviceError> {
    Err(DeviceError::NotBuilt("vulkan"))
}

/// Whether kernels are compiled when they are first used, so that the first steps take minutes.
pub fn compiles(device: &Device) -> bool {
    *device != Device::flex()
}

/// The device in words, such as `cpu, 2 threads`.
pub fn describe(device: &Device) -> String {
    if !compiles(device) {
        return format!("cpu, {} threads", rayon::current_num_threads());
    }
    format!("{device:?}")
}

/// Sets how many threads work on the CPU, once and before anything else does; without it, one a core.
///
/// # Errors
/// It was set before, or threads already work.
pub fn set_threads(count: usize) -> Result<(), String> {
    rayon::ThreadPoolBuilder::new().num_threads(count).build_global().map_err(|error| error.to_string())
}

/// Runs `f` on one of these threads, where a kernel starts its work without waking another thread first. `f` must not wait
/// for work that others do on them.
pub fn on_worker<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    rayon::scope(|_| f())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_device_is_named_with_the_remedy() {
        assert!(device("cpu").is_ok());
        assert!(device("tpu:x").unwrap_err().to_string().contains("use cpu"));
        assert!(device("vulkan:x").unwrap_err().to_string().contains("number"));
    }
}
