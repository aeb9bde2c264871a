//! Any bytes as a log: no panic, and the size of the blocks makes no difference.
#![no_main]

use getad::logsearch::{Keys, backward};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, bool, Vec<u8>)| {
    let (block, multiline, log) = input;
    let keys = Keys { serial: "SERIAL='".into(), fn_number: "ФН=".into(), multiline };
    let serials = ["1".to_owned(), "12".to_owned(), "A_1".to_owned()];
    let search = |block| {
        let mut hits = backward::newest(&log, &keys, &serials, block).expect("bytes can be read");
        hits.sort_by(|one, other| one.serial.cmp(&other.serial));
        hits
    };
    assert_eq!(search(usize::from(block)), search(backward::BLOCK));
});
