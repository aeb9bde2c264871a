//! The screen of fifty registers that everything is known of.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Outcome, middle, repeat, row, timed};

const HEALTH: &str = include_str!("../tests/fixtures/metrics/home/metrics/00123456790014.json");
const SERIAL: &str = "00123456790014";

pub fn all(getad: &Path, runs: usize) -> Outcome<()> {
    let home = tempfile::tempdir()?;
    ["date", "metrics", "_resources"].iter().try_for_each(|name| fs::create_dir(home.path().join(name)))?;
    let serials: Vec<String> = (0..50).map(|number| format!("001072{number:08}")).collect();
    for serial in &serials {
        fs::write(home.path().join(format!("metrics/{serial}.json")), HEALTH.replace(SERIAL, serial))?;
        fs::write(home.path().join(format!("date/{serial}.json")), record(serial))?;
    }
    let known = |serial: &String| {
        format!(
            r#"{{"serialNumber":"{serial}","fn_serial":"7380440700067161","v_time":"2026-01-02 03:04:05"}}"#
        )
    };
    let known: Vec<String> = serials.iter().map(known).collect();
    let fiscals = format!(r#"{{"atol":[{}],"mitsu":[],"shtrih":[]}}"#, known.join(","));
    fs::write(home.path().join("_resources/fiscals.json"), fiscals)?;
    fs::write(home.path().join("_resources/delivery.json"), deliveries(&serials))?;
    let run = || timed(Command::new(getad).arg("--home").arg(home.path()).arg("status"), &[0]);
    let shown = repeat(runs * 10, run)?;
    row("status, 50 registers", middle(shown.iter().map(|run| run.wall.as_secs_f64() * 1e3)), 10.0, "ms");
    Ok(())
}

fn record(serial: &str) -> String {
    format!(
        r#"{{"modelName":"АТОЛ 30Ф","serialNumber":"{serial}","RNM":"0000000001058375","organizationName":"ООО","fn_serial":"7380440700067161","datetime_reg":"2026-01-02 03:04:00","dateTime_end":"2027-04-02 00:00:00","licenses":{{}},"current_time":"2026-01-02 03:04:05","v_time":"2026-01-02 03:04:05"}}"#
    )
}

fn deliveries(serials: &[String]) -> String {
    let file = |serial: &String| {
        format!(
            r#""{serial}.json":{{"accepted_at":"2026-01-02 03:05:00","sha256":"00","failed_at":null,"error":null}}"#
        )
    };
    let files = serials.iter().map(file).collect::<Vec<_>>().join(",");
    let server = |name: &str| format!(r#"{{"host":"{name}","id":"{name}","files":{{{files}}}}}"#);
    format!(r#"{{"form":1,"servers":[{},{}]}}"#, server("one"), server("two"))
}
