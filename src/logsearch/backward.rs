//! The newest pairs of one file, from its end.
//!
//! The file is read in blocks, each once, and only so far back as pairs are missing. In a block
//! the wanted serial numbers are found first; from the last of them on it is then looked forward,
//! for the FN that belongs to it. That way is short as a rule; where it leads out of the block
//! into what was read before, these bytes are read again.

mod blocks;

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::Builder;

use chrono::NaiveDateTime;

use blocks::{Block, Order};

use super::pattern::{BEHIND, Next, Pattern, Piece, Wanted};
use super::{Hit, Keys};

/// Bytes that are read at once: large enough for the system to be quick, small enough to stay in
/// the processor's cache until they are searched.
pub const BLOCK: usize = 1 << 20;

/// How many blocks are read and searched side by side. A till has other work to do too.
const THREADS: usize = 2;

/// Bytes before a number in which the begin of its line is looked for; a longer line has no time.
const LONGEST_LINE: u64 = 1 << 20;

/// Bytes that are read forward at first, where an FN is expected to follow soon.
const FIRST_STEP: usize = 4 << 10;

/// Characters that a time stamp at the begin of a line may have.
const STAMP: usize = 32;

const UTF16_LE: [u8; 2] = [0xFF, 0xFE];
const UTF8: &str = "\u{FEFF}";

/// Bytes that are there as a whole, several readers at a time.
pub trait ReadAt: Sync {
    /// How many bytes there are.
    ///
    /// # Errors
    /// What the system says.
    fn length(&self) -> io::Result<u64>;

    /// Reads some bytes from `place` on; none at the end.
    ///
    /// # Errors
    /// What the system says.
    fn read_at(&self, place: u64, bytes: &mut [u8]) -> io::Result<usize>;
}

impl ReadAt for File {
    fn length(&self) -> io::Result<u64> {
        self.metadata().map(|metadata| metadata.len())
    }

    #[cfg(unix)]
    fn read_at(&self, place: u64, bytes: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, bytes, place)
    }

    #[cfg(windows)]
    fn read_at(&self, place: u64, bytes: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, bytes, place)
    }
}

impl ReadAt for Vec<u8> {
    fn length(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, place: u64, mut bytes: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(place).ok().and_then(|place| self.get(place..));
        io::Write::write(&mut bytes, rest.unwrap_or_default())
    }
}

/// The newest pair of each of `serials` in a file, which is read in blocks of `block` bytes.
///
/// # Errors
/// What reading gives; `UnexpectedEof` when the file became shorter meanwhile. What was found
/// until then is not given: what replaced it may be newer.
pub fn newest(file: &impl ReadAt, keys: &Keys, serials: &[String], block: usize) -> io::Result<Vec<Hit>> {
    if keys.serial.is_empty() || keys.fn_number.is_empty() {
        return Ok(Vec::new());
    }
    let source = Source { file, length: file.length()? };
    let pattern = Pattern::new(keys, source.is_utf16()?);
    let serials: Vec<&str> = serials.iter().map(String::as_str).filter(|serial| !serial.is_empty()).collect();
    let wanted = Wanted::new(&pattern, &serials);
    let order = Order::new(source.length, block.max(1) as u64);
    Search { source, pattern: &pattern, wanted: &wanted, order, found: Mutex::default() }.run()
}

struct Search<'a, F> {
    source: Source<'a, F>,
    pattern: &'a Pattern,
    wanted: &'a Wanted<'a>,
    order: Order,
    found: Mutex<Found>,
}

/// What is known so far, and in which block it was found.
#[derive(Default)]
struct Found {
    hits: Vec<(u64, Hit)>,
    /// The newest block that could not be read.
    failed: Option<(u64, io::Error)>,
}

