//! TensorBoard's event files: scalars of every logged step and the sample grids.
//!
//! An event file is a sequence of TFRecords (length, masked CRC-32C of the length, data, masked CRC-32C of the data;
//! integers little-endian), each holding one protocol buffer `Event`. The few messages that Gannet writes are encoded
//! here by hand. Sources: `tensorflow/core/lib/io/record_writer.cc`, `event.proto`, `summary.proto`.
//!
//! Each start of the process adds a file. A resumed one opens with a `SessionLog` that makes TensorBoard discard what
//! earlier files hold of later steps.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::events::{Event, Sink, SinkError, Step};
use gannet_apply::image_grid::ImageGrid;

/// The masking constant of TFRecord checksums.
const MASK: u32 = 0xa282_ead8;

/// Writes `events.out.tfevents.…` in the run's folder.
pub struct TensorBoard {
    path: PathBuf,
    file: File,
}

impl TensorBoard {
    /// A new event file for the run in `folder`, going on after `start_step` (0 for a new run).
    pub fn create(folder: &Path, start_step: u64) -> Result<Self, SinkError> {
        let (path, file) = new_file(folder, now() as u64)?;
        let mut board = Self { path, file };
        board.write(0, |event| event.bytes(3, b"brain.Event:2"))?;
        if start_step > 0 {
            // SessionLog { status = START }: drop what earlier files hold from this step on.
            board.write(start_step + 1, |event| event.message(7, |session| session.integer(1, 1)))?;
        }
        Ok(board)
    }

    fn scalars(&mut self, step: &Step) -> Result<(), SinkError> {
        let progress = [("progress/kimg", step.kimg), ("progress/images_per_second", step.images_per_second)];
        let scalars = step.scalars.iter().map(|(name, value)| (name.as_str(), *value));
        self.write(step.step, |event| {
            event.message(5, |summary| {
                for (name, value) in scalars.chain(progress) {
                    summary.message(1, |entry| entry.bytes(1, name.as_bytes()).float(2, value as f32));
                }
                summary
            })
        })
    }

    fn image(&mut self, step: u64, grid: &ImageGrid) -> Result<(), SinkError> {
        let picture = grid.picture();
        let png = picture.to_png().map_err(SinkError::write(&self.path))?;
        let sizes = [picture.height, picture.width, picture.channels];
        self.write(step, |event| {
            event.message(5, |summary| {
                summary.message(1, |entry| {
                    entry.bytes(1, b"samples").message(4, |image| {
                        for (field, size) in (1..).zip(sizes) {
                            image.integer(field, size as u64);
                        }
                        image.bytes(4, &png)
                    })
                })
            })
        })
    }

    /// Appends the event that `fill` completes as one record, in one write.
    fn write(&mut self, step: u64, fill: impl FnOnce(&mut Message) -> &mut Message) -> Result<(), SinkError> {
        let mut event = Message::default();
        event.double(1, now()).integer(2, step);
        fill(&mut event);
        self.file.write_all(&record(&event.0)).map_err(SinkError::write(&self.path))
    }
}

impl Sink for TensorBoard {
    fn on(&mut self, event: &Event) -> Result<(), SinkError> {
        match event {
            Event::Step(step) => self.scalars(step),
            Event::Samples { step, grid, .. } => self.image(*step, grid),
            _ => Ok(()),
        }
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}

/// A file that did not exist. TensorBoard reads files in the order of their names, hence a number of fixed width.
fn new_file(folder: &Path, seconds: u64) -> Result<(PathBuf, File), SinkError> {
    let mut start = 0;
    loop {
        let path = folder.join(format!("events.out.tfevents.{seconds:010}.gannet.{start:03}"));
        match OpenOptions::new().create_new(true).append(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => start += 1,
            Err(error) => return Err(SinkError::write(&path)(error)),
        }
    }
}

/// A TFRecord around `data`.
fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    [&length[..], &checksum(&length), data, &checksum(data)].concat()
}

/// The masked CRC-32C as TFRecord wants it.
fn checksum(data: &[u8]) -> [u8; 4] {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(MASK).to_le_bytes()
}

