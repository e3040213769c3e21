//! `gannet eval`: numbers for a generator, or for a set of images.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use burn::tensor::Device;
use gannet_data::{Fit, Source, Split};
use gannet_metrics::lenet::{Frame, LeNetJudge};
use gannet_train::evaluate::{CONFIDENT, Evaluation, Subject, evaluate};
use gannet_train::trained::{Which, open_classifier, read_lenet};

use super::{device, generator, table};
use crate::Failure;
use crate::cli;

/// A table, or JSON.
pub fn eval(args: cli::Eval) -> Result<String, Failure> {
    let device = device(&args.device.device)?;
    let judge = judge(&args.features, &device)?;
    let count = args.count as usize;
    let path = Path::new(&args.subject);
    let evaluation = if path.join("recipe.toml").is_file() {
        let generator = generator(path, args.checkpoint, &device)?;
        let recipe = generator.recipe();
        let data = args.data.as_deref().unwrap_or(&recipe.data.source);
        let real = gannet_data::open(data, Split::Train, recipe.seed, recipe.data.size)?;
        let reference = Some((&real, args.reference_count as usize));
        evaluate(&Subject::Generator(&generator, args.seed), count, reference, &judge, &device)?
    } else {
        let source = open(&args.subject, args.split.split(), args.seed)?;
        let real = args.data.as_deref().map(|data| open(data, Split::Train, args.seed)).transpose()?;
        let reference = real.as_ref().map(|real| (real, args.reference_count as usize));
        evaluate(&Subject::Images(&source), count, reference, &judge, &device)?
    };
    if args.json { Ok(serde_json::to_string_pretty(&evaluation)? + "\n") } else { Ok(text(&evaluation)?) }
}

fn open(spec: &str, split: Split, seed: u64) -> Result<Arc<dyn Source>, Failure> {
    Ok(gannet_data::open(spec, split, seed, gannet_metrics::lenet::DIGIT)?)
}

/// The classifier called `name`.
pub fn judge(name: &str, device: &Device) -> Result<LeNetJudge, Failure> {
    if let Some(file) = name.strip_prefix("lenet:") {
        return Ok(LeNetJudge::new(read_lenet(Path::new(file), device)?, Frame::Resize));
    }
    let (network, recipe) = open_classifier(Path::new(name), Which::Newest, device)?;
    let frame = if recipe.data.fit == Fit::Pad { Frame::Pad } else { Frame::Resize };
    Ok(LeNetJudge::new(network, frame))
}

fn text(evaluation: &Evaluation) -> Result<String, Failure> {
    let mut rows = vec![vec!["images".to_owned(), evaluation.images.to_string()]];
    let mut row = |name: &str, value: String| rows.push(vec![name.to_owned(), value]);
    if let (Some(distance), Some(count)) = (evaluation.frechet_distance, evaluation.reference) {
        row("Fréchet distance", format!("{distance:.2}  (LeNet f6, against {count} real images)"));
    }
    row("confident", format!("{:.1} %  (probability above {CONFIDENT})", 100.0 * evaluation.confident));
    row("entropy", format!("{:.3} nats  (at most {:.3})", evaluation.entropy, (evaluation.classes.len() as f64).ln()));
    if !evaluation.left_out.is_empty() {
        row("left out", format!("{} unreadable, such as {}", evaluation.left_out.len(), evaluation.left_out[0]));
    }
    if let Some(accuracy) = evaluation.accuracy {
        row("accuracy", format!("{:.2} %", 100.0 * accuracy));
    }
    let mut shares = String::new();
    for (class, share) in evaluation.classes.iter().enumerate() {
        write!(shares, "{class}: {:.1} %  ", 100.0 * share)?;
    }
    row("classes", shares);
    Ok(table(&rows))
}
