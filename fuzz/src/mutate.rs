//! Mutations of a file: what happens to files, and what breaks readers.

use gannet_ops::random::Stream;

/// Numbers at which arithmetic of sizes goes wrong, as little-endian bytes; readers of big-endian numbers meet them reversed.
const EDGES: [u64; 10] = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, u64::MAX];

/// Mutated file number `number` of the valid file `seed`; parts of `other` may be inserted.
pub fn mutated(seed: &[u8], other: &[u8], number: u64) -> Vec<u8> {
    let mut random = Stream::new(number, "fuzz", 0);
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(4) {
        mutate(&mut bytes, other, &mut random);
    }
    bytes
}

fn mutate(bytes: &mut Vec<u8>, other: &[u8], random: &mut Stream) {
    if bytes.is_empty() {
        return bytes.push(random.below(256) as u8);
    }
    // Headers lie at the start; half of the changes are there.
    let reach = if random.below(2) == 0 { bytes.len().min(256) } else { bytes.len() };
    let at = random.below(reach);
    let length = 1 + random.below((bytes.len() - at).min(64));
    match random.below(9) {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => bytes[at] = random.below(256) as u8,
        2 => write_edge(bytes, at, random),
        3 => bytes.truncate(at),
        4 => drop(bytes.drain(at..at + length)),
        5 => {
            let copy = bytes[at..at + length].to_vec();
            bytes.splice(at..at, copy);
        }
        6 => bytes[at..at + length].fill(if random.below(2) == 0 { 0 } else { 0xFF }),
        7 => change_digit(bytes, random),
        _ => {
            let from = random.below(other.len().max(1)).min(other.len());
            let part: Vec<u8> = other[from..].iter().take(length).copied().collect();
            bytes.splice(at..at + length, part);
        }
    }
}

fn write_edge(bytes: &mut [u8], at: usize, random: &mut Stream) {
    let mut edge = EDGES[random.below(EDGES.len())].to_le_bytes()[..1 << random.below(4)].to_vec();
    if random.below(2) == 0 {
        edge.reverse();
    }
    bytes[at..].iter_mut().zip(edge).for_each(|(byte, edge)| *byte = edge);
}

/// Changes a decimal digit: lengths and shapes in JSON, TOML and tar headers are text.
fn change_digit(bytes: &mut [u8], random: &mut Stream) {
    let digits: Vec<usize> = (0..bytes.len().min(4096)).filter(|at| bytes[*at].is_ascii_digit()).collect();
    if !digits.is_empty() {
        bytes[digits[random.below(digits.len())]] = b'0' + random.below(10) as u8;
    }
}
