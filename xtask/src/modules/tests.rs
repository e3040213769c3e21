use super::check::circles;
use crate::syntax::Source;

/// The messages of a crate with these files below its `src`.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let parse = |(name, text): &(&str, &str)| Source::parse(&format!("src/{name}"), (*text).to_owned()).unwrap();
    circles(&files.iter().map(parse).collect::<Vec<_>>())
}

#[test]
fn a_planted_circle_is_found_and_shown() {
    let files = [
        ("lib.rs", "mod a;\nmod b;\nmod c;"),
        ("a.rs", "use crate::b::B;\npub struct A(B);"),
        ("b.rs", "\npub struct B(Box<super::c::C>);"),
        ("c.rs", "use crate::a::{A, other};\npub struct C(A);"),
    ];
    let message = "imports run in a circle: src/a.rs, src/b.rs, src/c.rs\n  \
                   src/a.rs:1: use crate::b::B, which is in src/b.rs\n  \
                   src/b.rs:2: use super::c::C, which is in src/c.rs\n  \
                   src/c.rs:1: use crate::a::A, which is in src/a.rs";
    assert_eq!(found(&files), [message]);
}

#[test]
fn a_chain_is_no_circle() {
    let files = [
        ("lib.rs", "mod a;\nmod b;\nmod c;"),
        ("a.rs", "use crate::b::B;\nuse crate::c::C;\npub struct A(B, C);"),
        ("b.rs", "use crate::c::C;\npub struct B(C);"),
        ("c.rs", "pub struct C;"),
    ];
    assert_eq!(found(&files), [""; 0]);
}

#[test]
fn re_exports_are_followed_to_the_file_that_defines() {
    let inner = ("layers/mod.rs", "mod conv;\nmod linear;\npub use conv::Conv;\npub use linear::*;");
    let conv = ("layers/conv.rs", "use super::Linear;\npub struct Conv(Linear);");
    let chain = [
        ("lib.rs", "mod layers;\npub use layers::{Conv, Linear as Dense};"),
        inner,
        conv,
        ("layers/linear.rs", "pub struct Linear;"),
    ];
    assert_eq!(found(&chain), [""; 0], "a mod.rs that only re-exports is no node");
    let circle = [chain[0], inner, conv, ("layers/linear.rs", "pub struct Linear;\nfn f() -> crate::Conv {}")];
    assert_eq!(found(&circle).len(), 1);
    assert!(found(&circle)[0].contains("src/layers/linear.rs:2: use crate::Conv, which is in src/layers/conv.rs"));
    let renamed = [chain[0], inner, ("layers/conv.rs", "use crate::Dense;\npub struct Conv;"), circle[3]];
    assert_eq!(found(&renamed).len(), 1);
}

#[test]
fn a_child_that_uses_what_its_parent_defines_while_the_parent_uses_the_child_is_one() {
    let child = ("layers/conv.rs", "use super::Layer;\npub struct Conv;\nimpl Layer for Conv {}");
    let root = ("lib.rs", "pub mod layers;");
    let used = "mod conv;\nuse conv::Conv;\npub trait Layer {}\npub fn first() -> Conv {}";
    assert_eq!(found(&[root, ("layers/mod.rs", used), child]).len(), 1);
    let by_path = "mod conv;\npub trait Layer {}\npub fn first() -> impl Layer { conv::Conv }";
    assert_eq!(found(&[root, ("layers/mod.rs", by_path), child]).len(), 1);
    let declared = "mod conv;\npub trait Layer {}";
    assert_eq!(found(&[root, ("layers/mod.rs", declared), child]), [""; 0]);
}

#[test]
fn the_root_file_is_a_node_where_it_defines() {
    let a = ("a.rs", "use crate::Shared;\npub fn a(_: Shared) {}");
    assert_eq!(found(&[("lib.rs", "mod a;\npub struct Shared;\npub fn f() { a::a(Shared) }"), a]).len(), 1);
    assert_eq!(
        found(&[("lib.rs", "mod a;\nmod s;\npub use s::Shared;\npub use a::a;"), a, ("s.rs", "pub struct Shared;")]),
        [""; 0]
    );
}

#[test]
fn tests_do_not_count() {
    let a = ("a.rs", "use crate::b::B;\npub struct A(B);\n#[cfg(test)]\nmod tests;");
    let inline = ("b.rs", "pub struct B;\n#[cfg(test)]\nmod tests {\n    use crate::a::A;\n}");
    let files = [("lib.rs", "mod a;\nmod b;"), a, inline, ("a/tests.rs", "use super::*;\nuse crate::a::A;")];
    assert_eq!(found(&files), [""; 0]);
    let real = ("b.rs", "pub struct B;\nmod inner {\n    use crate::a::A;\n}");
    assert_eq!(found(&[files[0], a, real]).len(), 1);
}

#[test]
fn names_that_macros_define_belong_to_the_macros_file() {
    let kinds = ("kinds.rs", "choice! { Kind { A = \"a\", } }\nuse crate::user::f;");
    let through = ("lib.rs", "mod kinds;\nmod user;\npub use kinds::*;");
    assert_eq!(found(&[through, kinds, ("user.rs", "use crate::Kind;\npub fn f() {}")]).len(), 1);
    assert_eq!(found(&[through, kinds, ("user.rs", "use crate::kinds::Kind;\npub fn f() {}")]).len(), 1);
    assert_eq!(found(&[through, kinds, ("user.rs", "pub fn f(_: A) {}")]), [""; 0]);
}

#[test]
fn a_glob_counts_for_the_names_that_are_used() {
    let parent = ("p/mod.rs", "mod a;\nmod b;\npub use a::A;\npub use b::B;");
    let b = ("p/b.rs", "use super::*;\npub struct B(A);");
    let root = ("lib.rs", "mod p;");
    assert_eq!(found(&[root, parent, ("p/a.rs", "pub struct A;"), b]), [""; 0]);
    assert_eq!(found(&[root, parent, ("p/a.rs", "use super::B;\npub struct A;"), b]).len(), 1);
}

#[test]
fn a_path_attribute_leads_to_its_file() {
    let root = ("lib.rs", "#[path = \"other/x.rs\"]\nmod a;\nmod b;");
    let files = [root, ("other/x.rs", "use crate::b::B;\npub struct A;"), ("b.rs", "use crate::a::A;\npub struct B;")];
    assert_eq!(found(&files).len(), 1);
}

#[test]
fn local_names_and_other_crates_are_no_arrows() {
    let a = ("a.rs", "use crate::b::B;\nuse burn::b::A;\npub fn f() { let b = 1; g(b, std::b::x()); }");
    assert_eq!(
        found(&[("lib.rs", "mod a;\nmod b;"), a, ("b.rs", "use std::a::A;\npub struct B;\nfn g(a: u8) { a; }")]),
        [""; 0]
    );
}

#[test]
fn re_exports_in_a_circle_end() {
    let files = [
        ("lib.rs", "mod a;\nmod b;"),
        ("a.rs", "pub use crate::b::*;\nfn f(_: X) {}"),
        ("b.rs", "pub use crate::a::*;\nfn g(_: X) {}"),
    ];
    assert_eq!(found(&files).len(), 1, "each imports from the other's file");
}

#[test]
fn this_workspace_has_no_circles() {
    assert_eq!(super::check(), Ok(String::new()));
}
