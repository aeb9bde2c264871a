//! Writes down what a server got. The lock is held for that alone, not while servers are waited for.

use std::path::Path;

use super::server::{Round, name};
use crate::context::Context;
use crate::render::Lang;
use crate::render::send::{Served, Trouble, ledger_set_aside};
use crate::state::StateError;
use crate::state::delivery::{Ledger, Server};

/// Notes what a server got in the ledger as it stands now. Only `known` servers stay in it, if that is given, and
/// only files that are still there.
///
/// # Errors
/// When the lock or the file cannot be had.
pub fn note(
    served: &Served,
    round: &Round,
    known: Option<&[(String, String)]>,
    context: &Context,
) -> Result<(), StateError> {
    let (Some(host), Some(id)) = (&served.host, &served.id) else { return Ok(()) };
    let _lock = context.lock()?;
    let loaded = Ledger::load(&context.home, true, context.now())?;
    let tell = |aside: &Path| context.output.warning(&ledger_set_aside(aside, context.output.lang));
    let mut ledger = loaded.told(tell);
    let server = ledger.server(host, id);
    settle(server, served);
    server.keep_files(&round.files.iter().map(|path| name(path)).collect::<Vec<_>>());
    if let Some(known) = known {
        ledger.keep_servers(known);
    }
    ledger.save(&context.home)
}

fn settle(server: &mut Server, served: &Served) {
    for delivery in &served.deliveries {
        match &delivery.outcome {
            Ok(sha256) => server.accepted(&delivery.file, sha256, delivery.at),
            Err(Trouble::GivenUp | Trouble::OutOfTime) => {}
            Err(trouble) => server.failed(&delivery.file, &trouble.message(Lang::En).what, delivery.at),
        }
    }
}
