//! `logs/service.log` and `logs/kkt.log`: one line per event, a file per day, old days removed.
//!
//! Lines of the target `kkt` (traffic with registers) go to `kkt.log`, all others to
//! `service.log`; with `-v` both go to stderr too. A log that cannot be written is said once and
//! stops nothing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Local, NaiveDate, NaiveDateTime};
use env_logger::{Builder, Logger, Target};
use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::render::printable::printable;

/// Target of log lines about traffic with registers.
pub const KKT: &str = "kkt";

/// Longest line, characters; wire traffic of a broken register must not fill the disk.
const LINE_LIMIT: usize = 8 * 1024;

/// What is logged, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Level of the files.
    pub level: LevelFilter,
    /// Level of stderr; off without `-v`.
    pub stderr: LevelFilter,
    /// Days that files are kept.
    pub days: u32,
    /// The clock.
    pub clock: fn() -> NaiveDateTime,
}

/// The level that a configuration names; `None` when there is no such level.
#[must_use]
pub fn level(name: &str) -> Option<LevelFilter> {
    match name.trim().to_ascii_lowercase().as_str() {
        "trace" => Some(LevelFilter::Trace),
        "debug" => Some(LevelFilter::Debug),
        "" | "info" => Some(LevelFilter::Info),
        "warning" | "warn" => Some(LevelFilter::Warn),
        "error" | "critical" => Some(LevelFilter::Error),
        "off" | "none" => Some(LevelFilter::Off),
        _ => None,
    }
}

/// Starts logging into a folder.
pub fn start(folder: &Path, settings: Settings) {
    let logger = Router {
        service: file_logger(folder, "service.log", settings),
        kkt: file_logger(folder, "kkt.log", settings),
        stderr: logger(settings.stderr, settings.clock, Target::Stderr),
    };
    let level = settings.level.max(settings.stderr);
    if log::set_boxed_logger(Box::new(logger)).is_ok() {
        log::set_max_level(level);
    }
}

struct Router {
    service: Logger,
    kkt: Logger,
    stderr: Logger,
}

impl Router {
    fn file(&self, target: &str) -> &Logger {
        if target == KKT { &self.kkt } else { &self.service }
    }
}

impl Log for Router {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.file(metadata.target()).enabled(metadata) || self.stderr.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        self.file(record.target()).log(record);
        self.stderr.log(record);
    }

    fn flush(&self) {}
}

fn file_logger(folder: &Path, name: &'static str, settings: Settings) -> Logger {
    let file = DayFile { folder: folder.to_owned(), name, settings, state: DayState::Unopened };
    logger(settings.level, settings.clock, Target::Pipe(Box::new(file)))
}

/// Only our own modules are heard: what libraries log may quote secrets.
fn logger(level: LevelFilter, clock: fn() -> NaiveDateTime, target: Target) -> Logger {
    let mut builder = Builder::new();
    builder.filter_level(LevelFilter::Off).filter_module("getad", level).filter_module(KKT, level);
    builder.format(move |out, record| {
        let text: String = printable(&record.args().to_string()).chars().take(LINE_LIMIT).collect();
        writeln!(out, "[{}] [{}] {text}", clock().format("%Y-%m-%d %H:%M:%S,%3f"), level_name(record.level()))
    });
    builder.target(target).build()
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Error => "ERROR",
        Level::Warn => "WARNING",
        Level::Info => "INFO",
        Level::Debug | Level::Trace => "DEBUG",
    }
}

/// The day's log, opened at the first line.
struct DayFile {
    folder: PathBuf,
    name: &'static str,
    settings: Settings,
    state: DayState,
}

enum DayState {
    Unopened,
    Open(File),
    Unusable,
}

impl Write for DayFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if let DayState::Unopened = self.state {
            self.state = self.open();
        }
        if let DayState::Open(file) = &mut self.state
            && file.write_all(line).is_err()
        {
            self.state = DayState::Unusable;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl DayFile {
    fn open(&self) -> DayState {
        let path = self.folder.join(self.name);
        let today = (self.settings.clock)().date();
        let opened = fs::create_dir_all(&self.folder).and_then(|()| {
            rotate(&self.folder, self.name, today)?;
            remove_old(&self.folder, self.name, today, self.settings.days);
            OpenOptions::new().create(true).append(true).open(&path)
        });
        match opened {
            Ok(file) => DayState::Open(file),
            Err(error) => {
                writeln!(io::stderr(), "{}: {error}", path.display()).ok();
                DayState::Unusable
            }
        }
    }
}

/// Renames the log of an earlier day to `<name>.YYYY-MM-DD`. A lock keeps two copies of the
/// program from renaming one after the other, which would lose a day.
fn rotate(folder: &Path, name: &str, today: NaiveDate) -> io::Result<()> {
    let path = folder.join(name);
    if last_written(&path).is_none_or(|day| day >= today) {
        return Ok(());
    }
    let lock =
        OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("rotate.lock"))?;
    lock.lock()?;
    if let Some(day) = last_written(&path).filter(|&day| day < today) {
        let old = folder.join(format!("{name}.{day}"));
        if !old.exists() {
            fs::rename(&path, old)?;
        }
    }
    Ok(())
}

fn last_written(path: &Path) -> Option<NaiveDate> {
    let modified = fs::metadata(path).ok()?.modified().ok()?;
    Some(DateTime::<Local>::from(modified).date_naive())
}

fn remove_old(folder: &Path, name: &str, today: NaiveDate, days: u32) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.filter_map(Result::ok) {
        let file_name = entry.file_name();
        let day = file_name
            .to_str()
            .and_then(|file_name| file_name.strip_prefix(name)?.strip_prefix('.'))
            .and_then(|day| NaiveDate::parse_from_str(day, "%Y-%m-%d").ok());
        if day.is_some_and(|day| (today - day).num_days() > i64::from(days)) {
            fs::remove_file(entry.path()).ok();
        }
    }
}
