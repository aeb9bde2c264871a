//! Tags, attributes and elements in the bytes of an answer, and where it begins and ends.

/// Names of an answer's outermost tag.
const ROOTS: [&[u8]; 2] = [b"OK", b"ERROR"];

/// Elements inside each other whose texts are followed; deeper ones count as text.
const DEPTH_LIMIT: usize = 32;

/// A name and its value, entities and character set untouched.
pub(super) type RawValue<'a> = (&'a [u8], Vec<u8>);

/// An answer in pieces.
pub(super) struct Scanned<'a> {
    /// Name of the outermost tag.
    pub(super) root: &'a [u8],
    /// Its attributes.
    pub(super) attributes: Vec<RawValue<'a>>,
    /// The elements inside it, at any depth, in the order of their opening tags.
    pub(super) children: Vec<RawValue<'a>>,
}

/// Takes an answer apart; `None` when its outermost tag is no answer's or is not closed.
pub(super) fn scan(bytes: &[u8]) -> Option<Scanned<'_>> {
    let start = root_start(bytes)?;
    let mut pieces = Pieces { rest: bytes.get(start..)? };
    let Some(Piece::Tag(tag)) = pieces.next() else { return None };
    let root = tag.name();
    let children = if tag.is_childless() { Vec::new() } else { children(pieces, root)? };
    Some(Scanned { root, attributes: tag.attributes(), children })
}

/// Follows an answer byte by byte and tells when its outermost tag has been closed.
#[derive(Debug, Default)]
pub struct Closing {
    tag: Option<Vec<u8>>,
    root: Option<Vec<u8>>,
    closed: bool,
}

impl Closing {
    /// Takes the next byte, from the `<` of the outermost tag on.
    pub fn push(&mut self, byte: u8) {
        match (&mut self.tag, byte) {
            _ if self.closed => {}
            (None, b'<') => self.tag = Some(Vec::new()),
            (None, _) => {}
            (Some(_), b'>') => self.end_tag(),
            (Some(tag), byte) => tag.push(byte),
        }
    }

    /// True when all of the answer's text has come.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    fn end_tag(&mut self) {
        let inner = self.tag.take().unwrap_or_default();
        let tag = Tag { inner: &inner };
        match &self.root {
            Some(root) => self.closed = tag.closes(root),
            None => {
                self.closed = tag.is_childless();
                self.root = Some(tag.name().to_vec());
            }
        }
    }
}

/// Where an answer begins: `<OK` or `<ERROR`, followed by the end of the name.
#[must_use]
pub fn root_start(bytes: &[u8]) -> Option<usize> {
    let brackets = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'<');
    brackets.map(|(at, _)| at).find(|&at| bytes.get(at + 1..).is_some_and(begins_root))
}

fn begins_root(after_bracket: &[u8]) -> bool {
    ROOTS.iter().any(|root| {
        let name = after_bracket.get(..root.len());
        let next = after_bracket.get(root.len());
        name.is_some_and(|name| name.eq_ignore_ascii_case(root)) && next.is_some_and(|byte| ends_name(*byte))
    })
}

/// True when the last bytes could become the beginning of an answer if more came.
#[must_use]
pub fn may_begin(bytes: &[u8]) -> bool {
    let Some(at) = bytes.iter().rposition(|byte| *byte == b'<') else { return false };
    let tail = bytes.get(at + 1..).unwrap_or_default();
    ROOTS.iter().any(|root| root.get(..tail.len()).is_some_and(|head| head.eq_ignore_ascii_case(tail)))
}

/// True for a byte that can stand behind the name of a tag.
#[must_use]
pub fn ends_name(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>')
}

enum Piece<'a> {
    Text(&'a [u8]),
    Tag(Tag<'a>),
}

/// Cuts an answer into tags and what stands between them.
struct Pieces<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let (piece, rest) = match self.rest.strip_prefix(b"<") {
            Some(after) => {
                let (inner, rest) = split_before(after, b'>')?;
                (Piece::Tag(Tag { inner }), rest.get(1..).unwrap_or_default())
            }
            None => {
                let (text, rest) = split_before(self.rest, b'<')?;
                (Piece::Text(text), rest)
            }
        };
        self.rest = rest;
        Some(piece)
    }
}

fn split_before(bytes: &[u8], end: u8) -> Option<(&[u8], &[u8])> {
    bytes.split_at_checked(bytes.iter().position(|byte| *byte == end)?)
}

/// A tag without its brackets.
#[derive(Clone, Copy)]
struct Tag<'a> {
    inner: &'a [u8],
}

