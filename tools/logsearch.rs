//! Searches logs the way `validate-fn` does, for measuring: prints the pairs that it finds.
//!
//!     logsearch SERIAL_KEY FN_KEY SERIAL[,SERIAL…] FILE…
//!     logsearch --driver SERIAL[,SERIAL…] FILE…
#![allow(clippy::print_stdout, reason = "printing is its job")]

use std::path::PathBuf;
use std::process::ExitCode;

use getad::logsearch::{Found, Keys, driver, search};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let found = match &arguments[..] {
        [option, serials, files @ ..] if option == "--driver" => {
            driver::search(&paths(files), &list(serials))
        }
        [serial, fn_number, serials, files @ ..] => {
            let multiline = fn_number.starts_with("FN=");
            let keys = Keys { serial: serial.clone(), fn_number: fn_number.clone(), multiline };
            search(&paths(files), &keys, &list(serials))
        }
        _ => return ExitCode::from(2),
    };
    print(&found);
    if found.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn paths(files: &[String]) -> Vec<PathBuf> {
    files.iter().map(PathBuf::from).collect()
}

fn list(serials: &str) -> Vec<String> {
    serials.split(',').map(str::to_owned).collect()
}

fn print(found: &Found) {
    for pair in &found.pairs {
        let time = pair.time.map(|time| time.to_string()).unwrap_or_default();
        println!("{} {} {time} {}", pair.serial, pair.fn_serial, pair.file.display());
    }
    for problem in &found.problems {
        println!("{problem}");
    }
    println!("{} files", found.searched);
}
