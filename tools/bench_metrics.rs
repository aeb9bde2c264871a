//! Health of eight registers for monitoring systems: printed, and sent to a server on this computer.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::trapper::{Manner, Trapper};
use super::{Outcome, middle, repeat, row, timed};

const FILE: &str = include_str!("../tests/fixtures/metrics/home/metrics/00123456790014.json");
const SERIAL: &str = "00123456790014";
const HOST: &str = "bench";

pub fn all(getad: &Path, runs: usize) -> Outcome<()> {
    let home = tempfile::tempdir()?;
    fs::create_dir(home.path().join("metrics"))?;
    for number in 1..=8 {
        let serial = format!("0012345679001{number}");
        fs::write(home.path().join(format!("metrics/{serial}.json")), FILE.replace(SERIAL, &serial))?;
    }
    let run =
        |arguments: &[&str]| timed(Command::new(getad).arg("--home").arg(home.path()).args(arguments), &[0]);
    let printed = repeat(runs * 10, || run(&["metrics", "--format", "zabbix"]))?;
    let milliseconds = |runs: &[super::Run]| middle(runs.iter().map(|run| run.wall.as_secs_f64() * 1e3));
    row("metrics --format zabbix, 8 registers", milliseconds(&printed), 10.0, "ms");
    row("  memory", middle(printed.iter().map(|run| run.peak_mb)), 10.0, "MB");

    let server = Trapper::start(Manner::Knows(HOST));
    let settings = format!(r#"{{"zabbix":{{"server":"{}","host":"{HOST}"}}}}"#, server.address());
    fs::write(home.path().join("service.json"), settings)?;
    let pushed = repeat(runs * 10, || run(&["metrics", "--push"]))?;
    row("metrics --push, 8 registers", milliseconds(&pushed), 50.0, "ms");
    Ok(())
}
