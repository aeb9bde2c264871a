//! What every command needs, resolved once from the command line and the environment: the home
//! folder, the configuration in it, the clock, the way results are shown.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, io};

use anyhow::{Context as _, bail};
use chrono::{DateTime, Local, NaiveDateTime, Timelike};
use log::LevelFilter;

use crate::cli::global::{ColorChoice, GlobalArgs};
use crate::config::{self, ConfigError, Connect, Service, connect::ConnectFile, load};
use crate::host;
use crate::logging;
use crate::render::{Documents, Lang, Output, Progress};
use crate::secret::{KeyError, Keys, keys::KEY_VARIABLE};
use crate::state::file::Lock;
use crate::state::{Home, StateError};

/// Environment variable that names the home folder.
const HOME_VARIABLE: &str = "GETAD_HOME";
/// Environment variable that names the language.
const LANG_VARIABLE: &str = "GETAD_LANG";
/// File in `_resources` that holds the key.
pub const KEY_FILE: &str = "key";
/// Columns when the terminal does not say.
const WIDTH: u16 = 80;

/// Resolved surroundings of one run.
#[derive(Debug, Clone)]
pub struct Context {
    /// The home folder.
    pub home: Home,
    /// Our own executable.
    pub executable: PathBuf,
    /// How results are shown.
    pub output: Output,
    /// How waiting is shown.
    pub progress: Progress,
    lock_timeout: Duration,
}

impl Context {
    /// Resolves the surroundings and starts logging.
    ///
    /// # Errors
    /// When the home folder cannot be told.
    pub fn resolve(global: &GlobalArgs) -> anyhow::Result<Self> {
        let executable = env::current_exe().context("the path of this program is unknown")?;
        let home = home(global, &executable)?;
        let output = output(global);
        let progress =
            Progress::new(!global.no_progress && !global.quiet && io::stderr().is_terminal(), output.lang);
        let lock_timeout = Duration::from_secs(global.lock_timeout);
        let context = Self { home, executable, output, progress, lock_timeout };
        context.start_logging(global);
        if host::runs_as_system() {
            context.warn_of_writers();
        }
        Ok(context)
    }

    /// The same surroundings for a command that is a part of another one: its JSON document is
    /// kept for that instead of printed.
    #[must_use]
    pub fn for_a_part(&self) -> (Self, Documents) {
        let documents = Documents::default();
        let output = Output { documents: Some(documents.clone()), ..self.output.clone() };
        (Self { output, ..self.clone() }, documents)
    }

    /// How results are shown in a window that may have another size by now.
    #[must_use]
    pub fn output_now(&self) -> Output {
        let columns = console::Term::stdout().size_checked().map(|(_, columns)| columns);
        Output { width: columns.unwrap_or(self.output.width), wrap: columns, ..self.output.clone() }
    }

    /// Local time, in whole seconds.
    #[must_use]
    pub fn now(&self) -> NaiveDateTime {
        let now = clock();
        now.with_nanosecond(0).unwrap_or(now)
    }

    /// Local time with its zone, for times that are still to come.
    #[must_use]
    pub fn zoned_now(&self) -> DateTime<Local> {
        let now = Local::now();
        now.with_nanosecond(0).unwrap_or(now)
    }

    /// How the registers are connected; the shipped default when the file is missing.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub fn connect(&self) -> Result<Connect, ConfigError> {
        let path = self.home.join(config::CONNECT_FILE);
        let file: Option<ConnectFile> = load::read(&path)?;
        let file = file.map_or_else(|| load::parse(&path, config::CONNECT_DEFAULT), Ok)?;
        Ok(Connect::resolve(&file))
    }

    /// Everything else; the shipped default when the file is missing.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub fn service(&self) -> Result<Service, ConfigError> {
        let path = self.home.join(config::SERVICE_FILE);
        let file = load::read(&path)?;
        file.map_or_else(|| load::parse(&path, config::SERVICE_DEFAULT), Ok)
    }

    /// The keys for encrypted credentials.
    ///
    /// # Errors
    /// When one that should be there cannot be used.
    pub fn keys(&self) -> Result<Keys, KeyError> {
        self.keys_after(None)
    }

    /// The keys, if something is encrypted: an unusable one must not stop those who encrypt nothing.
    ///
    /// # Errors
    /// When one that should be there cannot be used.
    pub fn keys_if(&self, encrypted: bool) -> Result<Keys, KeyError> {
        if encrypted { self.keys() } else { Ok(Keys::published()) }
    }

    /// The keys for encrypted credentials, that of a file before all others.
    ///
    /// # Errors
    /// When one that should be there cannot be used.
    pub fn keys_after(&self, file: Option<&Path>) -> Result<Keys, KeyError> {
        Keys::gather(file, env::var_os(KEY_VARIABLE).as_deref(), &self.home.resource(KEY_FILE))
    }

    /// The right to write in the home folder.
    ///
    /// # Errors
    /// When another getad holds it for longer than `--lock-timeout`, or the folder is not ours.
    pub fn lock(&self) -> Result<Lock, StateError> {
        self.acquire("getad.lock", self.lock_timeout)
    }

    /// The turn to send messages, which one getad at a time has; waited for like the lock, or not at all. It is taken
    /// before the lock, never after it.
    ///
    /// # Errors
    /// When another getad has it, or the folder is not ours.
    pub fn turn_to_send(&self, wait: bool) -> Result<Lock, StateError> {
        self.acquire("outbox.lock", if wait { self.lock_timeout } else { Duration::ZERO })
    }

    fn acquire(&self, name: &str, limit: Duration) -> Result<Lock, StateError> {
        let path = self.home.resource(name);
        let lock = Lock::acquire(&path, limit, || {
            log::info!("another getad is at work, waiting");
            self.progress.waiting_for_lock();
        });
        self.progress.clear();
        lock
    }

    /// Folders whose files we run: home and that of the executable, each once.
    #[must_use]
    pub fn own_folders(&self) -> Vec<PathBuf> {
        let home = self.home.path().to_owned();
        let programs = self.executable.parent().map(Path::to_owned);
        let programs = programs.map(|folder| std::path::absolute(&folder).unwrap_or(folder));
        std::iter::once(home.clone()).chain(programs.filter(|folder| *folder != home)).collect()
    }

    /// Whoever can put a library or a program into our folders becomes SYSTEM when we load it.
    fn warn_of_writers(&self) {
        for folder in self.own_folders() {
            if host::folder_is_writable_by_others(&folder) {
                log::warn!(
                    "ordinary users may write to {}, and what lies there runs as SYSTEM: `getad install` closes that",
                    folder.display()
                );
            }
        }
    }

    /// A broken `service.json` is reported by the command that needs it; the log then follows the
    /// default.
    fn start_logging(&self, global: &GlobalArgs) {
        let program = self.service().unwrap_or_default().service;
        let stderr = match global.verbose {
            0 => LevelFilter::Off,
            1 => LevelFilter::Info,
            _ => LevelFilter::Debug,
        };
        let level = logging::level(&program.log_level);
        let settings = logging::Settings {
            level: level.unwrap_or(LevelFilter::Info),
            stderr,
            days: program.log_days,
            clock,
        };
        logging::start(&self.home.logs(), settings);
        if level.is_none() {
            log::warn!(
                "{}: log_level {:?} is unknown, info is used",
                config::SERVICE_FILE,
                program.log_level
            );
        }
    }
}

