//! Times whole runs of the release build against simulated registers; `tools/bench` starts it.
//!
//! Prints for each case the median of some runs, the limit it shall keep, and their ratio.
#![allow(clippy::print_stdout, reason = "printing is its job")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[allow(dead_code, reason = "a benchmark uses a part of it")]
#[path = "../tests/sim/mitsu.rs"]
mod mitsu;

#[allow(dead_code, reason = "a benchmark uses a part of it")]
#[path = "../tests/sim/http.rs"]
mod http;

#[path = "bench_logs.rs"]
mod logs;
#[path = "bench_send.rs"]
mod send;
#[path = "bench_status.rs"]
mod status;

#[path = "bench_metrics.rs"]
mod health;

#[allow(dead_code, reason = "a benchmark uses a part of it")]
#[path = "../tests/sim/trapper.rs"]
mod trapper;

use mitsu::{ANY_PORT, Fault, Register, Server, Setup, When};

const SCENARIO: &str = include_str!("../tests/sim/fptr10.scenario.example");
const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sim/fptr10.c");

/// A network of its own with nothing in it but this computer.
const EMPTY_NETWORK: &str = "ip link set lo up && ip link add v0 type veth peer name v1 && \
    ip link set v0 up && ip link set v1 up && ip addr add 10.77.0.1/24 dev v0 && exec \"$@\"";

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let runs: usize = std::env::args().nth(1).as_deref().unwrap_or("5").parse()?;
    let getad = std::env::current_exe()?.with_file_name("../getad").canonicalize()?;
    let part = std::env::args().nth(2).unwrap_or_default();
    println!("{:<44} {:>10} {:>10} {:>6}", "case", "median", "limit", "ratio");
    match part.as_str() {
        "logs" => return logs::all(runs),
        "send" => return send::all(&getad, runs),
        "status" => return status::all(&getad, runs),
        _ => {}
    }
    version(&getad, runs)?;
    eight_atol(&getad, runs)?;
    four_mitsu(&getad, runs)?;
    empty_network(&getad, runs)?;
    send::all(&getad, runs)?;
    health::all(&getad, runs)?;
    status::all(&getad, runs)?;
    logs::all(runs)?;
    windows_sizes()
}

fn version(getad: &Path, runs: usize) -> Outcome<()> {
    let time = || timed(Command::new(getad).arg("--version"), &[0]);
    row("getad --version", median(runs * 10, || Ok(time()?.wall.as_secs_f64() * 1e3))?, 5.0, "ms");
    Ok(())
}

