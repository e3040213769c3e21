#!/usr/bin/env bash
# The color profile of a small TIFF is lost by the Rust crate image, in silence.
#
# Versions: image 0.25.10 (Rust), pillow 11.3.0 (writes the files).
# Behavior: a profile of 588 bytes is not read from a picture of 64 x 64 pixels (12,288 bytes): `icc_profile` gives Ok(None), as if
# there were none, and no error. The same profile in a picture of 128 x 128 pixels is read. The limit for a tag's value follows the
# size of the pixels, and each byte of the tag counts as a whole decoded value.
# Output seen:
#   64 x 64: no profile
#   128 x 128: a profile
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv venv
venv/bin/pip install --quiet pillow==11.3.0
venv/bin/python - <<'PYTHON'
from PIL import Image, ImageCms
profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
for side in (64, 128):
    Image.new("RGB", (side, side), (200, 80, 60)).save(f"{side}.tif", icc_profile=profile)
PYTHON
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "small-profile"
version = "0.1.0"
edition = "2024"
[dependencies]
image = { version = "=0.25.10", default-features = false, features = ["tiff"] }
TOML
cat >src/main.rs <<'RUST'
use image::{ImageDecoder, ImageReader};

fn main() {
    for side in [64, 128] {
        let mut decoder = ImageReader::open(format!("{side}.tif")).unwrap().into_decoder().unwrap();
        let found = decoder.icc_profile().unwrap().map_or("no profile", |_| "a profile");
        println!("{side} x {side}: {found}");
    }
}
RUST
seen=$(CARGO_TARGET_DIR=target cargo run --quiet)
echo "$seen"
[ "$seen" = "64 x 64: no profile
128 x 128: a profile" ]
