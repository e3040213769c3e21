//! Reading of a set in chunks.

use gannet_data::{DataError, Pixels};

use crate::EvalError;
use crate::images::EvaluationImages;

/// Images that are read at a time.
const CHUNK: usize = 64;
/// Features and logits are kept of at most so many images, the first, for metrics that compare single images.
pub const KEPT: usize = 50_000;

/// Reads the first `count` readable images of a set and passes them to `take` in chunks, with their numbers in the set.
/// Returns the errors of the unreadable images before and between them.
///
/// # Errors
/// No image can be read, a generated image is not finite, or `take` fails.
pub fn read_chunks(
    set: &EvaluationImages,
    count: usize,
    mut take: impl FnMut(&[Pixels], &[usize]) -> Result<(), EvalError>,
) -> Result<Vec<DataError>, EvalError> {
    let available = set.available().unwrap_or(count);
    let (mut next, mut taken, mut unreadable) = (0, 0, Vec::new());
    while taken < count && next < available {
        let chunk = CHUNK.min(count - taken).min(available - next);
        let (mut images, mut indices) = (Vec::with_capacity(chunk), Vec::with_capacity(chunk));
        for (index, image) in (next..).zip(set.read(next, chunk)) {
            match image {
                Ok(image) => {
                    images.push(image);
                    indices.push(index);
                }
                // A data set may hold broken files; a generator's broken image means a broken generator.
                Err(error) if set.available().is_none() => return Err(error.into()),
                Err(error) => unreadable.push(error),
            }
        }
        next += chunk;
        taken += images.len();
        if !images.is_empty() {
            take(&images, &indices)?;
        }
    }
    match unreadable.first() {
        Some(first) if taken == 0 => {
            let (name, first) = (set.name.clone(), first.to_string());
            Err(EvalError::AllUnreadable { name, count: unreadable.len(), first })
        }
        _ => Ok(unreadable),
    }
}