/// Eight registers that take a second each, and the memory that their parent needs.
fn eight_atol(getad: &Path, runs: usize) -> Outcome<()> {
    let home = tempfile::tempdir()?;
    let library = home.path().join("libfptr10.so");
    let built = Command::new("cc")
        .args(["-std=c99", "-O1", "-shared", "-fPIC", "-o"])
        .arg(library)
        .arg(SOURCE)
        .status()?;
    if !built.success() {
        return Err("the driver simulator does not compile".into());
    }
    let (mut scenario, mut entries) = (SCENARIO.to_owned(), Vec::new());
    for number in 11..19 {
        scenario += &format!(
            "\nregister com:COM{number} like com:COM5\n open delay 1000\n data STATUS\n str SERIAL_NUMBER 0010{number}\n"
        );
        entries.push(format!(r#"{{"type_connect":1,"com_port":"COM{number}"}}"#));
    }
    fs::write(home.path().join("fptr10.scenario"), scenario)?;
    connect(home.path(), &entries.join(","), r#"{"type_connect":3}"#)?;
    let results = repeat(runs, || timed(&mut probe(getad, home.path()), &[0]))?;
    row("probe, 8 ATOL of 1 s each", middle(results.iter().map(|run| run.wall.as_secs_f64())), 1.5, "s");
    row("  memory of the parent", middle(results.iter().map(|run| run.peak_mb)), 16.0, "MB");
    Ok(())
}

/// Four registers over TCP that take 100 ms for a command.
fn four_mitsu(getad: &Path, runs: usize) -> Outcome<()> {
    let home = tempfile::tempdir()?;
    let delay = Fault { delay: Duration::from_millis(100), ..Fault::default() };
    let servers: Vec<Server> = (0..4)
        .map(|number| {
            let mut register = Register::default();
            register.serial(&format!("06500{number}"));
            Setup::new(register).fault(When::Always, delay.clone()).serve_tcp(ANY_PORT)
        })
        .collect::<Result<_, _>>()?;
    let entries: Vec<String> = servers
        .iter()
        .filter_map(|server| server.place().rsplit_once(':'))
        .map(|(ip, port)| format!(r#"{{"type_connect":2,"ip":"{ip}","ip_port":{port}}}"#))
        .collect();
    connect(home.path(), r#"{"type_connect":0}"#, &entries.join(","))?;
    let wall = median(runs, || Ok(timed(&mut probe(getad, home.path()), &[0])?.wall.as_secs_f64()))?;
    row("probe, 4 Mitsu over TCP, 100 ms a command", wall, 0.8, "s");
    Ok(())
}

/// The search of a /24 in which nobody answers.
fn empty_network(getad: &Path, runs: usize) -> Outcome<()> {
    let home = tempfile::tempdir()?;
    let wall = median(runs, || {
        connect(home.path(), r#"{"type_connect":0}"#, r#"{"type_connect":0}"#)?;
        let mut command = Command::new("unshare");
        command
            .args(["-r", "-n", "sh", "-c", EMPTY_NETWORK, "sh"])
            .arg(getad)
            .arg("--home")
            .arg(home.path())
            .arg("probe");
        Ok(timed(&mut command, &[4])?.wall.as_secs_f64())
    })?;
    row("probe, searching an empty /24", wall, 1.5, "s");
    Ok(())
}

fn windows_sizes() -> Outcome<()> {
    let folder = std::env::var_os("GETAD_WINDOWS_DIR").map(PathBuf::from).unwrap_or_default();
    for name in ["getad.exe", "getad64.exe"] {
        match fs::metadata(folder.join(name)) {
            Ok(metadata) => row(name, metadata.len() as f64 / 1e6, 5.0, "MB"),
            Err(_) => println!("{name:<44} {:>10}", "not built"),
        }
    }
    Ok(())
}

fn connect(home: &Path, atol: &str, mitsu: &str) -> std::io::Result<()> {
    fs::write(home.join("connect.json"), format!(r#"{{"tcp_timeout":0,"atol":[{atol}],"mitsu":[{mitsu}]}}"#))
}

fn probe(getad: &Path, home: &Path) -> Command {
    let mut command = Command::new(getad);
    command.arg("--home").arg(home).arg("probe");
    command
}

/// One run of a process.
struct Run {
    wall: Duration,
    peak_mb: f64,
}

/// Runs a process to its end; any other exit code than the expected ones spoils the measurement.
fn timed(command: &mut Command, expected: &[i32]) -> Outcome<Run> {
    let started = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null()).spawn()?;
    let watcher = watch_memory(child.id());
    let status = child.wait()?;
    let wall = started.elapsed();
    if !status.code().is_some_and(|code| expected.contains(&code)) {
        return Err(format!("{command:?}: {status}").into());
    }
    Ok(Run { wall, peak_mb: watcher.join().unwrap_or_default() })
}

/// The peak is read from the process itself as long as it is there; the last value counts.
fn watch_memory(process: u32) -> std::thread::JoinHandle<f64> {
    std::thread::spawn(move || {
        let mut peak = 0.0;
        while let Some(megabytes) = peak_of(process) {
            peak = megabytes;
            std::thread::sleep(Duration::from_micros(500));
        }
        peak
    })
}

fn peak_of(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024.0 / 1e6)
}

fn repeat<T>(runs: usize, mut run: impl FnMut() -> Outcome<T>) -> Outcome<Vec<T>> {
    (0..runs.max(1)).map(|_| run()).collect()
}

fn median(runs: usize, run: impl FnMut() -> Outcome<f64>) -> Outcome<f64> {
    Ok(middle(repeat(runs, run)?.into_iter()))
}

fn middle(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn row(name: &str, value: f64, limit: f64, unit: &str) {
    println!(
        "{name:<44} {:>10} {:>10} {:>6.2}",
        format!("{value:.2} {unit}"),
        format!("{limit} {unit}"),
        value / limit
    );
}
