//! Images that lie in one array, one after the other.

use std::io::{self, BufWriter, Read, Write};

use gannet_choice::Choice;
use gannet_formats::npy_header::NpyHeader;
use image::{DynamicImage, GrayImage, RgbImage, RgbaImage};

use super::positioned::Section;
use super::store::{MAX_UNPACKED, Store, no_space};
use crate::fingerprint::{self, fnv, fnv_numbers};
use crate::{DataError, Inspected, Layout, Source, Split};

/// Arrays up to so many bytes are kept in memory; larger ones go to an unnamed file on disk.
const IN_MEMORY: u64 = 1 << 30;

/// How the numbers of an image follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// rows of pixels
    ChannelsLast,
    /// one plane per channel, as PyTorch has them
    ChannelsFirst,
}

/// The size of the images of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ImageShape {
    pub count: usize,
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    pub order: Order,
}

impl ImageShape {
    /// The images of an array of this shape: `[n, h, w]`, `[n, h, w, c]` or `[n, c, h, w]` with 1, 3 or 4 channels.
    ///
    /// # Errors
    /// A reason, if it is no array of images, or if its axes have several readings.
    pub fn of(shape: &[usize]) -> Result<Self, &'static str> {
        let is_channels = |side: usize| matches!(side, 1 | 3 | 4);
        let (order, count, height, width, channels) = match *shape {
            [_, _, last] if is_channels(last) => {
                return Err("it may be one image; an array of images has one axis more");
            }
            [n, h, w] => (Order::ChannelsLast, n, h, w, 1),
            [n, first, w, last] => match (is_channels(first), is_channels(last)) {
                (true, true) => return Err("channels may come first or last"),
                (_, true) => (Order::ChannelsLast, n, first, w, last),
                (true, false) => (Order::ChannelsFirst, n, w, last, first),
                (false, false) => return Err("no axis has 1, 3 or 4 channels"),
            },
            _ => return Err("images have shape n×h×w, n×h×w×c or n×c×h×w"),
        };
        let fits = |side: usize| u32::try_from(side).is_ok() && side > 0;
        if count == 0 || !fits(height) || !fits(width) {
            return Err("it holds no images");
        }
        Ok(Self { count, height, width, channels, order })
    }

    /// The bytes of one image.
    pub fn bytes(self) -> usize {
        self.height * self.width * self.channels
    }

    /// One line on how the axes are read.
    pub fn words(self) -> String {
        let order = match self.order {
            Order::ChannelsLast => "channels last",
            Order::ChannelsFirst => "channels first",
        };
        let Self { height, width, channels, .. } = self;
        match channels {
            1 => format!("gray images of {width}×{height} pixels"),
            _ => format!("images of {width}×{height} pixels and {channels} channels, {order}"),
        }
    }
}

/// Where the numbers lie.
enum Numbers {
    Memory(Vec<u8>),
    File(Section),
}

/// The images of an array of bytes.
pub(crate) struct ArrayImages {
    pub split: Split,
    pub shape: ImageShape,
    numbers: Numbers,
    hash: u64,
    /// the class of each image; empty without labels
    pub labels: Vec<usize>,
    pub classes: Vec<String>,
    pub layout: Layout,
}

impl ArrayImages {
    /// Reads the images of one entry of a store, an array of `header`.
    pub fn load(store: &dyn Store, index: usize, shape: ImageShape, split: Split) -> Result<Self, DataError> {
        let length = shape.bytes() as u64 * shape.count as u64;
        let (mut numbers, mut hash) = (None, fingerprint::EMPTY);
        store.read_with(index, &mut |reader| {
            NpyHeader::read(reader)?;
            let mut hashed = Hashed { reader: reader.take(length), hash: fingerprint::EMPTY, count: 0 };
            numbers = Some(numbers_of(&mut hashed, length)?);
            hash = hashed.hash;
            match hashed.count == length {
                true => Ok(()),
                false => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is cut short")),
            }
        })?;
        let name = store.path().join(&store.entries()[index].path).display().to_string();
        let numbers = numbers.ok_or_else(|| DataError::damaged(name, "it cannot be read"))?;
        let (labels, classes, layout) = (Vec::new(), Vec::new(), Layout::default());
        Ok(Self { split, shape, numbers, hash, labels, classes, layout })
    }

    fn image_bytes(&self, index: usize) -> io::Result<Vec<u8>> {
        let size = self.shape.bytes();
        match &self.numbers {
            Numbers::Memory(bytes) => Ok(bytes[index * size..(index + 1) * size].to_vec()),
            Numbers::File(section) => {
                let mut bytes = vec![0; size];
                section.sibling(index as u64 * size as u64, size as u64).read_exact(&mut bytes)?;
                Ok(bytes)
            }
        }
    }
}

