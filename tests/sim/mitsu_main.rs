//! `mitsu-sim`: a simulated Mitsu 1-F register as a program, for demonstrations, for Wine and for
//! whatever cannot link the simulator.
//!
//! It prints one line per way in, `tcp ADDRESS` or `serial PATH`, as soon as a client may come, and
//! runs until its standard input is closed.

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

#[allow(dead_code, reason = "the program uses a part of what tests use")]
#[path = "mitsu.rs"]
mod mitsu;

use mitsu::{Ending, Fault, Server, Setup, When};

const USAGE: &str = "\
usage: mitsu-sim [--tcp ADDR:PORT] [--serial PATH] [--pty]     (without any: --tcp 127.0.0.1:0)
                 [--serial-number N] [--fn N] [--delay MS] [--fault NAME]...
faults: silence slow keep-open wrong-lrc truncate truncate-close reset garbage garbage-before junk
        echo big biggest etx etb ans never-read refuse";

/// Where the faults that stop halfway do so: inside the first attribute of any answer.
const HALFWAY: usize = 10;
/// Pause between bytes for the fault `slow`.
const SLOW: Duration = Duration::from_millis(20);
/// A text somewhat longer than the protocol allows a command.
const BIG: usize = 2048;
/// The longest text that a 16-bit length could announce.
const BIGGEST: usize = 65_535;
/// Bytes that make sense nowhere in the protocol: a stray STX, a letter of cp1251, NUL and 0xFF.
const GARBAGE: &[u8] = b"\x02\xC0\x00\xFF";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where even this cannot be said, the exit code says it.
            let _ = writeln!(io::stderr(), "mitsu-sim: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let options = Options::parse(env::args().skip(1))?;
    let refusing = if options.refuse { Some(mitsu::refusing_port()?) } else { None };
    let servers = options.servers()?;
    let mut stdout = io::stdout();
    if let Some((address, _)) = &refusing {
        writeln!(stdout, "tcp {address}")?;
    }
    for (kind, server) in &servers {
        writeln!(stdout, "{kind} {}", server.place())?;
    }
    stdout.flush()?;
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

#[derive(Default)]
struct Options {
    tcp: Option<String>,
    device: Option<String>,
    pty: bool,
    refuse: bool,
    setup: Setup,
    fault: Fault,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next() {
            if argument == "--pty" {
                options.pty = true;
            } else {
                let value = arguments.next().ok_or(USAGE)?;
                options.set(&argument, value)?;
            }
        }
        if options.device.is_none() && !options.pty {
            options.tcp.get_or_insert_with(|| mitsu::ANY_PORT.to_owned());
        }
        Ok(options)
    }

    fn set(&mut self, option: &str, value: String) -> Result<(), String> {
        match option {
            "--tcp" => self.tcp = Some(value),
            "--serial" => self.device = Some(value),
            "--serial-number" => {
                self.setup.register.serial(&value);
            }
            "--fn" => {
                self.setup.register.fn_number(&value);
            }
            "--delay" => self.fault.delay = Duration::from_millis(value.parse().map_err(|_| USAGE)?),
            "--fault" => self.spoil(&value)?,
            _ => return Err(USAGE.to_owned()),
        }
        Ok(())
    }

    fn spoil(&mut self, name: &str) -> Result<(), String> {
        let fault = &mut self.fault;
        match name {
            "silence" => (fault.limit, fault.ending) = (Some(0), Some(Ending::KeepOpen)),
            "slow" => fault.byte_pause = SLOW,
            "keep-open" => fault.ending = Some(Ending::KeepOpen),
            "wrong-lrc" => fault.wrong_lrc = true,
            "truncate" => (fault.limit, fault.ending) = (Some(HALFWAY), Some(Ending::KeepOpen)),
            "truncate-close" => (fault.limit, fault.ending) = (Some(HALFWAY), Some(Ending::Close)),
            "reset" => (fault.limit, fault.ending) = (Some(HALFWAY), Some(Ending::Reset)),
            "garbage" => fault.instead = Some(GARBAGE.to_vec()),
            "garbage-before" => fault.before = GARBAGE.to_vec(),
            "junk" => fault.after = GARBAGE.to_vec(),
            "echo" => fault.echo = true,
            "big" => fault.size = BIG,
            "biggest" => fault.size = BIGGEST,
            "etx" => fault.filler = char::from(mitsu::ETX).to_string(),
            "etb" => fault.filler = char::from(mitsu::ETB).to_string(),
            "ans" => fault.generic_closing = true,
            "never-read" => self.setup.never_read = true,
            "refuse" => self.refuse = true,
            _ => return Err(USAGE.to_owned()),
        }
        Ok(())
    }

    fn setup(&self) -> Setup {
        self.setup.clone().fault(When::Always, self.fault.clone())
    }

    /// The servers that were asked for, each with the word under which it is announced.
    fn servers(&self) -> Result<Vec<(&'static str, Server)>, Box<dyn Error>> {
        let mut servers = Vec::new();
        if let Some(address) = self.tcp.as_ref().filter(|_| !self.refuse) {
            let server = self.setup().serve_tcp(address);
            servers.push(("tcp", server.map_err(|error| format!("{address}: {error}"))?));
        }
        if let Some(path) = &self.device {
            let server = self.setup().serve_device(path);
            servers.push(("serial", server.map_err(|error| format!("{path}: {error}"))?));
        }
        if self.pty {
            servers.push(("serial", serve_pty(self.setup())?));
        }
        Ok(servers)
    }
}

#[cfg(unix)]
fn serve_pty(setup: Setup) -> Result<Server, Box<dyn Error>> {
    Ok(setup.serve_pty()?)
}

#[cfg(not(unix))]
fn serve_pty(_: Setup) -> Result<Server, Box<dyn Error>> {
    Err("this system has no pseudo-terminals; use --serial".into())
}
