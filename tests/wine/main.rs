//! The programs for Windows, 64-bit and 32-bit, run under Wine.
//!
//! `tools/setup` installs what this needs, `tools/build-windows` and `tools/build-windows --sim`
//! build the programs and the driver simulator, `cargo test --test wine` runs it. Shown here is
//! what Windows does differently: ports, registry, profiles, driver widths, processes, paths.
//! What is the same everywhere is shown by the suite.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]
#![allow(missing_docs, reason = "a test's name says what it shows")]

mod atol;
mod computer;
mod doctor;
mod encrypt;
mod holder;
mod home;
#[allow(dead_code, reason = "the suite uses the rest of it")]
#[path = "../sim/http.rs"]
mod http_sim;
mod installed;
mod logs;
mod migrate;
mod mitsu;
mod network;
mod package;
mod programs;
#[allow(dead_code, reason = "the suite uses the rest of it")]
#[path = "../sim/proxy.rs"]
mod proxy_sim;
mod restart;
mod schedule;
mod search;
mod send;
#[allow(dead_code, reason = "the suite uses the rest of it")]
#[path = "../sim/mitsu.rs"]
mod sim;
mod status;
#[allow(dead_code, reason = "the suite uses the rest of it")]
#[path = "../sim/tls.rs"]
mod tls_sim;
#[allow(dead_code, reason = "the suite uses the rest of it")]
#[path = "../suite/util.rs"]
mod util;
mod walk;
mod workstation;
