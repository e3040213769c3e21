//! Samples from a trained run: `cargo run --release -p gannet-apply --example sample -- runs/digits-dcgan 64 grid.png`.
//!
//! This is all that a program needs to generate images. It contains no trainer.

use std::error::Error;
use std::path::Path;

use gannet_apply::image_grid::square_grid;
use gannet_apply::{CheckpointChoice, TrainedGenerator, device};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [run, count, output] = &arguments[..] else {
        return Err("give a run's folder, the number of images, and a file for the picture".into());
    };
    let generator = TrainedGenerator::open(Path::new(run), CheckpointChoice::Newest, &device("cpu")?)?;
    let images = generator.sample(count.parse()?, 0); // [n, c, h, w] in [-1, 1], from seed 0
    std::fs::write(output, square_grid(images).to_png()?)?;
    Ok(())
}
