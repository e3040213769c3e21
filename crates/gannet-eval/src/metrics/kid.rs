//! Demystifying MMD GANs, Bińkowski et al. 2018, arXiv:1801.01401: the kernel inception distance over random subsets.

use gannet_metrics::{MetricError, SubsetPair, draw_subsets, kid};

use crate::EvalError;
use crate::context::Context;
use crate::conventions::{KidForm, SubsetSize};
use crate::measurement::Measurement;
use crate::metric::{Compares, Metric};
use crate::needs::Needs;

/// The kernel distance.
pub struct Kid;

impl Metric for Kid {
    fn summary(&self) -> &'static str {
        "kernel distance, unbiased (Bińkowski et al. 2018): 100 subsets of 1,000 images"
    }

    fn compares(&self) -> Compares {
        Compares::Sets
    }

    fn needs(&self) -> Needs {
        Needs { features: true, ..Needs::default() }
    }

    fn measure(&self, context: &mut Context) -> Result<Vec<Measurement>, EvalError> {
        let (a, b) = (&context.set().statistics.features, &context.reference()?.statistics.features);
        let request = context.subject.request;
        let (form, counts) = (request.conventions.kid, [a.count(), b.count()]);
        let size = subset_size(form, counts);
        if let SubsetSize::AtMost(usual) = form.size {
            if size < usual {
                context.warn(&format!("subsets of {size} images, since there are no more; {usual} are usual"));
            }
        } else if let Some(fewer) = counts.into_iter().find(|count| *count < size) {
            return Err(context.subject.refuse(&format!(
                "has subsets of {size} images in {}, which refuses a set of {fewer}: give more images, or leave out --like",
                request.conventions.package
            )));
        }
        let found = kid(a, b, &subset_pairs(form, counts, size, request.order_seed())?)?;
        context.note_setting(&format!("{} subsets of {size}, cubic kernel", form.subsets));
        Ok(vec![
            Measurement::one("kid", found.mean, "kernel distance, lower is better"),
            Measurement::one("kid_std", found.std, "standard deviation between subsets"),
        ])
    }
}

/// The number of images in a subset of sets of so many images and reference images.
fn subset_size(form: KidForm, [images, reference]: [usize; 2]) -> usize {
    match form.size {
        SubsetSize::AtMost(most) => most.min(images).min(reference),
        SubsetSize::Exactly(size) => size,
        SubsetSize::AllImages => images,
    }
}

/// The subsets of sets of `counts` = images and reference.
fn subset_pairs(form: KidForm, counts: [usize; 2], size: usize, seed: u64) -> Result<Vec<SubsetPair>, MetricError> {
    let mut shuffler = form.orders.start(seed, "kid");
    let [images, reference] = counts;
    let [first, second] = if form.reference_first { [reference, images] } else { counts };
    let mut pairs = draw_subsets(first, second, form.subsets, size, &mut |count| shuffler.permutation(count))?;
    if form.reference_first {
        pairs.iter_mut().for_each(|(first, second)| std::mem::swap(first, second));
    }
    Ok(pairs)
}
