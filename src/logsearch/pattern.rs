//! What a key, a serial number and the number of an FN look like in the bytes of a log.
//!
//! Bytes are searched, never text: a log may hold bytes that are valid in no encoding, and a log
//! program that crashed leaves NUL bytes. Keys are looked for as UTF-8 and as Windows-1251, both
//! in the same file, or as UTF-16 LE in a file that begins with its mark. Numbers are ASCII in all
//! of them.

use std::ops::Range;

use encoding_rs::WINDOWS_1251;
use memchr::memmem::Finder;

use super::Keys;

/// Bytes before a place that say whether a word begins there: the longest UTF-8 character.
pub(super) const BEHIND: usize = 4;

/// Characters of the longest serial or FN number that is taken for one.
const LONGEST: usize = 64;

/// Digits of the number of an FN. One that the end of the file cuts off may lack some.
const FN_DIGITS: usize = 16;

/// Bytes that are searched for one thing before the next thing is looked for.
const STEP: usize = 4096;

/// Bytes of a file that lie next to each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    pub bytes: &'a [u8],
    /// Place of the first byte in the file.
    pub start: u64,
    /// Nothing follows in the file.
    pub last: bool,
}

/// What follows a serial number.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The number of the FN, and where its key begins.
    Fn(String, usize),
    /// Another register, the end of the line or of the file.
    Nothing,
    /// The piece does not tell; go on from this place.
    Unknown(usize),
}

/// Keys as bytes.
pub(super) struct Pattern {
    width: usize,
    multiline: bool,
    serials: Vec<Key>,
    fns: Vec<Key>,
}

impl Pattern {
    pub(super) fn new(keys: &Keys, wide: bool) -> Self {
        let width = if wide { 2 } else { 1 };
        let variants = |text: &str| Key::variants(text, width);
        let (serials, fns) = (variants(&keys.serial), variants(&keys.fn_number));
        Self { width, multiline: keys.multiline, serials, fns }
    }

    /// Bytes, from the begin of a key, that decide what stands there.
    pub(super) fn margin(&self) -> usize {
        let longest = self.serials.iter().chain(&self.fns).map(|key| key.bytes.len()).max();
        longest.unwrap_or_default() + (LONGEST + 1) * self.width
    }

    /// Where `wanted` serial numbers end, in the order of the file: index and place.
    pub(super) fn anchors(&self, piece: &Piece, range: Range<usize>, wanted: &Wanted) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for (key, length) in &wanted.needles {
            let mut from = range.start;
            while let Some(at) = key.find(piece, from..range.end) {
                from = at + 1;
                let number = Word::at(piece, at + length, self.width);
                if let Some(index) = number.and_then(|number| wanted.index(&number)) {
                    found.push((index, at + length));
                }
            }
        }
        found.sort_unstable_by_key(|(_, at)| *at);
        found
    }

    /// The first FN after `from`, unless another register or, for pairs of one line, the end of
    /// the line comes before it. What bounds the search for the FN is looked for first, so two
    /// serials never search the same bytes.
    pub(super) fn after(&self, piece: &Piece, from: usize) -> Next {
        let margin = if piece.last { 0 } else { self.margin() };
        let end = piece.bytes.len().saturating_sub(margin);
        let mut at = from;
        while at < end {
            let stop = end.min(at + STEP);
            let serial = first(&self.serials, piece, at..stop);
            let limit = serial.unwrap_or(stop);
            let line_end = if self.multiline { None } else { self.line_feed(piece, at..limit) };
            if let Some((number, place)) = self.first_fn(piece, at..line_end.unwrap_or(limit)) {
                return Next::Fn(number, place);
            }
            if serial.is_some() || line_end.is_some() {
                return Next::Nothing;
            }
            at = stop;
        }
        if piece.last { Next::Nothing } else { Next::Unknown(at) }
    }

    fn first_fn(&self, piece: &Piece, range: Range<usize>) -> Option<(String, usize)> {
        let firsts = self.fns.iter().filter_map(|key| {
            let mut from = range.start;
            while let Some(at) = key.find(piece, from..range.end) {
                from = at + 1;
                let number = Word::at(piece, at + key.bytes.len(), self.width);
                if let Some(number) = number.and_then(Word::into_fn_number) {
                    return Some((number, at));
                }
            }
            None
        });
        firsts.min_by_key(|(_, at)| *at)
    }

    fn line_feed(&self, piece: &Piece, range: Range<usize>) -> Option<usize> {
        let bytes = piece.bytes.get(..range.end)?;
        let places = memchr::memchr_iter(b'\n', bytes.get(range.start..)?).map(|at| range.start + at);
        places.into_iter().find(|at| self.is_line_feed(piece, *at))
    }

    /// The last end of a line in the piece.
    pub(super) fn last_line_feed(&self, piece: &Piece) -> Option<usize> {
        memchr::memrchr_iter(b'\n', piece.bytes).find(|at| self.is_line_feed(piece, *at))
    }

    fn is_line_feed(&self, piece: &Piece, at: usize) -> bool {
        self.width == 1 || unit(piece, at, 2) == Some(u16::from(b'\n'))
    }

    /// Bytes of a character, or of its half.
    pub(super) fn width(&self) -> usize {
        self.width
    }
}

