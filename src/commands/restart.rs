//! The restart that waits to be done, as several commands see it.

use chrono::{DateTime, Duration, Local, NaiveDateTime};

use crate::config::lenient::TargetTime;
use crate::context::Context;
use crate::render::restart::broken_state;
use crate::schedule::time::next_occurrence;
use crate::state::StateError;
use crate::state::reboot::Reboot;

/// "At once" for the Task Scheduler: it does not start what should have begun already.
const AT_ONCE_MINUTES: i64 = 1;

/// The state. A broken file means that nothing is pending; with `repair` it is set aside, and
/// that is said.
pub fn load(context: &Context, repair: bool) -> Result<Reboot, StateError> {
    let loaded = Reboot::load(&context.home, repair, context.now())?;
    if let Some(aside) = loaded.set_aside {
        context.output.warning(&broken_state(&aside, context.output.lang));
    }
    Ok(loaded.reboot)
}

/// When a restart would take place if it were planned now.
pub fn planned(target: TargetTime, now: DateTime<Local>) -> NaiveDateTime {
    let at = match target.time() {
        Some(time) => next_occurrence(time, now),
        None => now + Duration::minutes(AT_ONCE_MINUTES),
    };
    at.naive_local()
}