/// Local time.
#[must_use]
pub fn clock() -> NaiveDateTime {
    Local::now().naive_local()
}

fn home(global: &GlobalArgs, executable: &Path) -> anyhow::Result<Home> {
    let named = global
        .home
        .clone()
        .or_else(|| env::var_os(HOME_VARIABLE).filter(|v| !v.is_empty()).map(PathBuf::from));
    let folder = match named {
        Some(folder) => std::path::absolute(&folder).unwrap_or(folder),
        None => executable.parent().context("this program is in no folder")?.to_owned(),
    };
    if !folder.is_dir() {
        bail!(crate::render::Complaint::HomeAbsent { folder });
    }
    Ok(Home::new(folder))
}

fn output(global: &GlobalArgs) -> Output {
    let (stdout, stderr) = (console::Term::stdout(), console::Term::stderr());
    let colored = |auto: bool| match global.color {
        ColorChoice::Auto => auto,
        ColorChoice::Always => true,
        ColorChoice::Never => false,
    };
    let columns =
        |term: &console::Term| term.size_checked().filter(|_| term.is_term()).map(|(_, columns)| columns);
    let wrap = columns(&stdout).or_else(|| columns(&stderr));
    Output {
        lang: language(global),
        json: global.json,
        quiet: global.quiet,
        color: colored(stdout.is_term() && console::colors_enabled()),
        color_aside: colored(stderr.is_term() && console::colors_enabled_stderr()),
        fine: draws(&stdout),
        width: wrap.unwrap_or(WIDTH),
        wrap,
        documents: None,
    }
}

/// A console that knows no control sequences is one of before Windows 10, whose fonts lack signs.
fn draws(term: &console::Term) -> bool {
    let named = ["LC_ALL", "LC_CTYPE", "LANG"].map(|name| env::var(name).unwrap_or_default());
    let locale = named.iter().find(|value| !value.is_empty()).map(|value| value.to_lowercase());
    let is_utf8 = locale.is_some_and(|locale| locale.contains("utf-8") || locale.contains("utf8"));
    let is_dumb = env::var("TERM").is_ok_and(|kind| kind == "dumb");
    term.is_term() && !is_dumb && if cfg!(windows) { term.features().colors_supported() } else { is_utf8 }
}

/// Language of the help: it is needed before the command line is understood.
#[must_use]
pub fn language_of_arguments(arguments: impl Iterator<Item = OsString>) -> Lang {
    let arguments: Vec<String> = arguments.map(|argument| argument.to_string_lossy().into_owned()).collect();
    let after =
        arguments.iter().position(|argument| argument == "--lang").and_then(|index| arguments.get(index + 1));
    let joined = arguments.iter().find_map(|argument| argument.strip_prefix("--lang="));
    after.map(String::as_str).or(joined).and_then(Lang::parse).unwrap_or_else(ambient_language)
}

/// `--lang`, else `GETAD_LANG`, else the system's.
#[must_use]
pub fn language(global: &GlobalArgs) -> Lang {
    global.lang.unwrap_or_else(ambient_language)
}

fn ambient_language() -> Lang {
    let named = env::var(LANG_VARIABLE).ok().and_then(|name| Lang::parse(&name));
    named.or_else(|| host::language().and_then(|name| Lang::parse(&name))).unwrap_or(Lang::En)
}
