//! The newest pairs of one file, from its end.
//!
//! The file is read in blocks, each once, and only so far back as pairs are missing. In a block
//! the wanted serial numbers are found first; from the last of them on it is then looked forward,
//! for the FN that belongs to it. That way is short as a rule; where it leads out of the block
//! into what was read before, these bytes are read again.

use std::io::{self, Read, Seek, SeekFrom};

use chrono::NaiveDateTime;

use super::pattern::{BEHIND, Next, Pattern, Piece, Wanted};
use super::{Hit, Keys};

/// Bytes that are read at once: large enough for the system to be quick, small enough to be
/// searched in the processor's cache.
pub const BLOCK: usize = 256 << 10;

/// Bytes before a number in which the begin of its line is looked for; a longer line has no time.
const LONGEST_LINE: u64 = 1 << 20;

/// Characters that a time stamp at the begin of a line may have.
const STAMP: usize = 32;

const UTF16_LE: [u8; 2] = [0xFF, 0xFE];
const UTF8: &str = "\u{FEFF}";

/// The newest pair of each of `serials` in a file, which is read in blocks of `block` bytes.
///
/// # Errors
/// What reading gives; `UnexpectedEof` when the file became shorter meanwhile. What was found
/// until then is not given: what replaced it may be newer.
pub fn newest(file: impl Read + Seek, keys: &Keys, serials: &[String], block: usize) -> io::Result<Vec<Hit>> {
    if keys.serial.is_empty() || keys.fn_number.is_empty() {
        return Ok(Vec::new());
    }
    let mut source = Source::open(file)?;
    let pattern = Pattern::new(keys, source.is_utf16()?);
    let serials: Vec<&str> = serials.iter().map(String::as_str).filter(|serial| !serial.is_empty()).collect();
    let wanted = Wanted::new(&pattern, &serials);
    Search { source, pattern: &pattern, wanted, block: block.max(1), hits: Vec::new() }.run()
}

struct Search<'a, F> {
    source: Source<F>,
    pattern: &'a Pattern,
    wanted: Wanted<'a>,
    block: usize,
    hits: Vec<Hit>,
}

impl<F: Read + Seek> Search<'_, F> {
    /// A serial number belongs to the block in which the byte `BEHIND` places before it stands:
    /// so what is before it and what is behind it are both at hand, the latter kept from the
    /// block that was read before.
    fn run(mut self) -> io::Result<Vec<Hit>> {
        let overlap = BEHIND + self.pattern.margin();
        let mut buffer = vec![0; self.block + overlap];
        let (mut end, mut kept) = (self.source.length, 0);
        while end > 0 && !self.wanted.is_empty() {
            let start = end.saturating_sub(self.block as u64);
            let size = (end - start) as usize;
            buffer.copy_within(..kept, size);
            let (block, _) = buffer.split_at_mut(size);
            self.source.read_at(start, block)?;
            let filled = size + kept;
            let bytes = buffer.get(..filled).unwrap_or_default();
            let piece = Piece { bytes, start, last: end + kept as u64 == self.source.length };
            let from = if start == 0 { 0 } else { BEHIND };
            self.look(&piece, from..filled.min(size + BEHIND))?;
            (end, kept) = (start, filled.min(overlap));
        }
        Ok(self.hits)
    }

    fn look(&mut self, piece: &Piece, range: std::ops::Range<usize>) -> io::Result<()> {
        let anchors = self.pattern.anchors(piece, range, &self.wanted);
        let serials: Vec<_> = anchors.iter().map(|(index, at)| (self.wanted.serial(*index), *at)).collect();
        for (serial, at) in serials.into_iter().rev() {
            let Some(serial) = serial else { continue };
            if self.hits.iter().any(|hit| hit.serial == serial) {
                continue;
            }
            let Some((fn_serial, place)) = self.fn_after(piece, at)? else { continue };
            let time = match self.time_at(place)? {
                None => self.time_at(piece.start + at as u64)?,
                some => some,
            };
            self.wanted = self.wanted.without(self.pattern, serial);
            self.hits.push(Hit { serial: serial.to_owned(), fn_serial, time });
            if self.wanted.is_empty() {
                break;
            }
        }
        Ok(())
    }

    fn fn_after(&mut self, piece: &Piece, at: usize) -> io::Result<Option<(String, u64)>> {
        let mut place = piece.start;
        let mut next = self.pattern.after(piece, at);
        let mut buffer = Vec::new();
        loop {
            let from = match next {
                Next::Fn(number, at) => return Ok(Some((number, place + at as u64))),
                Next::Nothing => return Ok(None),
                Next::Unknown(at) => place + at as u64,
            };
            place = from.saturating_sub(BEHIND as u64);
            let end = self.source.length.min(from + (self.block + self.pattern.margin()) as u64);
            buffer.resize((end - place) as usize, 0);
            self.source.read_at(place, &mut buffer)?;
            let piece = Piece { bytes: &buffer, start: place, last: end == self.source.length };
            next = self.pattern.after(&piece, (from - place) as usize);
        }
    }

    /// The time stamp of the line in which `place` is.
    fn time_at(&mut self, place: u64) -> io::Result<Option<NaiveDateTime>> {
        let Some(start) = self.line_start(place)? else { return Ok(None) };
        let size = (self.source.length - start).min((STAMP * self.pattern.width()) as u64);
        let mut bytes = vec![0; size as usize];
        self.source.read_at(start, &mut bytes)?;
        let text: String = match self.pattern.width() {
            1 => String::from_utf8_lossy(&bytes).into_owned(),
            _ => encoding_rs::UTF_16LE.decode_without_bom_handling(&bytes).0.into_owned(),
        };
        Ok(stamp(text.strip_prefix(UTF8).unwrap_or(&text)))
    }

    fn line_start(&mut self, place: u64) -> io::Result<Option<u64>> {
        let lowest = place.saturating_sub(LONGEST_LINE);
        let mut buffer = vec![0; 4 << 10];
        let mut end = place;
        while end > lowest {
            let start = end.saturating_sub(buffer.len() as u64).max(lowest);
            let (bytes, _) = buffer.split_at_mut((end - start) as usize);
            self.source.read_at(start, bytes)?;
            if let Some(at) = self.pattern.last_line_feed(&Piece { bytes, start, last: false }) {
                return Ok(Some(start + (at + self.pattern.width()) as u64));
            }
            end = start;
        }
        Ok((lowest == 0).then_some(0))
    }
}

/// `[2026-11-21 13:45:10,123]` at the begin of a line.
fn stamp(line: &str) -> Option<NaiveDateTime> {
    let (text, _) = line.strip_prefix('[')?.split_once(']')?;
    let text = text.replace(',', ".");
    NaiveDateTime::parse_from_str(text.trim(), "%Y-%m-%d %H:%M:%S%.f").ok()
}

/// A file as long as it was when it was opened.
struct Source<F> {
    file: F,
    length: u64,
}

impl<F: Read + Seek> Source<F> {
    fn open(mut file: F) -> io::Result<Self> {
        let length = file.seek(SeekFrom::End(0))?;
        Ok(Self { file, length })
    }

    fn is_utf16(&mut self) -> io::Result<bool> {
        let mut mark = [0; UTF16_LE.len()];
        if self.length < mark.len() as u64 {
            return Ok(false);
        }
        self.read_at(0, &mut mark)?;
        Ok(mark == UTF16_LE)
    }

    fn read_at(&mut self, place: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(place))?;
        self.file.read_exact(bytes)
    }
}
