//! The commands.

use clap::{ArgAction, Parser, Subcommand};
use clap_complete::Shell;

use crate::args::{COMPUTATION, OTHER};
use crate::commands::data::DataCommand;
use crate::commands::eval::Eval;
use crate::commands::inpaint::Inpaint;
use crate::commands::interpolate::Interpolate;
use crate::commands::lab::LabCommand;
use crate::commands::recipes::Recipes;
use crate::commands::reconstruct::Reconstruct;
use crate::commands::runs::Runs;
use crate::commands::sample::Sample;
use crate::commands::stylize::Stylize;
use crate::commands::train::{Resume, Train};
use crate::commands::translate::Translate;
use crate::commands::upscale::Upscale;
use crate::commands::weights::Weights;

/// What a user can give on the command line
#[derive(Debug, Parser)]
#[command(
    name = "gannet",
    version,
    about = "Trains, evaluates and applies generative adversarial networks (GANs).",
    long_about = None,
    arg_required_else_help = true,
    max_term_width = 100,
    disable_help_flag = true,
    after_help = "'gannet COMMAND --help' explains a command and shows examples."
)]
pub struct Cli {
    /// Number of CPU threads [default: one for each core]
    #[arg(
        long,
        global = true,
        value_name = "N",
        help_heading = COMPUTATION,
        value_parser = clap::value_parser!(u16).range(1..=1024)
    )]
    pub threads: Option<u16>,
    /// Print help; -h is shorter
    #[arg(short, long, global = true, help_heading = OTHER, action = ArgAction::Help)]
    help: Option<bool>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train a recipe
    ///
    /// The run's folder gets the resolved recipe, checkpoints, metrics.jsonl, sample images, an animation, plots, TensorBoard
    /// events and report.html. Ctrl-C stops after the current step; 'gannet resume' continues.
    Train(Train),
    /// Continue a run that was stopped, bit for bit on the same processor
    ///
    /// Processors with other vector instructions round otherwise; a run that goes on says so. GANNET_SIMD=plain, avx2 or avx512 chooses the
    /// instructions.
    Resume(Resume),
    /// List the recipes, show one, or explain all keys
    Recipes(Recipes),
    /// Check, export or list images; draw masks
    #[command(subcommand)]
    Data(DataCommand),
    /// Generate images with a trained generator
    Sample(Sample),
    /// Generate a walk from image to image through the latent space
    Interpolate(Interpolate),
    /// Encode and decode pictures with an autoencoder
    Reconstruct(Reconstruct),
    /// Translate pictures with an image-to-image network
    Translate(Translate),
    /// Enlarge pictures with a super-resolution network
    Upscale(Upscale),
    /// Fill the masked part of pictures
    Inpaint(Inpaint),
    /// Give pictures the style of a painting
    #[command(alias = "stylise")]
    Stylize(Stylize),
    /// Measure a run or a set of images: FID, KID, precision and recall, PSNR, …
    ///
    /// Each result is printed with everything it depends on: the feature extractor and the SHA-256 of its weights, the resize
    /// filter, the images, their number and the seed.
    Eval(Eval),
    /// Compare runs in a table
    Runs(Runs),
    /// Say what a file of weights is: its kind, its network, and the command that uses it
    Weights(Weights),
    /// Try losses and penalties on small problems that take about a minute
    #[command(subcommand)]
    Lab(LabCommand),
    /// Print completions for a shell
    #[command(after_help = "Examples:\n  gannet completions bash > ~/.local/share/bash-completion/completions/gannet")]
    Completions {
        /// The shell
        shell: Shell,
    },
}