/// A protocol buffer under construction.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    /// A base-128 number, least significant group first.
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn key(&mut self, field: u64, wire: u64) {
        self.varint(field << 3 | wire);
    }

    fn integer(&mut self, field: u64, value: u64) -> &mut Self {
        self.key(field, 0);
        self.varint(value);
        self
    }

    fn double(&mut self, field: u64, value: f64) -> &mut Self {
        self.key(field, 1);
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    fn float(&mut self, field: u64, value: f32) -> &mut Self {
        self.key(field, 5);
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    fn bytes(&mut self, field: u64, value: &[u8]) -> &mut Self {
        self.key(field, 2);
        self.varint(value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    fn message(&mut self, field: u64, fill: impl FnOnce(&mut Message) -> &mut Message) -> &mut Self {
        let mut inner = Message::default();
        fill(&mut inner);
        self.bytes(field, &inner.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A decoded field: its number and its payload (varints as eight bytes).
    type Field = (u64, Vec<u8>);

    fn take_varint(data: &mut &[u8]) -> u64 {
        let end = data.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
        let (head, tail) = data.split_at(end);
        *data = tail;
        head.iter().rev().fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f))
    }

    fn fields(mut data: &[u8]) -> Vec<Field> {
        let mut fields = Vec::new();
        while !data.is_empty() {
            let key = take_varint(&mut data);
            let length = match key & 7 {
                0 => {
                    fields.push((key >> 3, take_varint(&mut data).to_le_bytes().to_vec()));
                    continue;
                }
                1 => 8,
                2 => take_varint(&mut data) as usize,
                5 => 4,
                wire => panic!("wire type {wire}"),
            };
            let (payload, tail) = data.split_at(length);
            fields.push((key >> 3, payload.to_vec()));
            data = tail;
        }
        fields
    }

    fn field(data: &[u8], number: u64) -> Option<Vec<u8>> {
        fields(data).into_iter().find(|(key, _)| *key == number).map(|(_, payload)| payload)
    }

    /// The events of a file, after checking both checksums of each record.
    fn events(mut data: &[u8]) -> Vec<Vec<u8>> {
        let mut events = Vec::new();
        while !data.is_empty() {
            let length = u64::from_le_bytes(data[..8].try_into().unwrap()) as usize;
            assert_eq!(data[8..12], checksum(&data[..8]));
            assert_eq!(data[12 + length..16 + length], checksum(&data[12..12 + length]));
            events.push(data[12..12 + length].to_vec());
            data = &data[16 + length..];
        }
        events
    }

    fn written(start_step: u64, happened: &[Event]) -> Vec<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let mut board = TensorBoard::create(folder.path(), start_step).unwrap();
        happened.iter().for_each(|event| board.on(event).unwrap());
        events(&std::fs::read(&board.path).unwrap())
    }

    /// TensorFlow's own bytes: an empty record, whose masked checksums are known.
    #[test]
    fn records_are_framed_as_tensorflow_frames_them() {
        assert_eq!(record(b""), [0, 0, 0, 0, 0, 0, 0, 0, 0x29, 0x03, 0x98, 0x07, 0xd8, 0xea, 0x82, 0xa2]);
    }

    #[test]
    fn scalars_come_back_with_their_step_and_value() {
        let scalars = vec![("loss/generator".into(), 0.75), ("loss/discriminator".into(), f64::INFINITY)];
        let events = written(0, &[Event::Step(Step { step: 300, scalars, ..Step::default() })]);
        assert_eq!(field(&events[0], 3).unwrap(), b"brain.Event:2");
        assert_eq!(field(&events[1], 2).unwrap(), 300_u64.to_le_bytes());
        let values = fields(&field(&events[1], 5).unwrap());
        assert_eq!(values.len(), 4);
        assert_eq!(field(&values[0].1, 1).unwrap(), b"loss/generator");
        assert_eq!(field(&values[0].1, 2).unwrap(), 0.75_f32.to_le_bytes());
        assert_eq!(field(&values[1].1, 2).unwrap(), f32::INFINITY.to_le_bytes());
    }

    #[test]
    fn a_grid_comes_back_as_its_png() {
        let grid = ImageGrid::from_images(&[0.5; 96], 2, 3, 4, 4, 2);
        let png = grid.to_png().unwrap();
        let events = written(0, &[Event::Samples { step: 7, grid, path: PathBuf::new() }]);
        let value = field(&field(&events[1], 5).unwrap(), 1).unwrap();
        let image = field(&value, 4).unwrap();
        let sizes: Vec<_> = (1..=3).map(|number| field(&image, number).unwrap()[0]).collect();
        assert_eq!(sizes, [68, 134, 3]);
        assert_eq!(field(&image, 4).unwrap(), png);
    }

    #[test]
    fn a_resumed_run_makes_tensorboard_discard_later_steps() {
        assert_eq!(written(0, &[]).len(), 1);
        let events = written(40, &[]);
        assert_eq!(field(&events[1], 2).unwrap(), 41_u64.to_le_bytes());
        assert_eq!(field(&events[1], 7).unwrap(), [8, 1]);
    }

    #[test]
    fn starts_within_one_second_get_files_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let first = new_file(folder.path(), 5).unwrap().0;
        let second = new_file(folder.path(), 5).unwrap().0;
        assert!(first < second);
    }
}
