//! Tests through the real binary.
//!
//! One file per command, plus what belongs to all of them. The simulators stand in for registers
//! through ordinary configuration: a library path, a network address, a serial device.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]
#![allow(missing_docs, reason = "a test's name says what it shows")]

mod atol;
mod cli;
mod config;
mod doctor;
mod encrypt;
mod fields;
mod home;
#[allow(dead_code, reason = "a benchmark uses the rest of it")]
#[path = "../sim/http.rs"]
mod http_sim;
mod install;
mod interrupt;
mod live_logs;
mod logs;
mod metrics;
mod migrate;
mod mitsu;
mod monitoring;
mod notify;
mod odd_logs;
mod output;
mod plugin;
#[path = "../sim/proxy.rs"]
mod proxy_sim;
mod push;
mod readme;
mod reboot_kkt;
mod regression;
mod regression_send;
mod run;
mod schedule_reboot;
mod search;
mod secrets;
mod send;
mod send_routes;
mod send_trouble;
#[allow(dead_code, reason = "a demonstration uses the rest of it")]
#[path = "../sim/mitsu.rs"]
mod sim;
mod state;
mod status;
#[path = "../sim/telegram.rs"]
mod telegram;
mod time_zones;
#[path = "../sim/tls.rs"]
mod tls_sim;
mod topics;
#[path = "../sim/trapper.rs"]
mod trapper;
mod update;
mod util;
mod validate_fn;
