//! What tables of images have in common: databases and columnar files whose values are image files.

use crate::decode;

/// The name of a value as an image file: with the extension of its content, where its name has none.
///
/// `head` are the first bytes of the value.
pub(crate) fn image_name(name: &str, head: &[u8]) -> String {
    let extension = match image::guess_format(head) {
        Ok(format) if decode::is_image(head) => format.extensions_str().first().copied().unwrap_or_default(),
        _ => return name.to_owned(),
    };
    let last = name.rsplit('/').next().unwrap_or(name);
    let has_extension = last.rsplit_once('.').is_some_and(|(stem, end)| !stem.is_empty() && is_extension(end));
    if has_extension { name.to_owned() } else { format!("{name}.{extension}") }
}

fn is_extension(end: &str) -> bool {
    (1..=4).contains(&end.len()) && end.chars().any(|letter| letter.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_the_extension_of_their_content() {
        let png = b"\x89PNG\r\n\x1a\n";
        assert_eq!(image_name("baboon", png), "baboon.png");
        assert_eq!(image_name("a/0001.jpg", png), "a/0001.jpg");
        assert_eq!(image_name("3.14", png), "3.14.png");
        assert_eq!(image_name("notes", b"text"), "notes");
    }
}
