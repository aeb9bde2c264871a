//! Blocks of a file from its end on, with the places of wanted serial numbers in them. Two threads
//! take turns: each reads a block and searches it while it is in the processor's cache.

use std::io;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{Builder, Scope};

use super::{ReadAt, Source};
use crate::logsearch::pattern::{BEHIND, Pattern, Piece, Wanted};

const THREADS: u64 = 2;

/// Of a thread: one is looked at by the receiver, one is filled.
const BUFFERS: usize = 2;

/// A part of a file, and what surrounds it as far as that decides about what stands in the part.
#[derive(Default)]
pub(super) struct Block {
    bytes: Vec<u8>,
    start: u64,
    last: bool,
    /// Which of the wanted serial numbers end where.
    pub anchors: Vec<(usize, usize)>,
}

impl Block {
    pub(super) fn piece(&self) -> Piece<'_> {
        Piece { bytes: &self.bytes, start: self.start, last: self.last }
    }
}

/// The receiving end. Dropping it ends the reading.
pub(super) struct Blocks {
    threads: Vec<(Receiver<io::Result<Block>>, Sender<Block>)>,
    /// Whose turn it is.
    turn: usize,
}

impl Blocks {
    /// Hands over the block before the last one, if there is one.
    pub(super) fn next<T>(&mut self, take: impl FnOnce(&Block) -> io::Result<T>) -> io::Result<Option<T>> {
        let Some((full, empty)) = self.threads.get(self.turn) else { return Ok(None) };
        let Ok(block) = full.recv() else { return Ok(None) };
        let block = block?;
        let taken = take(&block)?;
        // Fails when the thread has read all of its blocks.
        let _ = empty.send(block);
        self.turn = (self.turn + 1) % self.threads.len();
        Ok(Some(taken))
    }
}

/// What all threads work on.
pub(super) struct Job<'a, F> {
    pub source: Source<'a, F>,
    pub pattern: &'a Pattern,
    pub wanted: &'a Wanted<'a>,
    /// Bytes of a block.
    pub size: u64,
}

/// The newest lines have the answer as a rule: so many blocks are searched without threads, and in
/// small parts.
const NEWEST: u64 = 2;
const SMALL: u64 = 128 << 10;

impl<F: ReadAt> Job<'_, F> {
    /// Gives the last blocks to `take` until that says it is enough. Returns where the blocks end
    /// that were not read.
    pub(super) fn newest(&self, mut take: impl FnMut(&Block) -> io::Result<bool>) -> io::Result<u64> {
        let lowest = self.source.length.saturating_sub(NEWEST * self.size);
        let size = self.size.min(SMALL);
        let (mut end, mut block) = (self.source.length, self.buffer(size));
        while end > lowest {
            block = self.fill(block, end, size)?;
            end = end.saturating_sub(size);
            if take(&block)? {
                return Ok(0);
            }
        }
        Ok(end)
    }

    /// Begins to read what is before `end`. The memory is that of the calling thread, so that
    /// the next file can have it.
    pub(super) fn start<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        end: u64,
    ) -> io::Result<Blocks> {
        let count = end.div_ceil(self.size).min(THREADS);
        let threads = (0..count).map(|first| {
            let (full, blocks) = sync_channel(BUFFERS);
            let (empty, buffers) = channel();
            for _ in 0..BUFFERS {
                // The other end is right here.
                let _ = empty.send(self.buffer(self.size));
            }
            Builder::new().spawn_scoped(scope, move || self.work(first, end, &buffers, &full))?;
            Ok((blocks, empty))
        });
        Ok(Blocks { threads: threads.collect::<io::Result<_>>()?, turn: 0 })
    }

    fn buffer(&self, size: u64) -> Block {
        let bytes = Vec::with_capacity(size as usize + BEHIND + self.pattern.margin());
        Block { bytes, ..Block::default() }
    }

    fn work(&self, first: u64, end: u64, buffers: &Receiver<Block>, full: &SyncSender<io::Result<Block>>) {
        for number in (first..end.div_ceil(self.size)).step_by(THREADS as usize) {
            let Ok(block) = buffers.recv() else { return };
            let outcome = self.fill(block, end - number * self.size, self.size);
            let failed = outcome.is_err();
            if full.send(outcome).is_err() || failed {
                return;
            }
        }
    }

    fn fill(&self, mut block: Block, end: u64, size: u64) -> io::Result<Block> {
        let begin = end.saturating_sub(size);
        let start = begin.saturating_sub(BEHIND as u64);
        let stop = self.source.length.min(end + self.pattern.margin() as u64);
        block.bytes.resize((stop - start) as usize, 0);
        self.source.read_at(start, &mut block.bytes)?;
        (block.start, block.last) = (start, stop == self.source.length);
        let range = (begin - start) as usize..(end - start) as usize;
        block.anchors = self.pattern.anchors(&block.piece(), range, self.wanted);
        Ok(block)
    }
}
