//! What calls getad: the tasks of Windows, and what would call the predecessor beside it.

use crate::commands::{install, restart};
use crate::context::Context;
use crate::host::services::{self, ServiceError};
use crate::render::doctor::facts::tasks::Fact;
use crate::render::doctor::finding::{Check, Finding};
use crate::schedule::compare;
use crate::schedule::tasks::{self, TaskError};

/// Compares the tasks with what `install` would register, and looks for the predecessor.
pub fn check(context: &Context) -> Vec<Finding> {
    registered(context).into_iter().chain(predecessor()).collect()
}

fn registered(context: &Context) -> Vec<Finding> {
    // What is wrong with configuration and state is said of them.
    let Ok(reboot) = restart::load(context, false) else { return Vec::new() };
    let Ok(plans) = install::plans(context, &reboot) else { return Vec::new() };
    let mut found = Vec::new();
    for plan in &plans {
        match tasks::read(plan.name) {
            Err(TaskError::NotWindows) => return vec![Finding::ok(Check::Task, Fact::Elsewhere)],
            Err(error) => {
                found.push(Finding::problem(Check::Task, Fact::Unreadable(error)));
                return found;
            }
            Ok(None) => found.push(Finding::problem(Check::Task, Fact::Absent(plan.name))),
            Ok(Some(text)) => found.push(compared(plan.name, &plan.xml, &text)),
        }
    }
    found
}

fn compared(name: &'static str, wanted: &str, registered: &str) -> Finding {
    match compare::difference(wanted, registered) {
        None => Finding::ok(Check::Task, Fact::Fine(name)),
        Some(element) => Finding::problem(Check::Task, Fact::Different { name, element }),
    }
}

fn predecessor() -> Vec<Finding> {
    match services::of_predecessor(None) {
        Err(ServiceError::NotWindows) => Vec::new(),
        Err(error) => vec![Finding::warning(Check::Service, Fact::Services(error))],
        Ok(found) if found.is_empty() => vec![Finding::ok(Check::Service, Fact::Alone)],
        Ok(found) => {
            let names = found.into_iter().map(|service| service.name);
            names.map(|name| Finding::warning(Check::Service, Fact::Predecessor(name))).collect()
        }
    }
}
