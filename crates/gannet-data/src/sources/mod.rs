//! Where images come from: one file a format.
//!
//! Everything on disk is first a [`store::Store`] (named files: a folder, a zip, a tar) and then read as MNIST idx,
//! CIFAR batches or plain images, so each format works in each container.

pub(crate) mod cifar;
pub(crate) mod digits;
pub(crate) mod folder;
pub(crate) mod glyphs;
pub(crate) mod idx;
pub(crate) mod images;
pub(crate) mod positioned;
pub(crate) mod shapes;
pub(crate) mod store;
pub(crate) mod tar;
pub(crate) mod tree;
pub(crate) mod zip;

/// FNV-1a over some bytes, continued from `hash`; a fingerprint, not a defence.
pub(crate) fn fnv(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Where [`fnv`] starts.
pub(crate) const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;
