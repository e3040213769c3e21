//! Names from data, such as those of classes, as names of files and folders.

use std::borrow::Cow;

use crate::fingerprint::{self, fnv};

/// The most bytes of a name; most file systems allow 255, and an extension may follow.
const MOST_BYTES: usize = 200;

/// The name of a file or folder for a name from data. Ordinary names, of whatever script, stay as they are. What would lead
/// to another folder, hide the file, or show another name than it has is written as `%` and hexadecimal digits: separators, a
/// dot in front, control characters, and marks that reverse the direction of writing. Long names are cut. Different names
/// stay different.
pub fn file_name(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    for (at, letter) in name.char_indices() {
        if is_harmless(letter, at == 0, &name[at + letter.len_utf8()..]) {
            safe.push(letter);
        } else {
            let mut bytes = [0; 4];
            safe.extend(letter.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")));
        }
    }
    match safe.len() {
        0 => "%~".to_owned(),
        1..=MOST_BYTES => safe,
        _ => {
            let hash = fnv(fingerprint::EMPTY, name.as_bytes());
            format!("{}%~{hash:016x}", &safe[..safe.floor_char_boundary(MOST_BYTES - 18)])
        }
    }
}

/// Whether a letter stays, which is the first of the name or not, and has `rest` behind it.
fn is_harmless(letter: char, first: bool, rest: &str) -> bool {
    match letter {
        '/' | '\\' => false,
        '.' => !first,
        '%' => !is_written_by_us(rest.as_bytes()),
        '<' | '>' | ':' | '"' | '|' | '?' | '*' => !cfg!(windows),
        _ => !is_misleading(letter),
    }
}

/// Whether what follows a `%` is what this file writes there; left as it is, it could make two names equal. Other percent
/// signs, such as those of a web address, stay.
fn is_written_by_us(rest: &[u8]) -> bool {
    let is_hex = |byte: &u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(byte);
    match rest {
        [b'~', ..] => true,
        // Control characters, a percent sign, separators and dots, signs of Windows.
        [b'0' | b'1', low, ..] if is_hex(low) => true,
        [b'2', b'2' | b'5' | b'A' | b'E' | b'F', ..] | [b'3', b'A' | b'C' | b'E' | b'F', ..] => true,
        [b'5', b'C', ..] | [b'7', b'C' | b'F', ..] => true,
        // The first bytes of the characters beyond ASCII.
        [b'C', b'2', ..] | [b'D', b'8', ..] | [b'E', b'2', ..] => true,
        _ => false,
    }
}

/// Whether a character has an effect on a terminal or in a list of files other than to be seen: a control character, or a
/// mark that changes the direction of writing.
pub fn is_misleading(letter: char) -> bool {
    let directs =
        matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    letter.is_control() || directs || matches!(letter, '\u{2028}' | '\u{2029}')
}

/// A name as a part of one line: each character that is misleading is written as in `\u{a}`.
pub fn shown_in_line(text: &str) -> Cow<'_, str> {
    escaped(text, is_misleading)
}

/// The text with some of its characters written as in `\u{a}`.
pub fn escaped(text: &str, is_dangerous: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_dangerous) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_dangerous(letter) { safe.extend(letter.escape_unicode()) } else { safe.push(letter) }
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in [
            "cat",
            "n01440764",
            "Zürich 2",
            "日本語",
            "café",
            "a.b",
            "100%",
            "my%20photo",
            "%C3%BC",
            "C++",
            "it's",
            "x%y",
            "שלום",
            "🐈",
        ] {
            assert_eq!(file_name(name), name);
        }
    }

    #[test]
    fn no_name_leads_elsewhere() {
        let long = "é".repeat(400);
        for name in [
            "..",
            ".",
            "",
            "/etc",
            "a/b",
            "..\\x",
            "../..",
            ".hidden",
            "a\0b",
            "a\n",
            "\u{1b}[2J",
            &long,
            "\u{202e}gpj",
        ] {
            let safe = file_name(name);
            let path = std::path::Path::new(&safe);
            let parts: Vec<_> = path.components().collect();
            assert!(matches!(parts.as_slice(), [std::path::Component::Normal(_)]), "{name:?} became {safe:?}");
            assert!(!safe.starts_with('.') && !safe.contains(is_misleading) && safe.len() <= MOST_BYTES, "{safe:?}");
        }
        assert_eq!(file_name(".."), "%2E.");
        assert_eq!(file_name("a/b"), "a%2Fb");
    }

    #[test]
    fn different_names_stay_different() {
        let long = "x".repeat(300);
        let names = [
            "a/b",
            "a%2Fb",
            "a%252Fb",
            "a\\b",
            "..",
            ".",
            "",
            "%~",
            "\0",
            "%00",
            "%2E.",
            &long,
            &long[1..],
            &file_name(&long),
        ];
        let safe: HashSet<String> = names.iter().map(|name| file_name(name)).collect();
        assert_eq!(safe.len(), names.len(), "{safe:?}");
    }
}
