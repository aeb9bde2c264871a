//! Sending 500 records to two servers that take 20 ms for each, and to one of them beside a server that is dead.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::http::{Deaf, Reply, Server};
use super::{Outcome, middle, repeat, row, timed};

const RECORDS: usize = 500;
const ANSWER: Duration = Duration::from_millis(20);

pub fn all(getad: &Path, runs: usize) -> Outcome<()> {
    let home = tempfile::tempdir()?;
    fs::create_dir(home.path().join("date"))?;
    for number in 0..RECORDS {
        // As long as a real one.
        let record = format!("{{\"serialNumber\":\"{number:014}\",\"address\":\"{}\"}}", "x".repeat(1500));
        fs::write(home.path().join(format!("date/{number:014}.json")), record)?;
    }
    two_servers(getad, home.path(), runs)?;
    beside_a_dead_one(getad, home.path(), runs)
}

fn slow() -> Server {
    Server::always(Reply::After(ANSWER, Box::new(Reply::json(200, "{}"))))
}

fn two_servers(getad: &Path, home: &Path, runs: usize) -> Outcome<()> {
    let servers = [slow(), slow()];
    configure(home, &[servers[0].place(), servers[1].place()])?;
    let results = repeat(runs, || timed(&mut send(getad, home), &[0]))?;
    row(
        "send, 500 records x 2 servers of 20 ms",
        middle(results.iter().map(|run| run.wall.as_secs_f64())),
        11.0,
        "s",
    );
    row("  memory", middle(results.iter().map(|run| run.peak_mb)), 24.0, "MB");
    let connections = servers.iter().map(Server::connections).sum::<usize>() as f64 / results.len() as f64;
    row("  connections", connections, 2.0, "");
    Ok(())
}

/// Until the living server has got its last record; the dead one is waited for after that.
fn beside_a_dead_one(getad: &Path, home: &Path, runs: usize) -> Outcome<()> {
    let last = Arc::new(Mutex::new(Instant::now()));
    let living = Server::http({
        let last = last.clone();
        move |_| {
            if let Ok(mut last) = last.lock() {
                *last = Instant::now();
            }
            Reply::After(ANSWER, Box::new(Reply::json(200, "{}")))
        }
    });
    let deaf = Deaf::new();
    configure(home, &[deaf.place(), living.place()])?;
    let results = repeat(runs, || {
        let started = Instant::now();
        timed(&mut send(getad, home), &[5])?;
        let last = last.lock().map_err(|_| "poisoned")?;
        Ok(last.duration_since(started).as_secs_f64())
    })?;
    row("send, one of two servers dead, the other's time", middle(results.into_iter()), 11.0, "s");
    Ok(())
}

fn configure(home: &Path, places: &[String]) -> std::io::Result<()> {
    let entry = |place: &String| format!(r#"{{"url":"http://{place}/","api_key":"key"}}"#);
    let list = places.iter().map(entry).collect::<Vec<_>>().join(",");
    let sending = format!(r#"{{"url_list":[{list}],"max_attempts":1,"timeout":4}}"#);
    fs::write(home.join("service.json"), format!(r#"{{"sending_data":{sending}}}"#))
}

fn send(getad: &Path, home: &Path) -> Command {
    let mut command = Command::new(getad);
    command.arg("--home").arg(home).arg("send");
    command
}
