//! TorchScript archives: programs with their weights. The weights are read, and no code is run.
//!
//! Such an archive is a file of PyTorch's, whose pickle holds objects instead of dictionaries: a module is an object of a class of its
//! own, and its state a dictionary of its parameters and modules. With each new object replaced by an empty dictionary, the pickle is that of
//! nested dictionaries, which the reader of PyTorch's files reads.

use super::archive::Archive;
use super::contents::{Contents, Source, damaged, foreign};
use super::pytorch;
use crate::error::WeightsError;

/// The opcode of a new object of a class, and what replaces it: the class and its arguments are removed, and an empty dictionary
/// follows. The object's state is then added to this dictionary.
const NEW_OBJECT: u8 = 0x81;
const NEW_DICTIONARY: &[u8] = b"00}";

/// Whether it is an archive with a program.
pub(super) fn is(source: &Source) -> bool {
    let archive = || Archive::open(source.bytes);
    source.bytes.starts_with(b"PK") && archive().is_some_and(|archive| archive.has("constants.pkl"))
}

/// The tensors of an archive.
pub(super) fn read(source: &Source) -> Result<Contents, WeightsError> {
    let Source { path, bytes } = *source;
    let archive = Archive::open(bytes).ok_or_else(|| damaged(path, "it is no whole archive"))?;
    let Some(name) = archive.name("data.pkl").filter(|name| archive.stored(name).is_some()) else {
        let text = "a TorchScript archive of another form than torch.jit.save writes today: save the weights alone, in Python by \
                    torch.save(torch.jit.load(FILE).state_dict(), 'weights.pth')";
        return Err(foreign(path, text));
    };
    let pickle = archive.stored(name).unwrap_or_default();
    let objects = without_objects(pickle).ok_or_else(|| damaged(path, "its pickle is no program's"))?;
    let mut contents = pytorch::read_rewritten(&archive.rewritten(Some((name, &objects))), path)?;
    contents.notes.push("The program in the archive is not run; its constants are left out.".to_owned());
    Ok(contents)
}

/// A pickle with an empty dictionary for each new object; `None` where it has opcodes that TorchScript does not write.
fn without_objects(pickle: &[u8]) -> Option<Vec<u8>> {
    let mut written = Vec::with_capacity(pickle.len());
    let mut at = 0;
    while at < pickle.len() {
        let length = 1 + argument(pickle[at], &pickle[at + 1..])?;
        let whole = pickle.get(at..at.checked_add(length)?)?;
        written.extend(if whole == [NEW_OBJECT] { NEW_DICTIONARY } else { whole });
        at += length;
    }
    Some(written)
}

/// The length of an opcode's argument, which `rest` begins with.
fn argument(opcode: u8, rest: &[u8]) -> Option<usize> {
    let long = || usize::try_from(u32::from_le_bytes(*rest.first_chunk()?)).ok()?.checked_add(4);
    let lines = |count: usize| Some(rest.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(count - 1)?.0 + 1);
    match opcode {
        // Without an argument: marks, containers, constants, calls, states.
        b'('
        | b')'
        | b'.'
        | b'0'
        | b'N'
        | b'Q'
        | b'R'
        | b'a'
        | b'b'
        | b'd'
        | b'e'
        | b'l'
        | b's'
        | b't'
        | b'u'
        | b']'
        | b'}'
        | 0x81
        | 0x85..=0x89 => Some(0),
        // Numbers, and places of the memo.
        0x80 | b'K' | b'q' | b'h' => Some(1),
        b'M' => Some(2),
        b'J' | b'r' | b'j' => Some(4),
        b'G' => Some(8),
        0x8a => Some(1 + usize::from(*rest.first()?)),
        // Text.
        b'X' | b'B' | b'T' => long(),
        b'U' | b'C' => Some(1 + usize::from(*rest.first()?)),
        // A class.
        b'c' => lines(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_opcodes_are_replaced() {
        // A text and a number that contain the opcode's byte.
        let pickle = b"\x80\x02c__torch__\nNet\nq\x00)\x81}(X\x01\x00\x00\x00\x81K\x81ub.";
        let expected = b"\x80\x02c__torch__\nNet\nq\x00)00}}(X\x01\x00\x00\x00\x81K\x81ub.";
        assert_eq!(without_objects(pickle).unwrap(), expected);
        assert_eq!(without_objects(b"\x80\x02X\xff\xff\xff\xff."), None);
        assert_eq!(without_objects(b"\x80\x02i."), None);
    }
}
