//! What a check found.

use super::facts::{config, driver, home, logs, network, ports, state, tasks};

/// What was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// The home folder.
    Home,
    /// Who may write to our folders.
    Rights,
    /// Room on the disk.
    Disk,
    /// The configuration files.
    Config,
    /// The key for encrypted credentials.
    Key,
    /// The ATOL driver.
    Driver,
    /// The ways to the registers.
    Port,
    /// Logs of the POS program.
    Logs,
    /// Files of our own state.
    State,
    /// Records.
    Records,
    /// A pending restart.
    Restart,
    /// Messages that wait.
    Outbox,
    /// What servers did with the records last.
    Delivery,
    /// Tasks of Windows.
    Task,
    /// The service of the predecessor.
    Service,
    /// Servers that records are sent to.
    Server,
    /// Telegram.
    Telegram,
    /// This computer's clock.
    Clock,
}

impl Check {
    /// Name in JSON.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Rights => "rights",
            Self::Disk => "disk",
            Self::Config => "config",
            Self::Key => "key",
            Self::Driver => "driver",
            Self::Port => "port",
            Self::Logs => "logs",
            Self::State => "state",
            Self::Records => "records",
            Self::Restart => "restart",
            Self::Outbox => "outbox",
            Self::Delivery => "delivery",
            Self::Task => "task",
            Self::Service => "service",
            Self::Server => "server",
            Self::Telegram => "telegram",
            Self::Clock => "clock",
        }
    }
}

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Ok,
    /// Worth a look; the work is done all the same.
    Warning,
    /// A part of the work is not done.
    Problem,
}

impl State {
    /// Name in JSON.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// What a check found.
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// How it is.
    pub state: State,
    /// What exactly.
    pub fact: Fact,
}

/// What exactly was found.
pub enum Fact {
    /// Of the home folder.
    Home(home::Fact),
    /// Of configuration and key.
    Config(config::Fact),
    /// Of the driver.
    Driver(driver::Fact),
    /// Of the ways to registers.
    Port(ports::Fact),
    /// Of the POS program's logs.
    Logs(logs::Fact),
    /// Of our own files.
    State(state::Fact),
    /// Of tasks and services.
    Task(tasks::Fact),
    /// Of servers, Telegram and the clock.
    Network(network::Fact),
    /// The check was given up.
    Unfinished,
}

impl Finding {
    /// All is well.
    pub fn ok(check: Check, fact: impl Into<Fact>) -> Self {
        Self { check, state: State::Ok, fact: fact.into() }
    }

    /// Worth a look.
    pub fn warning(check: Check, fact: impl Into<Fact>) -> Self {
        Self { check, state: State::Warning, fact: fact.into() }
    }

    /// A part of the work is not done.
    pub fn problem(check: Check, fact: impl Into<Fact>) -> Self {
        Self { check, state: State::Problem, fact: fact.into() }
    }
}

macro_rules! facts {
    ($($variant:ident: $module:ident),*) => {
        $(impl From<$module::Fact> for Fact {
            fn from(fact: $module::Fact) -> Self {
                Self::$variant(fact)
            }
        })*
    };
}

facts!(Home: home, Config: config, Driver: driver, Port: ports, Logs: logs, State: state, Task: tasks, Network: network);
