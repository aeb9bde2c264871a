//! Any bytes as the driver's log: no panic, and a pair only where a number of an FN is.
#![no_main]

use getad::logsearch::driver::{each_line, journal::Journal};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|log: &[u8]| {
    let wanted = ["1".to_owned(), "12".to_owned()];
    let mut journal = Journal::new(&wanted);
    each_line(log, |line| journal.read(line)).expect("bytes can be read");
    let seen = journal.seen();
    assert!(seen.pairs <= seen.fns);
    for hit in journal.into_hits() {
        assert!(wanted.contains(&hit.serial) && hit.fn_serial.bytes().all(|byte| byte.is_ascii_digit()));
    }
});