impl<F: ReadAt> Search<'_, F> {
    fn run(self) -> io::Result<Vec<Hit>> {
        self.work(Order::next_of_newest);
        if !(self.order.is_empty() || self.is_over()) {
            std::thread::scope(|scope| {
                for _ in 1..THREADS {
                    let helper = Builder::new().spawn_scoped(scope, || self.work(Order::next));
                    helper.err().inspect(|error| log::debug!("searching alone: {error}"));
                }
                self.work(Order::next);
            });
        }
        self.conclude()
    }

    /// Searches the blocks that `next` gives until there are no more or nothing is missing.
    fn work(&self, next: impl Fn(&Order) -> Option<(u64, Range<u64>)>) {
        let mut block = Block::default();
        while !self.is_over() {
            let Some((number, range)) = next(&self.order) else { return };
            let filled = block.fill(self.source, &range, self.pattern, self.wanted);
            if let Err(error) = filled.and_then(|()| self.look(number, &block)) {
                self.found().fail(number, error);
            }
        }
    }

    fn is_over(&self) -> bool {
        let found = self.found();
        found.failed.is_some() || found.hits.len() == self.wanted.count()
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What cannot be read matters unless everything was found in what is newer.
    fn conclude(self) -> io::Result<Vec<Hit>> {
        let Found { mut hits, failed } = self.found.into_inner().unwrap_or_else(PoisonError::into_inner);
        hits.sort_by_key(|(number, _)| *number);
        let complete = hits.len() == self.wanted.count();
        let oldest = hits.last().map_or(0, |(number, _)| *number);
        match failed {
            Some((number, error)) if !complete || number < oldest => Err(error),
            _ => Ok(hits.into_iter().map(|(_, hit)| hit).collect()),
        }
    }

    /// Adds what a block has, unless a newer one has it too.
    fn look(&self, number: u64, block: &Block) -> io::Result<()> {
        let piece = &block.piece();
        for &(index, at) in block.anchors.iter().rev() {
            let Some(serial) = self.wanted.serial(index) else { continue };
            if self.found().knows(serial, number) {
                continue;
            }
            let Some((fn_serial, place)) = self.fn_after(piece, at)? else { continue };
            let time = match self.time_at(place)? {
                None => self.time_at(piece.start + at as u64)?,
                some => some,
            };
            self.found().add(number, Hit { serial: serial.to_owned(), fn_serial, time });
        }
        Ok(())
    }

    fn fn_after(&self, piece: &Piece, at: usize) -> io::Result<Option<(String, u64)>> {
        let mut place = piece.start;
        let mut next = self.pattern.after(piece, at);
        let (mut buffer, mut step) = (Vec::new(), FIRST_STEP);
        loop {
            let from = match next {
                Next::Fn(number, at) => return Ok(Some((number, place + at as u64))),
                Next::Nothing => return Ok(None),
                Next::Unknown(at) => place + at as u64,
            };
            place = from.saturating_sub(BEHIND as u64);
            let end = self.source.length.min(from + (step + self.pattern.margin()) as u64);
            step = BLOCK.min(step * 2);
            buffer.resize((end - place) as usize, 0);
            self.source.read_at(place, &mut buffer)?;
            let piece = Piece { bytes: &buffer, start: place, last: end == self.source.length };
            next = self.pattern.after(&piece, (from - place) as usize);
        }
    }

    /// The time stamp of the line in which `place` is.
    fn time_at(&self, place: u64) -> io::Result<Option<NaiveDateTime>> {
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

    fn line_start(&self, place: u64) -> io::Result<Option<u64>> {
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

impl Found {
    /// True when the pair of a register is known from this block or a newer one.
    fn knows(&self, serial: &str, number: u64) -> bool {
        self.hits.iter().any(|(known, hit)| hit.serial == serial && *known <= number)
    }

    fn add(&mut self, number: u64, hit: Hit) {
        if !self.knows(&hit.serial, number) {
            self.hits.retain(|(_, other)| other.serial != hit.serial);
            self.hits.push((number, hit));
        }
    }

    fn fail(&mut self, number: u64, error: io::Error) {
        if self.failed.as_ref().is_none_or(|(known, _)| number < *known) {
            self.failed = Some((number, error));
        }
    }
}

/// `[2026-11-21 13:45:10,123]` at the begin of a line.
fn stamp(line: &str) -> Option<NaiveDateTime> {
    let (text, _) = line.strip_prefix('[')?.split_once(']')?;
    let text = text.replace(',', ".");
    NaiveDateTime::parse_from_str(text.trim(), "%Y-%m-%d %H:%M:%S%.f").ok()
}

/// A file as long as it was when it was opened.
struct Source<'a, F> {
    file: &'a F,
    length: u64,
}

impl<F> Clone for Source<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for Source<'_, F> {}

impl<F: ReadAt> Source<'_, F> {
    fn is_utf16(&self) -> io::Result<bool> {
        let mut mark = [0; UTF16_LE.len()];
        if self.length < mark.len() as u64 {
            return Ok(false);
        }
        self.read_at(0, &mut mark)?;
        Ok(mark == UTF16_LE)
    }

    fn read_at(&self, mut place: u64, mut bytes: &mut [u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.file.read_at(place, bytes) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    place += count as u64;
                    bytes = bytes.get_mut(count..).unwrap_or_default();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
