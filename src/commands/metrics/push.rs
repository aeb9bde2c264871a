//! Sends the health to the Zabbix servers of the configuration.

use std::time::Duration;

use crate::config::service::Zabbix;
use crate::context::Context;
use crate::delivery::zabbix::{self as trapper, Server, Value};
use crate::exit::Exit;
use crate::metrics::{Snapshot, zabbix};
use crate::render::metrics::{PushReport, Pushed, no_server};

/// Key of the trapper item that takes everything; other items are made from it.
const KEY: &str = "getad.json";
/// Seconds that a server may take.
const LIMIT: u32 = 10;

/// Sends everything to each server; `failed` parts have failed before.
pub fn run(settings: &Zabbix, snapshot: &Snapshot, failed: usize, context: &Context) -> Exit {
    let lang = context.output.lang;
    let listed = trapper::servers(settings.server.as_deref().unwrap_or_default());
    if listed.is_empty() {
        context.output.warning(&no_server(lang));
    }
    let nothing = listed.is_empty() || snapshot.registers.is_empty();
    let host = host(settings, snapshot);
    let pushed = if nothing { Vec::new() } else { push(listed, &host, settings, snapshot) };
    let accepted = pushed.iter().filter(|pushed| pushed.outcome.is_ok()).count();
    let report = PushReport { host, pushed };
    report.log();
    context.output.document(&report.document(lang));
    context.output.text(&report.text(lang));
    report.errors(lang).iter().for_each(|message| context.output.error(message));
    Exit::of_parts(accepted, report.pushed.len() - accepted + failed)
}

/// Name of this computer in Zabbix.
fn host(settings: &Zabbix, snapshot: &Snapshot) -> String {
    let named = settings.host.clone().filter(|host| !host.is_empty());
    named.or_else(|| snapshot.workstation.hostname.clone()).unwrap_or_default()
}

fn push(
    listed: Vec<Result<Server, trapper::NotAServer>>,
    host: &str,
    settings: &Zabbix,
    snapshot: &Snapshot,
) -> Vec<Pushed> {
    let value = Value { host: host.to_owned(), key: KEY.to_owned(), value: zabbix::document(snapshot) };
    let limit = Duration::from_secs(settings.timeout.unwrap_or(LIMIT).max(1).into());
    let servers: Vec<Server> = listed.iter().filter_map(|server| server.clone().ok()).collect();
    let mut outcomes = trapper::push(&servers, &[value], limit).into_iter();
    let mut outcome = |server: Result<Server, trapper::NotAServer>| match server {
        Ok(server) => {
            Some(Pushed { server: server.to_string(), outcome: outcomes.next()?.map_err(Into::into) })
        }
        Err(bad) => Some(Pushed { server: bad.0.clone(), outcome: Err(bad.into()) }),
    };
    listed.into_iter().filter_map(&mut outcome).collect()
}
