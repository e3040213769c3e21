//! A cache of packed weights: a weight is packed for an algorithm once, until it changes.
//!
//! A weight is used several times in a training step, and in every call at inference. The cache recognizes it by its
//! memory. While a weak reference to a tensor's storage exists, no other tensor can occupy that memory, and Burn writes to
//! storage in place only if nothing else refers to it. So equal storage means equal values.

use std::any::Any;
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use burn_std::Bytes;

use super::shape::Shape;
use crate::flex::FlexTensor;
use crate::precision::Precision;

/// The layout that a weight is packed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For the forward map by patches.
    Forward,
    /// For the adjoint in the image by patches.
    Backward,
    /// For the forward map in Winograd's transformed space.
    TransformedForward,
    /// For the adjoint in the image in Winograd's transformed space.
    TransformedBackward,
}

/// The form with everything that the packing depends on: precision, stride, groups, and `[o, c, k, l]`.
type Key = (Form, Precision, usize, usize, [usize; 4]);

struct Entry {
    /// The storage of the weight.
    weight: Weak<Bytes>,
    /// Offset of the weight in its storage.
    start: usize,
    key: Key,
    packed: Arc<dyn Any + Send + Sync>,
}

static PACKED: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

fn entries() -> MutexGuard<'static, Vec<Entry>> {
    PACKED.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The packed weight: from the cache, or by `pack`.
pub fn packed<P: Send + Sync + 'static>(
    weight: &FlexTensor,
    form: Form,
    s: &Shape,
    pack: impl FnOnce() -> P,
) -> Arc<P> {
    let (storage, start) = (weight.data_arc(), weight.layout().start_offset());
    let key = (form, s.precision, s.window.stride, s.window.groups, [s.o, s.c, s.k[0], s.k[1]]);
    let found = find(&storage, start, key).and_then(|packed| packed.downcast().ok());
    found.unwrap_or_else(|| {
        let packed = Arc::new(pack());
        let entry = Entry { weight: Arc::downgrade(&storage), start, key, packed: packed.clone() };
        entries().push(entry);
        packed
    })
}

/// The cached entry of a weight, if any. Entries of dropped weights are removed on the way.
fn find(storage: &Arc<Bytes>, start: usize, key: Key) -> Option<Arc<dyn Any + Send + Sync>> {
    let mut entries = entries();
    let gone: Vec<Entry> = entries.extract_if(.., |entry| entry.weight.strong_count() == 0).collect();
    let same =
        |entry: &&Entry| entry.weight.as_ptr() == Arc::as_ptr(storage) && (entry.start, entry.key) == (start, key);
    let found = entries.iter().find(same).map(|entry| entry.packed.clone());
    // The packed weights are dropped outside the lock, since that can take long.
    drop(entries);
    drop(gone);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conv::window::Window;
    use crate::flex::tensor;

    #[test]
    fn a_weight_is_packed_once_until_it_changes() {
        let (window, precision) = (Window::default(), Precision::F32);
        let s = Shape { n: 1, c: 2, o: 3, k: [1, 1], image: [1, 1], out: [1, 1], window, precision };
        let mut count = 0;
        let mut ask = |weight: &FlexTensor, form| {
            *packed(weight, form, &s, || {
                count += 1;
                count
            })
        };
        let mut weight = tensor(vec![1.0_f32; 2000], [2000]);
        assert_eq!((ask(&weight, Form::Forward), ask(&weight, Form::Forward)), (1, 1));
        assert_eq!(ask(&weight, Form::Backward), 2, "another form");
        assert_eq!(ask(&weight.clone(), Form::Forward), 1, "a copy shares its memory");
        weight.storage_mut::<f32>()[0] = 2.0;
        assert_eq!(ask(&weight, Form::Forward), 3, "the weight was written to");
        drop(weight);
        let other = tensor(vec![1.0_f32; 2000], [2000]);
        assert_eq!(ask(&other, Form::Forward), 4, "another weight, possibly in the same memory");
    }
}
