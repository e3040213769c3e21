//! The words of code, documentation and recipes.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};

use super::vocabulary::{BEGINNINGS, EXCEPTIONS, NAMES, WORDS, Word};

/// A line for each word that `text` may not say, and each documentation in it that begins without a subject.
pub fn violations(name: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for word in words(line) {
            if let Some(banned) = WORDS.iter().find(|banned| matches(banned.pattern, &word)) {
                found.extend(complaint(name, number, &word, banned));
            }
        }
    }
    if name.ends_with(".rs") {
        found.extend(beginnings(name, text));
        let tokens = text.parse::<TokenStream>().unwrap_or_default();
        let mut identifiers = BTreeSet::new();
        collect(tokens, &mut identifiers);
        for (number, identifier) in identifiers {
            if let Some(banned) = NAMES.iter().find(|banned| banned.pattern == identifier) {
                found.extend(complaint(name, number, &identifier, banned));
            }
        }
    }
    found
}

fn complaint(name: &str, line: usize, word: &str, banned: &Word) -> Option<String> {
    let covers = |file: &str| name == file || (file.ends_with('/') && name.starts_with(file));
    let may = |pattern: &str| pattern == "*" || pattern == banned.pattern;
    let is_excepted = EXCEPTIONS.iter().any(|(file, pattern)| covers(file) && may(pattern));
    (!is_excepted).then(|| format!("{name}:{line}: '{word}': say {}", banned.instead))
}

/// Documentation whose first words are no subject.
fn beginnings(name: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_inside = false;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim_start();
        let documentation = line.strip_prefix("/// ").or_else(|| line.strip_prefix("//! "));
        if let Some(first) = documentation.filter(|_| !is_inside)
            && let Some(beginning) = BEGINNINGS.iter().find(|beginning| begins(first, beginning))
        {
            found.push(format!("{name}:{number}: the documentation begins with '{beginning}': say what it is"));
        }
        is_inside = line.starts_with("///") || line.starts_with("//!");
    }
    found
}

fn begins(text: &str, beginning: &str) -> bool {
    text.strip_prefix(beginning).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

fn matches(pattern: &str, word: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(stem) => word.starts_with(stem),
        None => word == pattern,
    }
}

/// The words of a line in lower case, and the parts of identifiers.
fn words(line: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut before = ' ';
    for letter in line.chars() {
        let continues = before.is_alphabetic() && !(before.is_lowercase() && letter.is_uppercase());
        if letter.is_alphabetic() {
            if !continues {
                found.push(String::new());
            }
            found.last_mut().expect("pushed above").extend(letter.to_lowercase());
        }
        before = letter;
    }
    found
}

/// All identifiers with their lines.
fn collect(tokens: TokenStream, found: &mut BTreeSet<(usize, String)>) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) => _ = found.insert((name.span().start().line, name.to_string())),
            TokenTree::Group(group) => collect(group.stream(), found),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_identifiers_fall_into_words() {
        assert_eq!(
            words("let pixel_judge = PixelJudge::new(l1x);"),
            ["let", "pixel", "judge", "pixel", "judge", "new", "l", "x"]
        );
    }

    #[test]
    fn private_words_and_british_spellings_are_found_in_code_and_prose() {
        let text = "/// Its colours.\nstruct NormalisedCanvas;\n// It was told.\n";
        let expected = [
            "f.rs:1: 'colours': say color",
            "f.rs:2: 'normalised': say normalize",
            "f.rs:2: 'canvas': say an image buffer",
            "f.rs:3: 'told': say given, conditioned on, said",
        ];
        assert_eq!(violations("f.rs", text), expected);
        assert_eq!(violations("f.md", "A judge of patches.").len(), 1);
    }

    #[test]
    fn like_words_pass() {
        assert_eq!(violations("f.rs", "/// Stylized colors, normally centered; synthesis.\nfn f() {}"), [""; 0]);
    }

    #[test]
    fn names_are_of_code_alone() {
        assert_eq!(violations("f.rs", "/// Look at the Hand of it.\nconst A: &str = \"Game\";"), [""; 0]);
        assert_eq!(violations("f.rs", "\nstruct Hand;"), ["f.rs:2: 'Hand': say StyleTarget"]);
        assert_eq!(violations("f.md", "Hand"), [""; 0]);
    }

    #[test]
    fn documentation_begins_with_what_it_is() {
        let expected = ["f.rs:2: the documentation begins with 'The same': say what it is"];
        assert_eq!(violations("f.rs", "/// An image.\n/// The same",), [""; 0]);
        assert_eq!(violations("f.rs", "struct A;\n/// The same of a batch.\nstruct B;"), expected);
        assert_eq!(violations("f.rs", "/// Thoseness."), [""; 0]);
    }
}
