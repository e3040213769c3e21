//! Weights in the form that an algorithm reads, made once for as long as they stay the same.
//!
//! A weight serves several passes of a training step, and all calls of a network that is only applied. Whether it is
//! still the same is told by its memory: while a weak reference to a tensor's storage lives no other tensor can lie
//! there, and the framework writes to storage only where nothing else refers to it.

use std::any::Any;
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use burn_std::Bytes;

use super::shape::Shape;
use crate::flex::FlexTensor;

/// What is made of a weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For the forward map.
    Forward,
    /// For the adjoint in the image.
    Backward,
    /// For the forward map in the transformed space.
    TransformedForward,
    /// For the adjoint in the image, in the transformed space.
    TransformedBackward,
}

/// A form, and all of a convolution that it depends on: stride, groups, and the weight's sizes.
type Key = (Form, usize, usize, [usize; 4]);

struct Entry {
    weight: Weak<Bytes>,
    start: usize,
    key: Key,
    packed: Arc<dyn Any + Send + Sync>,
}

static PACKED: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

fn entries() -> MutexGuard<'static, Vec<Entry>> {
    PACKED.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// What `make` makes of `weight`, or made of it before.
pub fn packed<P: Send + Sync + 'static>(
    weight: &FlexTensor,
    form: Form,
    s: &Shape,
    make: impl FnOnce() -> P,
) -> Arc<P> {
    let (storage, start) = (weight.data_arc(), weight.layout().start_offset());
    let key = (form, s.window.stride, s.window.groups, [s.o, s.c, s.k[0], s.k[1]]);
    let found = find(&storage, start, key).and_then(|packed| packed.downcast().ok());
    found.unwrap_or_else(|| {
        let packed = Arc::new(make());
        let entry = Entry { weight: Arc::downgrade(&storage), start, key, packed: packed.clone() };
        entries().push(entry);
        packed
    })
}

/// Forgets weights that are gone, too.
fn find(storage: &Arc<Bytes>, start: usize, key: Key) -> Option<Arc<dyn Any + Send + Sync>> {
    let mut entries = entries();
    let gone: Vec<Entry> = entries.extract_if(.., |entry| entry.weight.strong_count() == 0).collect();
    let same =
        |entry: &&Entry| entry.weight.as_ptr() == Arc::as_ptr(storage) && (entry.start, entry.key) == (start, key);
    let found = entries.iter().find(same).map(|entry| entry.packed.clone());
    drop(entries);
    drop(gone);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conv::Window;
    use crate::flex::tensor;

    #[test]
    fn a_weight_is_packed_once_until_it_changes() {
        let s = Shape { n: 1, c: 2, o: 3, k: [1, 1], image: [1, 1], out: [1, 1], window: Window::default() };
        let mut made = 0;
        let mut ask = |weight: &FlexTensor, form| {
            *packed(weight, form, &s, || {
                made += 1;
                made
            })
        };
        let mut weight = tensor(vec![1.0_f32; 2000], [2000]);
        assert_eq!((ask(&weight, Form::Forward), ask(&weight, Form::Forward)), (1, 1));
        assert_eq!(ask(&weight, Form::Backward), 2, "another form");
        assert_eq!(ask(&weight.clone(), Form::Forward), 1, "a copy shares its memory");
        weight.storage_mut::<f32>()[0] = 2.0;
        assert_eq!(ask(&weight, Form::Forward), 3, "written to");
        drop(weight);
        let other = tensor(vec![1.0_f32; 2000], [2000]);
        assert_eq!(ask(&other, Form::Forward), 4, "another weight, perhaps in the same memory");
    }
}
