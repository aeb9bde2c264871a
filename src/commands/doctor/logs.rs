//! Logs of the POS program, by which the FN are checked.

use std::time::SystemTime;

use crate::commands::validate_fn::{IIKO, configured_folder};
use crate::config::lenient::LogSource;
use crate::config::service::{LogSearch, Validation};
use crate::context::Context;
use crate::kkt::Brand;
use crate::logsearch;
use crate::render::doctor::facts::logs::Fact;
use crate::render::doctor::finding::{Check, Finding};
use crate::state::fiscals::{Fiscals, Group};

/// Looks for the logs of the brands whose registers are known or configured.
pub fn check(context: &Context) -> Vec<Finding> {
    let (Ok(connect), Ok(service)) = (context.connect(), context.service()) else { return Vec::new() };
    let rules = service.validation_fn;
    if !rules.enabled || rules.forced {
        return vec![Finding::ok(Check::Logs, Fact::Off)];
    }
    let loaded = Fiscals::load(&context.home, false, context.now());
    let fiscals = loaded.map(|loaded| loaded.content).unwrap_or_default();
    let is_wanted = |brand: &Brand| {
        let known = !fiscals.list(Group::from(*brand)).is_empty();
        known || !connect.plan(*brand).links.is_empty() || names_folder(of(*brand, &rules))
    };
    let found: Vec<Finding> =
        Brand::ALL.into_iter().filter(is_wanted).map(|brand| look(brand, &rules, context)).collect();
    if found.is_empty() { vec![Finding::ok(Check::Logs, Fact::Unneeded)] } else { found }
}

fn of(brand: Brand, rules: &Validation) -> &LogSearch {
    match brand {
        Brand::Atol => &rules.atol,
        Brand::Mitsu => &rules.mitsu,
    }
}

/// Who enters a folder wants it to be there.
fn names_folder(settings: &LogSearch) -> bool {
    settings.logs_dir.as_deref().is_some_and(|folder| !folder.eq_ignore_ascii_case(IIKO))
}

fn look(brand: Brand, rules: &Validation, context: &Context) -> Finding {
    let settings = of(brand, rules);
    // The driver's own logs do as well.
    let source = settings.source.unwrap_or(LogSource::Both);
    let complain = match (brand, source) {
        (Brand::Atol, LogSource::Driver) => return Finding::ok(Check::Logs, Fact::Off),
        (Brand::Atol, LogSource::Both) => Finding::warning as fn(Check, Fact) -> Finding,
        _ => Finding::problem,
    };
    let configured = settings.logs_dir.as_deref().unwrap_or(IIKO);
    let Ok(folder) = configured_folder(configured, context.home.path()) else {
        return complain(Check::Logs, Fact::NoIiko(brand));
    };
    let mask = settings.logs_mask_name.clone().unwrap_or_default();
    match logsearch::files(&folder, &mask, SystemTime::UNIX_EPOCH) {
        Err(problem) => complain(Check::Logs, Fact::NoFolder(brand, problem.to_string())),
        Ok(files) if files.is_empty() => Finding::warning(Check::Logs, Fact::NoFiles { brand, folder, mask }),
        Ok(files) => Finding::ok(Check::Logs, Fact::Fine { brand, folder, count: files.len() }),
    }
}
