//! Turns a command line into an exit code: parse, resolve the surroundings, run, report.

use std::process::ExitCode;

fn main() -> ExitCode {
    getad::commands::main().into()
}