/// Serial numbers that are looked for, and the bytes by which they are found.
pub(super) struct Wanted<'a> {
    serials: Vec<&'a str>,
    /// Key and what all serials have in common at their begin, and the length of the key alone.
    needles: Vec<(Key, usize)>,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(pattern: &Pattern, serials: &[&'a str]) -> Self {
        let common = common_start(serials);
        let needles = pattern.serials.iter().map(|key| {
            let mut bytes = key.bytes.clone();
            bytes.extend(encode(common, pattern.width));
            (Key::new(bytes, key.begins_word, pattern.width), key.bytes.len())
        });
        Self { needles: needles.collect(), serials: serials.to_vec() }
    }

    pub(super) fn count(&self) -> usize {
        self.serials.len()
    }

    pub(super) fn serial(&self, index: usize) -> Option<&'a str> {
        self.serials.get(index).copied()
    }

    fn index(&self, number: &Word) -> Option<usize> {
        self.serials.iter().position(|serial| serial.as_bytes() == number.bytes())
    }
}

fn common_start<'a>(texts: &[&'a str]) -> &'a str {
    let Some((first, others)) = texts.split_first() else { return "" };
    let length = others.iter().fold(first.len(), |length, other| {
        let same = first.bytes().zip(other.bytes()).take_while(|(one, another)| one == another);
        length.min(same.count())
    });
    let length = (0..=length).rev().find(|end| first.is_char_boundary(*end));
    first.get(..length.unwrap_or_default()).unwrap_or_default()
}

/// A key in one encoding.
struct Key {
    bytes: Vec<u8>,
    finder: Finder<'static>,
    /// Its first character belongs to a word, so that no word may reach into it from the left.
    begins_word: bool,
    width: usize,
}

impl Key {
    fn variants(text: &str, width: usize) -> Vec<Self> {
        let begins_word = text.chars().next().is_some_and(is_word);
        let mut encoded = vec![encode(text, width)];
        let (old, _, lossy) = WINDOWS_1251.encode(text);
        if width == 1 && !text.is_ascii() && !lossy {
            encoded.push(old.into_owned());
        }
        encoded.into_iter().map(|bytes| Self::new(bytes, begins_word, width)).collect()
    }

    fn new(bytes: Vec<u8>, begins_word: bool, width: usize) -> Self {
        let finder = Finder::new(&bytes).into_owned();
        Self { bytes, finder, begins_word, width }
    }

    /// Its first place that begins in `range`.
    fn find(&self, piece: &Piece, range: Range<usize>) -> Option<usize> {
        let end = piece.bytes.len().min(range.end + self.bytes.len() - 1);
        let mut from = range.start;
        while let Some(found) = piece.bytes.get(from..end).and_then(|rest| self.finder.find(rest)) {
            let at = from + found;
            if self.stands_alone(piece, at) {
                return Some(at);
            }
            from = at + 1;
        }
        None
    }

    fn stands_alone(&self, piece: &Piece, at: usize) -> bool {
        aligned(piece, at, self.width) && !(self.begins_word && word_ends_at(piece, at, self.width))
    }
}

/// First place of any of the keys.
fn first(keys: &[Key], piece: &Piece, range: Range<usize>) -> Option<usize> {
    keys.iter().filter_map(|key| key.find(piece, range.clone())).min()
}

fn encode(text: &str, width: usize) -> Vec<u8> {
    match width {
        1 => text.as_bytes().to_vec(),
        _ => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
    }
}

fn aligned(piece: &Piece, at: usize, width: usize) -> bool {
    width == 1 || (piece.start + at as u64).is_multiple_of(2)
}

fn unit(piece: &Piece, at: usize, width: usize) -> Option<u16> {
    if width == 1 {
        return piece.bytes.get(at).copied().map(u16::from);
    }
    let pair = piece.bytes.get(at..at + 2).filter(|_| aligned(piece, at, 2))?;
    pair.try_into().ok().map(u16::from_le_bytes)
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The character before `at` belongs to a word.
fn word_ends_at(piece: &Piece, at: usize, width: usize) -> bool {
    if width == 2 {
        let before = at.checked_sub(2).and_then(|at| unit(piece, at, 2));
        return before.and_then(|unit| char::from_u32(unit.into())).is_some_and(is_word);
    }
    let before = piece.bytes.get(at.saturating_sub(BEHIND)..at).unwrap_or_default();
    let Some(&last) = before.last() else { return false };
    if last.is_ascii() {
        return is_word(last.into());
    }
    let utf8 = (2..=before.len()).find_map(|length| {
        let text = std::str::from_utf8(before.get(before.len() - length..)?).ok()?;
        text.chars().next_back()
    });
    let old = || WINDOWS_1251.decode_without_bom_handling(&[last]).0.chars().next();
    utf8.or_else(old).is_some_and(is_word)
}

/// Letters and digits of a number, all of them.
struct Word {
    units: [u8; LONGEST],
    length: usize,
    /// The file ends right behind it, so more may be about to be written.
    cut: bool,
}

impl Word {
    fn at(piece: &Piece, mut at: usize, width: usize) -> Option<Self> {
        let mut word = Self { units: [0; LONGEST], length: 0, cut: false };
        loop {
            let next = unit(piece, at, width);
            word.cut = next.is_none();
            let Some(letter) = next
                .and_then(|unit| u8::try_from(unit).ok())
                .filter(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            else {
                return (word.length > 0).then_some(word);
            };
            *word.units.get_mut(word.length)? = letter;
            word.length += 1;
            at += width;
        }
    }

    fn bytes(&self) -> &[u8] {
        self.units.get(..self.length).unwrap_or_default()
    }

    /// Digits only, and not all zero as from a register without an FN.
    fn into_fn_number(self) -> Option<String> {
        let digits = self.bytes();
        let whole = !self.cut || digits.len() == FN_DIGITS;
        let number = digits.iter().all(u8::is_ascii_digit) && digits.iter().any(|digit| *digit != b'0');
        (whole && number).then(|| String::from_utf8_lossy(digits).into_owned())
    }
}
