//! The tree of a crate's modules, from its `mod` declarations.

use std::collections::{HashMap, HashSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Expr, Ident, Item, ItemMacro, ItemMod, ItemUse, Lit, Meta, UseTree};

use crate::syntax::{Source, is_test};

/// The modules of one crate; the first is its root.
pub struct Tree<'a> {
    pub modules: Vec<Module<'a>>,
}

/// A module: a file, or a part of one.
pub struct Module<'a> {
    /// Which of the crate's files it is in.
    pub file: usize,
    pub parent: Option<usize>,
    pub items: &'a [Item],
    /// What each name in it stands for. A name may be of a module and of a function at once.
    pub names: HashMap<String, Vec<Definition>>,
    /// Paths of `use path::*`.
    pub globs: Vec<Vec<String>>,
    /// All identifiers in macro invocations: some of them are names that the macro defines.
    pub in_macros: HashSet<String>,
}

/// What a name in a module stands for: an item of some file, a module, or what another path names.
pub enum Definition {
    In(usize),
    Module(usize),
    Import(Vec<String>),
}

/// One name that a `use` item brings in.
pub struct Import {
    pub path: Vec<String>,
    /// `None` for `*`.
    pub name: Option<String>,
    pub line: usize,
}

impl<'a> Tree<'a> {
    /// The tree below the file `root`, such as `src/lib.rs`.
    pub fn new(files: &'a [Source], root: usize) -> Self {
        let mut tree = Self { modules: Vec::new() };
        tree.add(files, root, None, &files[root].syntax.items, &child_folder(&files[root].name, true));
        tree
    }

    /// Whether some module in `file` defines anything.
    pub fn defines(&self, file: usize) -> bool {
        let is_definition = |item: &Item| {
            !matches!(item, Item::Mod(_) | Item::Use(_) | Item::ExternCrate(_)) && !is_test(attributes(item))
        };
        self.modules.iter().any(|module| module.file == file && module.items.iter().any(is_definition))
    }

    /// Adds a module and those below it; `folder` is where the files of its children lie.
    fn add(
        &mut self,
        files: &'a [Source],
        file: usize,
        parent: Option<usize>,
        items: &'a [Item],
        folder: &str,
    ) -> usize {
        let id = self.modules.len();
        let (names, globs, in_macros) = Default::default();
        self.modules.push(Module { file, parent, items, names, globs, in_macros });
        for item in items.iter().filter(|item| !is_test(attributes(item))) {
            match item {
                Item::Mod(item) => self.add_child(files, id, item, folder),
                Item::Use(item) => self.add_imports(id, item),
                Item::Macro(item) => self.define_macro(id, item),
                _ => defined_name(item).into_iter().for_each(|name| self.define(id, name)),
            }
        }
        id
    }

    fn add_child(&mut self, files: &'a [Source], parent: usize, item: &'a ItemMod, folder: &str) {
        let name = item.ident.to_string();
        let child = match &item.content {
            Some((_, items)) => {
                let file = self.modules[parent].file;
                Some(self.add(files, file, Some(parent), items, &format!("{folder}/{name}")))
            }
            None => find_file(files, &files[self.modules[parent].file].name, item, folder).map(|file| {
                let below = child_folder(&files[file].name, false);
                self.add(files, file, Some(parent), &files[file].syntax.items, &below)
            }),
        };
        if let Some(child) = child {
            self.modules[parent].names.entry(name).or_default().push(Definition::Module(child));
        }
    }

    fn add_imports(&mut self, id: usize, item: &ItemUse) {
        for import in imports(item) {
            let module = &mut self.modules[id];
            match import.name {
                Some(name) => module.names.entry(name).or_default().push(Definition::Import(import.path)),
                None => module.globs.push(import.path),
            }
        }
    }

    fn define(&mut self, id: usize, name: String) {
        let file = self.modules[id].file;
        self.modules[id].names.entry(name).or_default().push(Definition::In(file));
    }

    fn define_macro(&mut self, id: usize, item: &ItemMacro) {
        let Some(name) = &item.ident else {
            return identifiers(&item.mac.tokens, &mut self.modules[id].in_macros);
        };
        self.define(id, name.to_string());
        if item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export")) {
            let file = self.modules[id].file;
            self.modules[0].names.entry(name.to_string()).or_default().push(Definition::In(file));
        }
    }
}

/// The file of `mod x;` in the file `parent`, among those that are known.
fn find_file(files: &[Source], parent: &str, item: &ItemMod, folder: &str) -> Option<usize> {
    let name = &item.ident;
    let candidates = match path_attribute(&item.attrs) {
        Some(path) => vec![format!("{}/{path}", parent.rsplit_once('/').map_or("", |(folder, _)| folder))],
        None => vec![format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")],
    };
    files.iter().position(|file| candidates.contains(&file.name))
}

/// `#[path = "…"]`.
fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("path")).find_map(|attribute| {
        let Meta::NameValue(pair) = &attribute.meta else { return None };
        match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        }
    })
}

/// Where the files of the modules that the file `name` declares lie.
fn child_folder(name: &str, is_root: bool) -> String {
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
    if is_root || file == "mod.rs" { folder.to_owned() } else { name.trim_end_matches(".rs").to_owned() }
}

/// All names that a `use` item brings in.
pub fn imports(item: &ItemUse) -> Vec<Import> {
    let mut found = Vec::new();
    flatten(&item.tree, &mut Vec::new(), &mut found);
    found
}

fn flatten(tree: &UseTree, path: &mut Vec<String>, found: &mut Vec<Import>) {
    match tree {
        UseTree::Path(part) => {
            path.push(part.ident.to_string());
            flatten(&part.tree, path, found);
            path.pop();
        }
        UseTree::Name(part) => found.push(import(path, &part.ident, None)),
        UseTree::Rename(part) => found.push(import(path, &part.ident, Some(&part.rename))),
        UseTree::Glob(glob) => {
            let line = glob.star_token.span.start().line;
            found.push(Import { path: path.clone(), name: None, line });
        }
        UseTree::Group(group) => group.items.iter().for_each(|item| flatten(item, path, found)),
    }
}

/// `path::last`, under another name where one is given; `path::self` is `path`.
fn import(path: &[String], last: &Ident, name: Option<&Ident>) -> Import {
    let mut path = path.to_vec();
    if last != "self" {
        path.push(last.to_string());
    }
    let name = name.map(ToString::to_string).or_else(|| path.last().cloned());
    Import { path, name, line: last.span().start().line }
}

fn identifiers(tokens: &TokenStream, found: &mut HashSet<String>) {
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(name) => _ = found.insert(name.to_string()),
            TokenTree::Group(group) => identifiers(&group.stream(), found),
            _ => {}
        }
    }
}

fn defined_name(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// The attributes of an item.
pub fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
