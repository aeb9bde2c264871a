//! Licences of the register, which the driver gives one by one.

use super::params;
use super::session::Session;
use crate::kkt::Warning;
use crate::kkt::passport::License;

/// Most licences that are read; the vendor's list has some dozens.
const LIMIT: u32 = 1000;

/// Reads the licences; `None` when the list could not be begun.
///
/// The end of the list is a refusal whose number the vendor does not fix, so any refusal ends
/// it; only those that mean a failed exchange are warnings, and what came before is kept.
pub(super) fn read(session: &mut Session<'_>) -> Option<Vec<License>> {
    let list = session.ask(&params::LICENSES_BEGIN, |s| s.text(params::RECORDS_ID))?.unwrap_or_default();
    let mut licenses = Vec::new();
    loop {
        match session.put(&params::LICENSES_NEXT, |driver| driver.set_text(params::RECORDS_ID, &list)) {
            Ok(()) if licenses.len() as u32 == LIMIT => {
                session.warn(Warning::Endless { item: params::LICENSES.to_owned(), kept: LIMIT });
                break;
            }
            Ok(()) => licenses.extend(license(session)),
            Err(failure) if failure.is_fault() => {
                session.unanswered(&params::LICENSES_NEXT, failure);
                break;
            }
            Err(_) => break,
        }
    }
    if !session.is_lost() {
        // Whether the list is closed well changes nothing of what was read.
        let _ = session.put(&params::LICENSES_END, |driver| driver.set_text(params::RECORDS_ID, &list));
    }
    Some(licenses)
}

fn license(session: &mut Session<'_>) -> Option<License> {
    Some(License {
        number: session.int(params::LICENSE_NUMBER)?,
        name: session.text(params::LICENSE_NAME).unwrap_or_default(),
        valid_from: session.time(params::LICENSE_VALID_FROM),
        valid_until: session.time(params::LICENSE_VALID_UNTIL),
    })
}
