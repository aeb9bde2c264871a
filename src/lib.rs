//! getad: who the fiscal cash registers of a workstation are, which FN is in them, when it ends,
//! what is unsent and what is broken.
//!
//! A command reads plain facts, makes plain values, writes them whole, says what happened, exits.
//!
//! | module | owns |
//! |---|---|
//! | [`cli`] | the tree of commands and options; no logic |
//! | [`context`] | home folder, configuration, clock, output: resolved once, passed on |
//! | [`commands`] | one file per subcommand: plans, calls, reports; only they combine the rest |
//! | [`config`] | `connect.json` and `service.json`: what users write, as typed values |
//! | [`kkt`] | registers: a folder per brand, the shared vocabulary, reading side by side |
//! | [`host`] | the workstation: names, users, ports, networks; all calls to the system |
//! | [`schedule`] | tasks of Windows Task Scheduler: their texts, registration, times |
//! | [`state`] | files that stay: records, known registers, health, the lock |
//! | [`metrics`] | health for monitoring systems: values to text |
//! | [`logsearch`] | logs of the cash desk's programs: which FN was in a register last |
//! | [`delivery`] | servers: how they are reached, when to try again |
//! | [`render`] | text for people in two languages, tables, JSON; the only user of stdout |
//! | [`secret`] | values that cannot be shown |
//! | [`hurry`] | jobs side by side, and no wait beyond a limit |
//! | [`logging`] | `service.log` and `kkt.log` |
//! | [`exit`] | the exit codes |
//!
//! The modules below `commands` know neither the command line nor stdout nor each other, save
//! through value types. A new brand is a folder in [`kkt`], a new command a file in
//! [`commands`], a new text a line in [`render`].

pub mod cli;
pub mod commands;
pub mod config;
pub mod context;
pub mod delivery;
pub mod exit;
pub mod host;
pub mod hurry;
pub mod kkt;
pub mod logging;
pub mod logsearch;
pub mod metrics;
pub mod render;
pub mod schedule;
pub mod secret;
pub mod state;
