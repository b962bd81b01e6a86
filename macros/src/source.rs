//! Source files, each of which is read and parsed once.

use alloc::sync::Arc;
use core::mem::replace;
use std::{
    collections::{HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
    sync::{LazyLock, Mutex, OnceLock, PoisonError},
    time::SystemTime,
};
use syn::{
    ImplItemFn, ItemImpl, Meta,
    visit::{self, Visit},
};

/// A file as of the moment when it was read.
pub(crate) struct SourceFile {
    /// When it was written, and how long it was then.
    version: (SystemTime, u64),
    text: String,
    /// Where its lines begin.
    lines: Vec<usize>,
    /// Its presumable `impl` blocks, by their lines.
    blocks: Vec<Block>,
    methods: OnceLock<Methods>,
}

/// From a line that looks like the head of an `impl` block to one that looks like its end.
struct Block {
    indent: usize,
    head: usize,
    end: usize,
}

/// The names of methods that are memoized.
#[derive(Default)]
pub(crate) struct Methods {
    /// Those without a receiver, whose attribute does not say `method`.
    pub(crate) unsaid: HashSet<String>,
    /// Those of implementations of traits.
    pub(crate) of_traits: HashSet<String>,
}

/// The files that this compiler has read. A server that expands macros for an editor reads a file
/// again when it has changed.
static READ: LazyLock<Mutex<HashMap<PathBuf, Arc<SourceFile>>>> = LazyLock::new(Mutex::default);

impl SourceFile {
    pub(crate) fn of(path: &Path) -> Option<Arc<Self>> {
        let metadata = fs::metadata(path).ok()?;
        let version = (metadata.modified().ok()?, metadata.len());
        let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(source) = read.get(path).filter(|source| source.version == version) {
            return Some(source.clone());
        }
        let source = Arc::new(Self::new(version, fs::read_to_string(path).ok()?));
        read.insert(path.to_owned(), source.clone());
        Some(source)
    }

    fn new(version: (SystemTime, u64), text: String) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        let lines = [0].into_iter().chain(breaks).collect();
        let blocks = blocks(&text);
        Self { version, text, lines, blocks, methods: OnceLock::new() }
    }

    /// The lines above a line, which is counted from one, and the nearest one first.
    pub(crate) fn above(&self, line: usize) -> impl Iterator<Item = &str> {
        let before = self.lines.iter().take(line).rev();
        before.map(|&begin| self.text[begin..].lines().next().unwrap_or_default())
    }

    /// Whether a line, which is counted from one and begins in a column, may be in an `impl` block.
    /// The text of another form than usual may look as if it were not.
    pub(crate) fn may_be_in_an_impl_block(&self, line: usize, column: usize) -> bool {
        let at = line - 1;
        let mut around = self.blocks.iter().take_while(|block| block.head <= at);
        around.any(|block| at < block.end && block.indent + 1 < column)
    }

    /// Parsing a file takes time: it is for functions that are about to be refused.
    pub(crate) fn methods(&self) -> &Methods {
        self.methods.get_or_init(|| {
            let mut search = Search::default();
            if let Ok(file) = syn::parse_file(&self.text) {
                search.visit_file(&file);
            }
            search.found
        })
    }
}

fn blocks(text: &str) -> Vec<Block> {
    let (mut blocks, mut open) = (Vec::<Block>::new(), Vec::<usize>::new());
    for (at, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        let indent = line.chars().count() - trimmed.chars().count();
        if is_head_of_an_impl_block(trimmed) {
            open.push(blocks.len());
            blocks.push(Block { indent, head: at, end: usize::MAX });
        } else if trimmed.starts_with('}') {
            open.retain(|&block| {
                let ends = blocks[block].indent >= indent;
                if ends {
                    blocks[block].end = at;
                }
                !ends
            });
        }
    }
    blocks
}

pub(crate) fn is_head_of_an_impl_block(line: &str) -> bool {
    let line = line.strip_prefix("unsafe ").unwrap_or(line);
    line.strip_prefix("impl").is_some_and(|rest| rest.starts_with([' ', '<']))
}

/// Searches for methods that are memoized.
#[derive(Default)]
struct Search {
    /// Whether it is in an `impl` block of a trait.
    implements: bool,
    found: Methods,
}

impl<'ast> Visit<'ast> for Search {
    fn visit_item_impl(&mut self, block: &'ast ItemImpl) {
        let around = replace(&mut self.implements, block.trait_.is_some());
        visit::visit_item_impl(self, block);
        self.implements = around;
    }

    fn visit_impl_item_fn(&mut self, method: &'ast ImplItemFn) {
        let memoized = method.attrs.iter().map(|attribute| &attribute.meta);
        let mut memoized = memoized.filter(|attribute| is_memoize(attribute)).peekable();
        if memoized.peek().is_some() {
            let name = method.sig.ident.to_string();
            if self.implements {
                self.found.of_traits.insert(name.clone());
            }
            if method.sig.receiver().is_none() && memoized.any(is_without_method) {
                self.found.unsaid.insert(name);
            }
        }
        visit::visit_impl_item_fn(self, method);
    }
}

fn is_memoize(attribute: &Meta) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == "memoize")
}

fn is_without_method(attribute: &Meta) -> bool {
    match attribute {
        Meta::List(list) => !list.tokens.clone().into_iter().any(
            |token| matches!(token, proc_macro2::TokenTree::Ident(option) if option == "method"),
        ),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{Arc, Path, SourceFile, SystemTime};

    fn source(text: &str) -> SourceFile {
        SourceFile::new((SystemTime::UNIX_EPOCH, 0), text.to_owned())
    }

    #[test]
    fn a_file_is_read_once() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let (first, again) = (SourceFile::of(&file).unwrap(), SourceFile::of(&file).unwrap());
        assert!(Arc::ptr_eq(&first, &again));
        assert!(SourceFile::of(Path::new("no/such/file")).is_none());
    }

    #[test]
    fn lines_above_are_told_from_the_nearest_on() {
        let source = source("a\nb\n\nc");
        assert_eq!(source.above(2).collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(source.above(9).collect::<Vec<_>>(), ["c", "", "b", "a"]);
    }

    #[test]
    fn what_is_in_no_impl_block_is_seen_without_parsing() {
        let source = source(
            "impl<T> A\nwhere\n    T: B,\n{\n    fn a() {}\n}\n\n\
             mod b {\n    fn c() {}\n    unsafe impl D for E {\n        \
             fn f() {\n        }\n    }\n    fn g() {}\n}\nfn implied() {\n    fn h() {}\n}\n",
        );
        let inside = |line, column| source.may_be_in_an_impl_block(line, column);
        assert!(inside(5, 5) && inside(11, 9));
        assert!(!inside(9, 5) && !inside(14, 5) && !inside(17, 5) && !inside(1, 1));
    }

    #[test]
    fn methods_are_found_by_what_their_attribute_says() {
        let source = source(
            "impl A { #[memoize] fn a() {} #[memoize(method)] fn b() {} #[memoize] fn c(&self) {} }
             impl B for A { #[evermemo::memoize(skip(self))] fn d(&self) {} fn e() {} }",
        );
        let methods = source.methods();
        assert_eq!(methods.unsaid.iter().collect::<Vec<_>>(), ["a"]);
        assert_eq!(methods.of_traits.iter().collect::<Vec<_>>(), ["d"]);
    }
}
