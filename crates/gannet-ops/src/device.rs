//! The device that tensors live on: the CPU, or a GPU with the feature `vulkan`; and the CPU's threads.

use burn::tensor::Device;

use crate::precision::{precision, with_precision};
use crate::simd::{available_words, instruction_set, refused_word};

/// Why a device is not available.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// No device has this name.
    #[error("no device called '{0}': use cpu, or vulkan[:N] for a GPU")]
    Unknown(String),
    /// The device is known, but this program was built without it.
    #[error("this gannet was built without '{0}': build it with --features {0}, or use --device cpu")]
    NotBuilt(&'static str),
    /// The driver has no such device, or fails.
    #[error("no GPU for '{0}': Vulkan finds none, or its driver fails; see what vulkaninfo lists, or use --device cpu")]
    Unavailable(String),
    /// `GANNET_SIMD` names no instructions of this processor.
    #[error("GANNET_SIMD is '{word}': set it to {known} on this processor, or leave it unset")]
    Instructions {
        /// What it is set to.
        word: String,
        /// What it may be.
        known: String,
    },
    /// The part after the colon is not a number.
    #[error("'{0}': the part after the colon must be the number of a GPU, as in vulkan:0")]
    Index(String),
}

/// The device called `name`, without autodiff.
///
/// `cpu` always works. With the feature `vulkan`, `vulkan` is the default GPU and `vulkan:N` is discrete GPU number `N`.
///
/// # Errors
/// If the name is unknown, this program was built without the device, or the driver does not have it.
pub fn device(name: &str) -> Result<Device, DeviceError> {
    let (kind, index) = match name.split_once(':') {
        Some((kind, index)) => (kind, Some(index)),
        None => (name, None),
    };
    match kind {
        "cpu" if index.is_none() => cpu(),
        "vulkan" => {
            let number = |index: &str| index.parse().map_err(|_| DeviceError::Index(name.to_owned()));
            vulkan(index.map(number).transpose()?, name)
        }
        _ => Err(DeviceError::Unknown(name.to_owned())),
    }
}

fn cpu() -> Result<Device, DeviceError> {
    match refused_word() {
        Some(word) => {
            let known = available_words().join(" or ");
            Err(DeviceError::Instructions { word: word.to_owned(), known })
        }
        None => Ok(Device::flex()),
    }
}

#[cfg(feature = "vulkan")]
fn vulkan(index: Option<usize>, name: &str) -> Result<Device, DeviceError> {
    use burn::tensor::{DeviceKind, Tensor};

    let kind = index.map_or(DeviceKind::DefaultDevice, DeviceKind::DiscreteGpu);
    // Burn panics at the first use of a GPU that does not exist, so a first tensor is made here.
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

/// Whether the device compiles a kernel at its first use, so that the first steps take minutes: true of GPUs.
pub fn compiles(device: &Device) -> bool {
    *device != Device::flex()
}

/// The kernels that compute on the device, in a word: those of other words give other last digits.
pub fn kernels(device: &Device) -> &'static str {
    if compiles(device) { "gpu" } else { instruction_set().word() }
}

/// The device for display, such as `cpu, 2 threads`.
pub fn describe(device: &Device) -> String {
    if !compiles(device) {
        return format!("cpu, {} threads", rayon::current_num_threads());
    }
    format!("{device:?}")
}

/// Sets the number of CPU threads; without this call there is one per core.
///
/// # Errors
/// If it was set before, or if the threads already started because an operation ran.
pub fn set_threads(count: usize) -> Result<(), String> {
    rayon::ThreadPoolBuilder::new().num_threads(count).build_global().map_err(|error| error.to_string())
}

/// Runs `f` on one of the CPU threads, at the precision of the caller, so that a kernel inside `f` starts without waking another
/// thread first.
///
/// `f` must not block on work that other callers run on these threads, as that can deadlock.
pub fn on_worker<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    let here = precision();
    rayon::scope(|_| with_precision(here, f))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_names_the_device_and_the_remedy() {
        assert!(device("cpu").is_ok());
        assert!(device("tpu:x").unwrap_err().to_string().contains("use cpu"));
        assert!(device("vulkan:x").unwrap_err().to_string().contains("number"));
    }
}
