//! The paths that a module's code writes: imports, types, expressions, patterns, and in macro calls.

use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, ItemMod, ItemUse, Macro, Path, TraitItem, Visibility};

use super::tree::{attributes, imports};
use crate::syntax::is_test;

/// A path, and where it stands.
#[derive(Debug, PartialEq)]
pub struct Mention {
    pub segments: Vec<String>,
    pub line: usize,
}

/// All paths in `items`, but not in modules below, nor in tests.
pub fn mentions(items: &[Item]) -> Vec<Mention> {
    let mut collector = Collector { found: Vec::new() };
    items.iter().for_each(|item| collector.visit_item(item));
    collector.found
}

struct Collector {
    found: Vec<Mention>,
}

impl<'a> Visit<'a> for Collector {
    fn visit_item(&mut self, item: &'a Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'a ImplItem) {
        if !matches!(item, ImplItem::Fn(function) if is_test(&function.attrs)) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_trait_item(&mut self, item: &'a TraitItem) {
        if !matches!(item, TraitItem::Fn(function) if is_test(&function.attrs)) {
            visit::visit_trait_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, _: &'a ItemMod) {}

    fn visit_attribute(&mut self, _: &'a Attribute) {}

    fn visit_visibility(&mut self, _: &'a Visibility) {}

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        for import in imports(item) {
            self.found.push(Mention { segments: import.path, line: import.line });
        }
    }

    fn visit_path(&mut self, path: &'a Path) {
        let segments = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let line = path.segments.first().map_or(0, |segment| segment.ident.span().start().line);
        self.add(segments, line);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'a Macro) {
        self.visit_path(&call.path);
        self.read_tokens(&call.tokens);
    }
}

impl Collector {
    /// Adds what is no import. There, a keyword alone names no item: the value `self`, or `pub(crate)` in a macro.
    fn add(&mut self, segments: Vec<String>, line: usize) {
        if segments.len() > 1 || !["crate", "self", "super"].contains(&segments[0].as_str()) {
            self.found.push(Mention { segments, line });
        }
    }

    /// Paths in the arguments of a macro, which may be no Rust: identifiers with `::` between them.
    fn read_tokens(&mut self, tokens: &TokenStream) {
        let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.read_tokens(&group.stream()),
                TokenTree::Ident(first) if !follows_a_dot(&tokens, at) => {
                    let mut segments = vec![first.to_string()];
                    while let Some(next) = after_colons(&tokens, at + 1) {
                        segments.push(next);
                        at += 3;
                    }
                    self.add(segments, first.span().start().line);
                }
                _ => {}
            }
            at += 1;
        }
    }
}

fn follows_a_dot(tokens: &[TokenTree], at: usize) -> bool {
    at > 0 && matches!(&tokens[at - 1], TokenTree::Punct(mark) if mark.as_char() == '.')
}

/// The identifier after `::`, if that is what stands at `at`.
fn after_colons(tokens: &[TokenTree], at: usize) -> Option<String> {
    match tokens.get(at..at + 3)? {
        [TokenTree::Punct(first), TokenTree::Punct(second), TokenTree::Ident(name)]
            if first.as_char() == ':' && first.spacing() == Spacing::Joint && second.as_char() == ':' =>
        {
            Some(name.to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        let file = syn::parse_file(text).unwrap();
        mentions(&file.items).into_iter().map(|mention| mention.segments.join("::")).collect()
    }

    #[test]
    fn imports_are_flattened() {
        assert_eq!(paths("use crate::a::{self, b::C, d as e};"), ["crate::a", "crate::a::b::C", "crate::a::d"]);
        assert_eq!(paths("pub use super::x::*;"), ["super::x"]);
    }

    #[test]
    fn paths_are_found_in_types_expressions_and_patterns() {
        let text = "fn f(a: super::A<crate::B>) -> Option<u8> { match a { self::c::D { .. } => crate::e::f() } }";
        for path in ["super::A", "crate::B", "self::c::D", "crate::e::f"] {
            assert!(paths(text).contains(&path.to_owned()), "{path}");
        }
    }

    #[test]
    fn paths_are_found_in_macro_calls() {
        let found = paths("fn f() { assert!(x.field == crate::a::b(super::c)); }");
        assert_eq!(found, ["assert", "x", "crate::a::b", "super::c"]);
        assert_eq!(
            paths("m! { pub(crate) struct A; pub(super) fn f(&self) }")[1..],
            ["pub", "struct", "A", "pub", "fn", "f"]
        );
    }

    #[test]
    fn tests_attributes_and_visibilities_do_not_count() {
        let text = "#[cfg(test)] use crate::a; #[cfg(test)] fn t() { crate::b() } pub(super) struct S; #[x(crate::c)] fn f() {}";
        assert_eq!(paths(text), [""; 0]);
    }

    #[test]
    fn a_mention_knows_its_line() {
        let file = syn::parse_file("\nuse crate::{\n    a,\n    b,\n};").unwrap();
        assert_eq!(mentions(&file.items).iter().map(|mention| mention.line).collect::<Vec<_>>(), [3, 4]);
    }
}