impl<'a> Tag<'a> {
    /// Its name, without the slash of a closing tag.
    fn name(self) -> &'a [u8] {
        let bare = self.inner.strip_prefix(b"/").unwrap_or(self.inner).trim_ascii_start();
        let end = bare.iter().position(|byte| ends_name(*byte)).unwrap_or(bare.len());
        bare.get(..end).unwrap_or_default()
    }

    fn is_closing(self) -> bool {
        self.inner.starts_with(b"/")
    }

    fn is_childless(self) -> bool {
        self.inner.ends_with(b"/")
    }

    /// True when this ends an answer with such an outermost tag. The guide itself ends one with
    /// `</ANS>`.
    fn closes(self, root: &[u8]) -> bool {
        let endings = ROOTS.iter().copied().chain([root, b"ANS".as_slice()]);
        self.is_closing() && endings.into_iter().any(|name| self.name().eq_ignore_ascii_case(name))
    }

    fn attributes(self) -> Vec<RawValue<'a>> {
        let slash = usize::from(self.is_childless());
        let inner = self.inner.get(..self.inner.len() - slash).unwrap_or_default();
        let mut rest = inner.get(self.name().len()..).unwrap_or_default();
        let mut found = Vec::new();
        while let Some((name, value, after)) = next_attribute(rest) {
            found.push((name, value.to_vec()));
            rest = after;
        }
        found
    }
}

/// The first `NAME=VALUE` and what follows it; words without a value are skipped.
fn next_attribute(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (before, after) = split_before(bytes, b'=')?;
    let name = before.trim_ascii_end();
    let name_start = name.iter().rposition(u8::is_ascii_whitespace).map_or(0, |at| at + 1);
    let value = after.get(1..).unwrap_or_default().trim_ascii_start();
    let (value, rest) = match value.split_first() {
        Some((quote @ (b'\'' | b'"'), quoted)) => {
            let end = closing_quote(quoted, *quote);
            (quoted.get(..end)?, quoted.get(end + 1..).unwrap_or_default())
        }
        _ => value.split_at(value.iter().position(u8::is_ascii_whitespace).unwrap_or(value.len())),
    };
    Some((name.get(name_start..)?, value, rest))
}

/// Where a quoted value ends: at the first quote of its kind that is followed by another attribute
/// or by nothing, for quotes inside a value stand unescaped.
fn closing_quote(quoted: &[u8], quote: u8) -> usize {
    let quotes = quoted.iter().enumerate().filter(|(_, byte)| **byte == quote);
    let closing = quotes.map(|(at, _)| at).find(|at| quoted.get(at + 1..).is_none_or(continues_tag));
    closing.unwrap_or(quoted.len())
}

fn continues_tag(after_quote: &[u8]) -> bool {
    let rest = after_quote.trim_ascii_start();
    let name = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let next = rest.get(name..).unwrap_or_default().trim_ascii_start();
    rest.is_empty() || (name > 0 && next.starts_with(b"="))
}

/// The elements inside the outermost one; `None` when the outermost one is not closed.
fn children<'a>(pieces: Pieces<'a>, root: &[u8]) -> Option<Vec<RawValue<'a>>> {
    let mut elements = Elements::default();
    for piece in pieces {
        match piece {
            Piece::Text(bytes) => elements.add_text(bytes),
            Piece::Tag(tag) if tag.closes(root) => return Some(elements.finish()),
            Piece::Tag(tag) if tag.is_closing() => elements.close(tag.name()),
            Piece::Tag(tag) => elements.open(tag),
        }
    }
    None
}

/// Elements as their tags come. The text of an element is all between its tags, without the tags
/// inside; an element that is never closed has the text up to the next tag.
#[derive(Default)]
struct Elements<'a> {
    values: Vec<RawValue<'a>>,
    /// Those whose closing tag has not come yet, outermost first.
    open: Vec<Open>,
}

struct Open {
    /// Its place among the values.
    index: usize,
    /// Length of its text when the first tag inside it came.
    own: Option<usize>,
}

impl<'a> Elements<'a> {
    fn add_text(&mut self, bytes: &[u8]) {
        for element in &self.open {
            if let Some((_, text)) = self.values.get_mut(element.index) {
                text.extend_from_slice(bytes);
            }
        }
    }

    fn open(&mut self, tag: Tag<'a>) {
        for element in &mut self.open {
            let length = self.values.get(element.index).map_or(0, |(_, text)| text.len());
            element.own.get_or_insert(length);
        }
        if !tag.is_childless() && self.open.len() < DEPTH_LIMIT {
            self.open.push(Open { index: self.values.len(), own: None });
        }
        self.values.push((tag.name(), Vec::new()));
    }

    /// Closes the innermost element of the name, and leaves those inside it unclosed for good.
    fn close(&mut self, name: &[u8]) {
        let values = &self.values;
        let is_named =
            |element: &Open| values.get(element.index).is_some_and(|(own, _)| own.eq_ignore_ascii_case(name));
        if let Some(at) = self.open.iter().rposition(is_named) {
            self.abandon(at + 1);
            self.open.pop();
        }
    }

    fn finish(mut self) -> Vec<RawValue<'a>> {
        self.abandon(0);
        self.values
    }

    fn abandon(&mut self, from: usize) {
        for element in self.open.drain(from..) {
            if let (Some((_, text)), Some(own)) = (self.values.get_mut(element.index), element.own) {
                text.truncate(own);
            }
        }
    }
}
