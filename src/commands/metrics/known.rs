//! What is known of the registers, gathered from their files.

use chrono::{Local, NaiveDateTime, TimeZone};

use crate::commands::workstation;
use crate::context::Context;
use crate::metrics::{Register, Snapshot};
use crate::state::health::{self, HealthFault};

/// The registers, and the files of which nothing can be known.
pub struct Known {
    /// What is known.
    pub snapshot: Snapshot,
    /// Files that cannot be used.
    pub faults: Vec<HealthFault>,
}

impl Known {
    /// Reads the files; nobody's lock is needed, as every file is whole at any time.
    pub fn load(context: &Context) -> Self {
        let (files, faults) = health::load_all(&context.home.metrics());
        let now = context.now();
        let snapshot = Snapshot {
            now,
            unix,
            workstation: workstation::facts(context, false),
            registers: files.into_iter().filter_map(|file| Register::new(file, now)).collect(),
            unreadable_files: faults.len(),
        };
        Self { snapshot, faults }
    }

    /// The same for one register alone.
    pub fn only(&self, serial: Option<&str>) -> Self {
        let (mut snapshot, mut faults) = (self.snapshot.clone(), self.faults.clone());
        if let Some(serial) = serial.map(str::trim) {
            snapshot.registers.retain(|register| register.serial == serial);
            faults.retain(|fault| fault.path.file_stem().is_none_or(|stem| stem == serial));
        }
        Self { snapshot, faults }
    }
}

/// Unix time of a local time.
fn unix(local: NaiveDateTime) -> Option<i64> {
    Local.from_local_datetime(&local).earliest().map(|time| time.timestamp())
}
