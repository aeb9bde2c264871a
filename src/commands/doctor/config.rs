//! The configuration files, and the key for what is encrypted in them.

use crate::commands::config::doubts;
use crate::config::credentials::Credentials;
use crate::config::keys::unknown;
use crate::config::{CONNECT_FILE, SERVICE_FILE, load};
use crate::context::Context;
use crate::kkt::Brand;
use crate::render::doctor::facts::config::Fact;
use crate::render::doctor::finding::{Check, Finding};
use crate::secret::Keys;

/// Looks at both files and the key.
pub fn check(context: &Context) -> Vec<Finding> {
    let connect = match context.connect() {
        Err(error) => vec![Finding::problem(Check::Config, Fact::Broken(error))],
        Ok(connect) => {
            let faults = Brand::ALL.into_iter().flat_map(|brand| connect.plan(brand).faults.clone());
            let faults = faults.map(|fault| Finding::problem(Check::Config, Fact::Entry(fault))).collect();
            file(CONNECT_FILE, faults, context)
        }
    };
    let service = match context.service() {
        Err(error) => vec![Finding::problem(Check::Config, Fact::Broken(error))],
        Ok(service) => {
            let (errors, doubts) = doubts(&service, context);
            let doubts = errors.into_iter().chain(doubts);
            let doubts = doubts.map(|doubt| Finding::warning(Check::Config, Fact::Doubt(doubt))).collect();
            file(SERVICE_FILE, doubts, context)
        }
    };
    connect.into_iter().chain(service).chain(key(context)).collect()
}

/// A file that can be read, with what is wrong in it.
fn file(name: &'static str, faults: Vec<Finding>, context: &Context) -> Vec<Finding> {
    let tree = match load::read_tree(&context.home.join(name)) {
        Ok(Some(tree)) => tree,
        Ok(None) => return vec![Finding::warning(Check::Config, Fact::Absent(name))],
        Err(error) => return vec![Finding::problem(Check::Config, Fact::Broken(error))],
    };
    let unknown = unknown(name, &tree).into_iter();
    let unknown = unknown.map(|key| Finding::warning(Check::Config, Fact::Unknown(name, key)));
    let found: Vec<Finding> = faults.into_iter().chain(unknown).collect();
    if found.is_empty() { vec![Finding::ok(Check::Config, Fact::Fine(name))] } else { found }
}

fn key(context: &Context) -> Vec<Finding> {
    let keys = match context.keys() {
        Ok(keys) => keys,
        Err(error) => return vec![Finding::problem(Check::Key, Fact::KeyBroken(error))],
    };
    // That the file cannot be read has been said.
    let Ok(credentials) = Credentials::read(&context.home.join(SERVICE_FILE)) else { return Vec::new() };
    let mut published = false;
    let mut sealed = Vec::new();
    let mut opened = 0;
    for entry in credentials.entries.iter().filter(|entry| entry.encrypted) {
        for credential in &entry.values {
            match keys.examine(&credential.value) {
                Ok(value) => {
                    opened += 1;
                    published |= value.published;
                }
                Err(error) => {
                    let place = format!("{}.{}", entry.name, credential.key);
                    sealed.push(Finding::problem(Check::Key, Fact::Sealed { place, error }));
                }
            }
        }
    }
    if sealed.is_empty() { vec![opening(&keys, opened, published)] } else { sealed }
}

fn opening(keys: &Keys, opened: usize, published: bool) -> Finding {
    match (opened, published) {
        (0, _) => Finding::ok(Check::Key, Fact::KeyUnneeded),
        (_, true) => Finding::warning(Check::Key, Fact::KeyPublished),
        (_, false) => Finding::ok(Check::Key, Fact::KeyUsed(keys.place().clone())),
    }
}