/// A reader that hashes and counts what it reads.
struct Hashed<R> {
    reader: R,
    hash: u64,
    count: u64,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.hash = fnv(self.hash, &buffer[..count]);
        self.count += count as u64;
        Ok(count)
    }
}

fn numbers_of(reader: &mut dyn Read, length: u64) -> io::Result<Numbers> {
    if length <= IN_MEMORY {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        return Ok(Numbers::Memory(bytes));
    }
    if length > MAX_UNPACKED {
        return Err(io::Error::other(format!("{} GiB long, the limit is {} GiB", length >> 30, MAX_UNPACKED >> 30)));
    }
    let place = |error: io::Error| io::Error::new(error.kind(), no_space("copied", &error));
    let file = tempfile::tempfile().map_err(place)?;
    let mut writer = BufWriter::with_capacity(1 << 18, &file);
    let mut buffer = vec![0; 1 << 16];
    loop {
        match reader.read(&mut buffer)? {
            0 => break,
            count => writer.write_all(&buffer[..count]).map_err(place)?,
        }
    }
    writer.flush().map_err(place)?;
    drop(writer);
    Ok(Numbers::File(Section::whole(file)?))
}

/// Pixels of one plane per channel as rows of pixels.
fn interleaved(planes: &[u8], channels: usize) -> Vec<u8> {
    let pixels = planes.len() / channels;
    (0..planes.len()).map(|at| planes[at % channels * pixels + at / channels]).collect()
}

impl Source for ArrayImages {
    fn len(&self) -> usize {
        self.shape.count
    }

    fn name(&self, index: usize) -> String {
        format!("{}[{index}]", self.split.word())
    }

    fn layout(&self) -> Option<&Layout> {
        Some(&self.layout)
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn label(&self, index: usize) -> Option<usize> {
        self.labels.get(index).copied()
    }

    fn inspect(&self, index: usize) -> Result<Inspected, DataError> {
        let broken = |reason: String| DataError::broken(self.name(index), reason);
        let mut bytes = self.image_bytes(index).map_err(|error| broken(format!("cannot be read: {error}")))?;
        if self.shape.order == Order::ChannelsFirst {
            bytes = interleaved(&bytes, self.shape.channels);
        }
        let (width, height) = (self.shape.width as u32, self.shape.height as u32);
        let image = match self.shape.channels {
            1 => GrayImage::from_raw(width, height, bytes).map(DynamicImage::ImageLuma8),
            3 => RgbImage::from_raw(width, height, bytes).map(DynamicImage::ImageRgb8),
            _ => RgbaImage::from_raw(width, height, bytes).map(DynamicImage::ImageRgba8),
        };
        Ok(Inspected::plain(image.ok_or_else(|| broken("its size does not fit its data".to_owned()))?))
    }

    fn in_memory(&self) -> bool {
        // Those on disk need no decoding, either.
        true
    }

    fn fingerprint(&self) -> u64 {
        let ImageShape { height, width, channels, .. } = self.shape;
        let hash = fnv(self.hash, self.split.word().as_bytes());
        let hash = fnv_numbers(hash, [height, width, channels].map(|side| side as u64));
        fnv_numbers(hash, self.labels.iter().map(|label| *label as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_read_where_they_have_one_reading() {
        let read = |shape: &[usize]| ImageShape::of(shape).map(|s| (s.count, s.height, s.width, s.channels, s.order));
        assert_eq!(read(&[9, 28, 20]).unwrap(), (9, 28, 20, 1, Order::ChannelsLast));
        assert_eq!(read(&[9, 28, 20, 3]).unwrap(), (9, 28, 20, 3, Order::ChannelsLast));
        assert_eq!(read(&[9, 3, 28, 20]).unwrap(), (9, 28, 20, 3, Order::ChannelsFirst));
        assert_eq!(read(&[9, 1, 28, 20]).unwrap(), (9, 28, 20, 1, Order::ChannelsFirst));
        for (shape, word) in [
            (&[512, 512, 3][..], "one image"),
            (&[9, 3, 28, 4], "first or last"),
            (&[9, 28, 28, 28], "no axis"),
            (&[9, 2048], "n×h×w"),
            (&[0, 28, 28], "no images"),
        ] {
            assert!(ImageShape::of(shape).unwrap_err().contains(word), "{shape:?}");
        }
    }

    #[test]
    fn planes_become_pixels() {
        assert_eq!(interleaved(&[1, 2, 3, 4, 5, 6], 3), [1, 3, 5, 2, 4, 6]);
    }
}
