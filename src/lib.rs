//! getad: who the fiscal cash registers of a workstation are, which FN is in them, when it ends,
//! what is unsent and what is broken.
//!
//! A command reads plain facts, makes plain values, writes them whole, says what happened, exits.
//!
//! | module | owns |
//! |---|---|
//! | [`config`] | `connect.json` and `service.json`: what users write, as typed values |
//! | [`kkt`] | registers: a folder per brand, the shared vocabulary, reading side by side |
//! | [`host`] | the workstation: names, users, ports, networks; all calls to the system |
//! | [`state`] | files that stay: records, known registers, health, the lock |
//! | [`secret`] | values that cannot be shown |
//! | [`exit`] | the exit codes |
//!
//! The modules below `commands` know neither the command line nor stdout nor each other, save
//! through value types. A new brand is a folder in [`kkt`], a new command a file in
//! [`commands`], a new text a line in [`render`].

pub mod config;
pub mod exit;
pub mod host;
pub mod kkt;
pub mod secret;
pub mod state;
