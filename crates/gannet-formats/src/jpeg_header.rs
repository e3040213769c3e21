//! What the markers of a JPEG say: whether it is complete, and how its channels are sampled.

/// Whether a JPEG's scans are followed by its end marker.
///
/// The decoder fills missing parts with gray and reports success.
pub fn is_complete(bytes: &[u8]) -> bool {
    Markers::new(bytes).any(|(kind, _)| kind == 0xD9)
}

/// Horizontal and vertical sampling factors of each channel, as the frame header states them; empty without one.
pub fn sampling(bytes: &[u8]) -> Vec<[u8; 2]> {
    let is_frame = |kind: u8| matches!(kind, 0xC0..=0xCF) && !matches!(kind, 0xC4 | 0xC8 | 0xCC);
    let frame = Markers::new(bytes).find(|(kind, _)| is_frame(*kind));
    let channels = frame.and_then(|(_, data)| data.get(6..)).unwrap_or_default();
    channels.chunks_exact(3).map(|channel| [channel[1] >> 4, channel[1] & 15]).collect()
}

/// Whether EXIF data or a color profile may lie before the image: the segments APP1 and APP2.
pub fn has_metadata(bytes: &[u8]) -> bool {
    Markers::new(bytes).take_while(|(kind, _)| *kind != 0xDA).any(|(kind, _)| matches!(kind, 0xE1 | 0xE2))
}

/// Whether the decoder can sample these channels: the first one is the finest, and each other one is coarser by whole factors.
pub fn is_usual(sampling: &[[u8; 2]]) -> bool {
    let Some(first) = sampling.first() else { return true };
    let coarser = |axis: usize, channel: &[u8; 2]| channel[axis] > 0 && first[axis].is_multiple_of(channel[axis]);
    sampling.iter().all(|channel| coarser(0, channel) && coarser(1, channel))
}

/// The markers of a JPEG and their data. The search walks from marker to marker, because thumbnails before the image and films
/// after it, which phones append, have markers of their own.
struct Markers<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Markers<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 2 } // after the start marker
    }
}

impl<'a> Iterator for Markers<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(&[mark, kind]) = self.bytes.get(self.at..self.at + 2) {
            match (mark, kind) {
                (0xFF, 0xD9) => {
                    self.at = self.bytes.len();
                    return Some((kind, &[]));
                }
                (0xFF, 0xFF) => self.at += 1,                      // padding
                (0xFF, 0x00 | 0x01 | 0xD0..=0xD8) => self.at += 2, // stuffing and restarts inside a scan
                (0xFF, _) => {
                    let &[high, low] = self.bytes.get(self.at + 2..self.at + 4)? else { return None };
                    let (start, length) = (self.at + 4, usize::from(u16::from_be_bytes([high, low])));
                    self.at += 2 + length;
                    return Some((kind, self.bytes.get(start..self.at).unwrap_or_default()));
                }
                _ => self.at += 1, // a scan's data
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chroma_may_be_coarser_than_brightness_but_not_finer() {
        let frame = |factors: [u8; 3]| {
            let [a, b, c] = factors;
            let mut jpeg = vec![0xFF, 0xD8, 0xFF, 0xC0, 0, 17, 8, 0, 16, 0, 16, 3];
            jpeg.extend([1, a, 0, 2, b, 1, 3, c, 1]);
            sampling(&jpeg)
        };
        assert_eq!(frame([0x22, 0x11, 0x21]), [[2, 2], [1, 1], [2, 1]]);
        for usual in [[0x11, 0x11, 0x11], [0x21, 0x11, 0x11], [0x22, 0x11, 0x11], [0x41, 0x11, 0x11]] {
            assert!(is_usual(&frame(usual)), "{usual:x?}");
        }
        for unusual in [[0x11, 0x22, 0x22], [0x21, 0x12, 0x11], [0x31, 0x21, 0x11], [0x22, 0x11, 0x01]] {
            assert!(!is_usual(&frame(unusual)), "{unusual:x?}");
        }
        assert!(has_metadata(b"\xFF\xD8\xFF\xE0\0\x02\xFF\xE1\0\x02") && !has_metadata(b"\xFF\xD8\xFF\xE0\0\x02"));
        assert!(sampling(b"\xFF\xD8\xFF").is_empty() && !is_complete(b"\xFF\xD8\xFF"));
    }
}
