//! Blocks that are searched side by side: which of them is done first makes no difference.

use std::io;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use super::{ReadAt, atol, backward};

const BLOCK: usize = 128;
/// A block is read with what surrounds it; the begin of a line is looked for in less.
const BLOCK_ALONE: usize = BLOCK * 3 / 2;
/// Far more than a thread needs to get its turn.
const PATIENCE: Duration = Duration::from_secs(20);

/// A file whose second block is read when the first one, the older, has been.
struct OlderFirst {
    log: Vec<u8>,
    older_is_read: Mutex<bool>,
    told: Condvar,
    older_is_broken: bool,
}

impl OlderFirst {
    /// An older and a newer pair of one register, a block each, before what is searched first.
    fn new(older_is_broken: bool) -> Self {
        let block = |text: &str| format!("{text:<width$}\n", width = BLOCK - 1);
        let pairs = block("serialNumber=1 fnNumber=7") + &block("serialNumber=1 fnNumber=8");
        let log = pairs + &block("").repeat(2);
        Self {
            log: log.into_bytes(),
            older_is_read: Mutex::new(false),
            told: Condvar::new(),
            older_is_broken,
        }
    }

    fn fn_of_the_register(&self) -> String {
        let hits = backward::newest(self, &atol(), &["1".into()], BLOCK).unwrap();
        hits.into_iter().map(|hit| hit.fn_serial).collect()
    }
}

impl ReadAt for OlderFirst {
    fn length(&self) -> io::Result<u64> {
        self.log.length()
    }

    fn read_at(&self, place: u64, bytes: &mut [u8]) -> io::Result<usize> {
        let (is_block, place_in_file) = (bytes.len() > BLOCK_ALONE, place as usize);
        if is_block && place == 0 {
            *self.older_is_read.lock().unwrap() = true;
            self.told.notify_all();
            if self.older_is_broken {
                return Err(io::Error::other("broken"));
            }
        } else if is_block && place_in_file < BLOCK {
            let read = self.older_is_read.lock().unwrap();
            let (_read, wait) = self.told.wait_timeout_while(read, PATIENCE, |read| !*read).unwrap();
            assert!(!wait.timed_out(), "one thread does it all");
        }
        self.log.read_at(place, bytes)
    }
}

#[test]
fn the_newer_pair_wins_also_when_it_is_found_later() {
    assert_eq!(OlderFirst::new(false).fn_of_the_register(), "8");
}

#[test]
fn what_is_older_than_the_answer_need_not_be_readable() {
    assert_eq!(OlderFirst::new(true).fn_of_the_register(), "8");
}
