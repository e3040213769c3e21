//! All frames of a Zstandard file as one stream. Parallel packers write many, and some between them that hold no data.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// The content of a Zstandard file.
pub(super) struct ZstdReader {
    file: BufReader<File>,
    /// limits the memory of a frame by itself
    decoder: FrameDecoder,
    started: bool,
}

impl ZstdReader {
    pub fn new(file: BufReader<File>) -> Self {
        Self { file, decoder: FrameDecoder::new(), started: false }
    }

    /// Checks the frame that ends, and starts the next one that holds data; false at the end of the file.
    fn next_frame(&mut self) -> io::Result<bool> {
        let recorded = self.decoder.get_checksum_from_data().filter(|_| self.started);
        if recorded.is_some() && recorded != self.decoder.get_calculated_checksum() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its checksum does not fit its data"));
        }
        while !self.file.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.file) {
                Ok(()) => {
                    self.started = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    let skipped = io::copy(&mut (&mut self.file).take(length.into()), &mut io::sink())?;
                    if skipped < length.into() {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }
}

impl Read for ZstdReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            while self.started && self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let blocks = BlockDecodingStrategy::UptoBlocks(1);
                self.decoder.decode_blocks(&mut self.file, blocks).map_err(io::Error::other)?;
            }
            let count = if self.started { self.decoder.read(buffer)? } else { 0 };
            if count > 0 || buffer.is_empty() || !self.next_frame()? {
                return Ok(count);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn unpacked(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let mut unpacked = Vec::new();
        ZstdReader::new(BufReader::new(file.reopen().unwrap())).read_to_end(&mut unpacked)?;
        Ok(unpacked)
    }

    #[test]
    fn all_frames_are_read_and_checked() {
        let pack = |text: &[u8]| compress_to_vec(text, CompressionLevel::Fastest);
        let skipped = [&[0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0][..], b"own"].concat();
        let file = [pack(b"one "), skipped, pack(b"two ").clone(), pack(&[7; 300_000])].concat();
        assert_eq!(unpacked(&file).unwrap(), [&b"one two "[..], &[7; 300_000]].concat());
        assert!(unpacked(&file[..file.len() - 5]).is_err());
        let mut damaged = pack(b"some text that is not compressed");
        let at = damaged.windows(4).position(|four| four == b"text").unwrap();
        damaged[at] = b'n';
        assert!(unpacked(&damaged).unwrap_err().to_string().contains("checksum"));
    }
}
