//! One server: every record, one after the other, over one connection.

use std::path::{Path, PathBuf};
use std::time::Instant;

use sha2::{Digest, Sha256};

use super::plan::{Destination, Target};
use crate::context::clock;
use crate::delivery::courier::{self, Failure};
use crate::delivery::patience::Patience;
use crate::delivery::retry::Policy;
use crate::delivery::{Address, Client, Settings, words};
use crate::render::send::{Delivery, Served, Trouble};
use crate::state::outgoing;

/// Header of the key.
pub const KEY_HEADER: &str = "X-API-Key";

/// What all servers of a pass have in common.
pub struct Round {
    /// How they are reached.
    pub settings: Settings,
    /// How often a record is tried.
    pub policy: Policy,
    /// When it must be over.
    pub deadline: Instant,
    /// Nothing is sent, only looked at.
    pub dry_run: bool,
    /// The records.
    pub files: Vec<PathBuf>,
}

/// Sends every record to a server; `tick` is called before each.
pub fn serve(destination: Destination, round: &Round, tick: &dyn Fn()) -> Served {
    let address = destination.target.as_ref().ok().map(|target| &target.address);
    let deliveries = match &destination.target {
        Err(error) => each(round, tick, |_| Settled::not(Trouble::Server(*error))),
        Ok(_) if round.dry_run => each(round, tick, look_at),
        Ok(target) => send_all(target, round, tick),
    };
    Served {
        number: destination.number,
        host: address.map(|address| address.host().to_owned()),
        id: address.map(Address::fingerprint),
        deliveries,
    }
}

/// What became of a record.
struct Settled {
    attempts: u32,
    status: Option<u16>,
    outcome: Result<String, Trouble>,
}

impl Settled {
    fn not(trouble: Trouble) -> Self {
        Self { attempts: 0, status: None, outcome: Err(trouble) }
    }
}

fn each(round: &Round, tick: &dyn Fn(), mut settle: impl FnMut(&Path) -> Settled) -> Vec<Delivery> {
    let delivery = |path: &PathBuf| {
        tick();
        let Settled { attempts, status, outcome } = settle(path);
        Delivery { file: name(path), attempts, status, outcome, at: clock() }
    };
    round.files.iter().map(delivery).collect()
}

/// Name of a record's file, as it is shown.
pub fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn look_at(path: &Path) -> Settled {
    let outcome = outgoing::read(path).map(|body| hash(&body)).map_err(Trouble::Record);
    Settled { attempts: 0, status: None, outcome }
}

fn send_all(target: &Target, round: &Round, tick: &dyn Fn()) -> Vec<Delivery> {
    let client = match Client::new(&round.settings) {
        Ok(client) => client,
        Err(error) => return each(round, tick, |_| Settled::not(Trouble::NoAnswer(error.clone()))),
    };
    let mut patience = Patience::new(round.policy);
    each(round, tick, |path| send_one(path, &client, target, &mut patience, round.deadline))
}

fn send_one(
    path: &Path,
    client: &Client,
    target: &Target,
    patience: &mut Patience,
    deadline: Instant,
) -> Settled {
    if patience.is_over() {
        return Settled::not(Trouble::GivenUp);
    }
    if Instant::now() >= deadline {
        return Settled::not(Trouble::OutOfTime);
    }
    let body = match outgoing::read(path) {
        Ok(body) => body,
        Err(error) => return Settled::not(Trouble::Record(error)),
    };
    let headers = [(KEY_HEADER, &target.key)];
    let sent = courier::post(client, &target.address, &headers, &body, patience.policy(), deadline);
    let (status, outcome) = match sent.outcome {
        Ok(answer) => {
            patience.accepted();
            (Some(answer.status), Ok(hash(&body)))
        }
        Err(Failure::NoAnswer(error)) => {
            patience.unanswered(&error);
            (None, Err(Trouble::NoAnswer(error)))
        }
        Err(Failure::Refused(answer)) => {
            patience.refused(answer.status);
            let words = words::of(&answer.body, &target.secrets());
            (Some(answer.status), Err(Trouble::Refused { status: answer.status, words }))
        }
    };
    Settled { attempts: sent.attempts, status, outcome }
}

fn hash(body: &[u8]) -> String {
    Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect()
}
