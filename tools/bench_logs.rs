//! Searching logs: a file of 1 GB with and without the wanted pair, one that is a single line, and
//! a folder of fifty files. The files lie in the temporary folder and are read once before.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Outcome, Run, median, middle, repeat, row, timed};

const GIGABYTE: usize = 1 << 30;
const SERIAL: &str = "00106700000001";
const OTHER: &str = "00106700000003";

pub fn all(runs: usize) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let log = folder.path().join("absent.log");
    write(&log, GIGABYTE, true)?;
    absent(&log, runs)?;
    let last = format!("serialNumber={SERIAL}, fnNumber=9960440300000001\n{}", lines(6000));
    File::options().append(true).open(&log)?.write_all(last.as_bytes())?;
    let near = search(std::slice::from_ref(&log), &[SERIAL]);
    row("log of 1 GB, pair in the last 1 MB", median(runs * 2, || Ok(milliseconds(&near()?)))?, 10.0, "ms");
    write(&log, GIGABYTE, false)?;
    let line = repeat(runs, search(std::slice::from_ref(&log), &[SERIAL]))?;
    row("line of 1 GB, memory", middle(line.iter().map(|run| run.peak_mb)), 16.0, "MB");
    println!("{:<44} {:>10}", "  time", format!("{:.0} ms", middle(line.iter().map(milliseconds))));
    fs::remove_file(&log)?;
    many(folder.path(), runs)
}

/// The register is nowhere, so all is read; other tools' way to look for its number is the measure.
/// Both take turns, so that what else the computer does befalls both.
fn absent(log: &Path, runs: usize) -> Outcome<()> {
    let ours = search(&[log.to_owned()], &[SERIAL]);
    ours()?;
    let mut pairs = Vec::new();
    for _ in 0..runs.max(1) * 3 {
        let theirs = timed(Command::new("rg").args(["-c", "-F", SERIAL]).arg(log), &[1]).ok();
        pairs.push((theirs.as_ref().map(milliseconds), ours()?));
    }
    let mine = middle(pairs.iter().map(|(_, run)| milliseconds(run)));
    println!("{:<44} {:>10}", "log of 1 GB, register absent", format!("{mine:.0} ms"));
    row("  memory", middle(pairs.iter().map(|(_, run)| run.peak_mb)), 16.0, "MB");
    if pairs.iter().any(|(theirs, _)| theirs.is_none()) {
        println!("{:<44} {:>10}", "  compared with rg", "no rg");
        return Ok(());
    }
    let theirs = middle(pairs.iter().filter_map(|(theirs, _)| *theirs));
    row("  compared with rg -c -F", mine / theirs, 1.2, "x");
    Ok(())
}

/// What a till writes in weeks, two registers, neither in any file.
fn many(folder: &Path, runs: usize) -> Outcome<()> {
    let files: Vec<PathBuf> = (0..50).map(|number| folder.join(format!("{number}.log"))).collect();
    for file in &files {
        write(file, 20 << 20, true)?;
    }
    let run = search(&files, &[SERIAL, OTHER]);
    run()?;
    let all = repeat(runs, run)?;
    println!(
        "{:<44} {:>10}",
        "50 logs of 20 MB, two registers absent",
        format!("{:.0} ms", middle(all.iter().map(milliseconds)))
    );
    row("  memory", middle(all.iter().map(|run| run.peak_mb)), 16.0, "MB");
    Ok(())
}

fn milliseconds(run: &Run) -> f64 {
    run.wall.as_secs_f64() * 1e3
}

/// Searches `files` for `serials` with the example program of that name.
fn search(files: &[PathBuf], serials: &[&str]) -> impl Fn() -> Outcome<Run> + use<> {
    let (files, serials) = (files.to_vec(), serials.join(","));
    move || {
        let program = std::env::current_exe()?.with_file_name("logsearch");
        let mut command = Command::new(program);
        command.args(["serialNumber=", "fnNumber=", &serials]).args(&files);
        timed(&mut command, &[0])
    }
}

/// Lines as a till's log has them, some about another register.
fn lines(count: u32) -> String {
    let line = |number: u32| {
        let noise = number.wrapping_mul(2_654_435_761);
        let text = match number % 16 {
            0 => {
                format!("serialNumber=00106700000002, model=69, fnNumber=99604403{:08}", noise % 100_000_000)
            }
            1..8 => {
                format!("Команда выполнена: код 0, документ {}, сумма {}", number % 9999, noise % 1_000_000)
            }
            _ => format!("DoCheck operation={noise:032x} sessionOpen=True"),
        };
        let (minute, second, rest) = (noise % 60, number % 60, noise % 1000);
        format!(
            "[2026-11-21 13:{minute:02}:{second:02},{rest:03}]  INFO [{:2}] [Register:Execute] - {text}\n",
            number % 64
        )
    };
    (0..count).map(line).collect()
}

/// A file of `size` bytes, with line ends or without.
fn write(path: &Path, size: usize, ends: bool) -> Outcome<()> {
    let mut part = lines(10_000);
    if !ends {
        part = part.replace('\n', " ");
    }
    let mut file = BufWriter::new(File::create(path)?);
    for _ in 0..size / part.len() {
        file.write_all(part.as_bytes())?;
    }
    file.flush()?;
    Ok(())
}
