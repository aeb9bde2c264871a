//! Blocks of a file, handed out from its end on, and the memory that one is read into.

use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{ReadAt, Source};
use crate::logsearch::pattern::{BEHIND, Pattern, Piece, Wanted};

/// The newest lines have the answer as a rule: so many blocks are searched without threads, and in
/// small parts.
const NEWEST: u64 = 2;
const SMALL: u64 = 128 << 10;

/// Bytes of a page of memory, and of the system's cache of files.
const PAGE: usize = 4096;

/// Hands out the blocks of a file, each once, the newest first. Numbers grow with the age.
pub(super) struct Order {
    length: u64,
    size: u64,
    next: AtomicU64,
}

impl Order {
    pub(super) fn new(length: u64, size: u64) -> Self {
        Self { length, size, next: AtomicU64::new(0) }
    }

    /// The next block of the newest lines.
    pub(super) fn next_of_newest(&self) -> Option<(u64, Range<u64>)> {
        (self.next.load(Ordering::Relaxed) < self.newest()).then(|| self.next()).flatten()
    }

    /// The next block: its number and place.
    pub(super) fn next(&self) -> Option<(u64, Range<u64>)> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        Some((number, self.range(number)?))
    }

    /// True when nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.range(self.next.load(Ordering::Relaxed)).is_none()
    }

    fn range(&self, number: u64) -> Option<Range<u64>> {
        let (small, newest) = (self.small(), self.newest());
        let size = if number < newest { small } else { self.size };
        let behind = number.min(newest) * small + number.saturating_sub(newest) * self.size;
        let end = self.length.checked_sub(behind).filter(|end| *end > 0)?;
        Some(end.saturating_sub(size)..end)
    }

    /// How many small blocks come first.
    fn newest(&self) -> u64 {
        NEWEST * self.size / self.small()
    }

    fn small(&self) -> u64 {
        self.size.min(SMALL)
    }
}

/// A part of a file, and what surrounds it as far as that decides about what stands in the part.
#[derive(Default)]
pub(super) struct Block {
    memory: Vec<u8>,
    /// What the memory holds of the file.
    filled: Range<usize>,
    start: u64,
    last: bool,
    /// Which of the wanted serial numbers end where.
    pub anchors: Vec<(usize, usize)>,
}

impl Block {
    pub(super) fn piece(&self) -> Piece<'_> {
        let bytes = self.memory.get(self.filled.clone()).unwrap_or_default();
        Piece { bytes, start: self.start, last: self.last }
    }

    /// Reads a part of a file and looks for the wanted serial numbers in it.
    pub(super) fn fill<F: ReadAt>(
        &mut self,
        source: Source<'_, F>,
        range: &Range<u64>,
        pattern: &Pattern,
        wanted: &Wanted,
    ) -> io::Result<()> {
        let start = range.start.saturating_sub(BEHIND as u64);
        let stop = source.length.min(range.end + pattern.margin() as u64);
        source.read_at(start, self.room(start, (stop - start) as usize))?;
        (self.start, self.last) = (start, stop == source.length);
        let range = (range.start - start) as usize..(range.end - start) as usize;
        self.anchors = pattern.anchors(&self.piece(), range, wanted);
        Ok(())
    }

    /// Memory for `count` bytes from `start` of the file on, which lies in its page as they lie in
    /// theirs: copying is up to five times slower on some processors where the two differ by a
    /// few bytes.
    fn room(&mut self, start: u64, count: usize) -> &mut [u8] {
        if self.memory.len() < count + PAGE {
            // Nothing of the old content is to be copied.
            self.memory = vec![0; count + PAGE];
        }
        let skipped = (start as usize).wrapping_sub(self.memory.as_ptr().addr()) % PAGE;
        self.filled = skipped..skipped + count;
        self.memory.get_mut(self.filled.clone()).unwrap_or_default()
    }
}
