//! How long files and functions may be.

use syn::visit::{self, Visit};
use syn::{Block, ImplItemFn, ItemFn, Signature, TraitItemFn};

use crate::syntax::Source;

/// A longer file is two.
const MAX_FILE: usize = 400;

/// A longer function is several; from the line of `fn` to that of its closing brace.
const MAX_FUNCTION: usize = 60;

/// A line for `file` if it is too long, and one for each function in it that is.
pub fn violations(file: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let lines = file.text.lines().count();
    if lines > MAX_FILE {
        found.push(format!("{} has {lines} lines, more than {MAX_FILE}: split it", file.name));
    }
    let mut functions = Functions { found: Vec::new() };
    functions.visit_file(&file.syntax);
    for Function { name, line, lines } in functions.found.into_iter().filter(|function| function.lines > MAX_FUNCTION) {
        found.push(format!("{}:{line}: fn {name} has {lines} lines, more than {MAX_FUNCTION}: split it", file.name));
    }
    found
}

struct Function {
    name: String,
    line: usize,
    lines: usize,
}

/// Collects all functions that are no part of a macro.
struct Functions {
    found: Vec<Function>,
}

impl Functions {
    fn add(&mut self, signature: &Signature, block: &Block) {
        let line = signature.fn_token.span.start().line;
        let last = block.brace_token.span.close().end().line;
        self.found.push(Function { name: signature.ident.to_string(), line, lines: last - line + 1 });
    }
}

impl<'a> Visit<'a> for Functions {
    fn visit_item_fn(&mut self, function: &'a ItemFn) {
        self.add(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'a ImplItemFn) {
        self.add(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'a TraitItemFn) {
        if let Some(block) = &function.default {
            self.add(&function.sig, block);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: String) -> Vec<String> {
        violations(&Source::parse("f.rs", text).unwrap())
    }

    /// `before`, `{`, and so many lines in all until the closing brace.
    fn block(before: &str, lines: usize) -> String {
        format!("{before} {{{}}}", "\n".repeat(lines - 1))
    }

    #[test]
    fn a_long_file_fails() {
        assert_eq!(found("\n".repeat(MAX_FILE)), [""; 0]);
        assert_eq!(found("\n".repeat(MAX_FILE + 1)), ["f.rs has 401 lines, more than 400: split it"]);
    }

    #[test]
    fn a_long_function_fails_wherever_it_is() {
        assert_eq!(found(block("\n/// About.\n#[test]\nfn f()", MAX_FUNCTION)), [""; 0]);
        let long = block("fn f()", MAX_FUNCTION + 1);
        let message = |line: usize| [format!("f.rs:{line}: fn f has 61 lines, more than 60: split it")];
        assert_eq!(found(long.clone()), message(1));
        assert_eq!(found(format!("impl A {{\n{long}\n}}")), message(2));
        assert_eq!(found(format!("trait A {{\nfn g();\n{long}\n}}")), message(3));
        assert_eq!(found(format!("#[cfg(test)]\nmod tests {{\n{long}\n}}")), message(3));
    }

    #[test]
    fn macro_bodies_do_not_count() {
        let long = block("fn f()", MAX_FUNCTION + 1);
        assert_eq!(found(format!("macro_rules! m {{ () => {{ {long} }} }}\nn! {{ {long} }}")), [""; 0]);
    }
}
