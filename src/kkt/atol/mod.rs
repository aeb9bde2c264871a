//! ATOL registers, through the vendor's driver 10.
//!
//! This module owns everything that touches the vendor's library `fptr10`: which file it is
//! ([`library`]), the process of its own that it runs in ([`worker`]), and, in that process, what
//! is asked in which order. It reads only; no function that prints, writes or changes anything is
//! bound, save the one that restarts the register for whoever asks for that by name. The interface, its numbers and its settings are those of the vendor's programming guide
//! for driver 10 ("Драйвер ККТ v.10", "Руководство программиста"); the FFD tags are those of the
//! tax service's order on formats of fiscal documents.

mod driver;
mod ffi;
mod header;
mod health;
pub mod imports;
mod journal;
pub mod library;
mod licenses;
mod params;
mod passport;
mod protocol;
mod serve;
mod session;
mod settings;
mod text;
mod version;
pub mod worker;

pub use version::is_too_old;

use super::Kind;

/// Sort of a driver error (`LIBFPTR_ERROR_*`); -1 is an error that the driver did not number.
#[must_use]
pub fn error_kind(code: i32) -> Kind {
    match code {
        // Not connected, no connection, port not available.
        1 | 2 | 4 => Kind::Absent,
        // Port busy, the register is at work, its interface is taken.
        3 | 55 | 221 => Kind::Busy,
        // Unusable data, wrong cast, missing parameter, connection lost.
        5 | 7 | 8 | 241 => Kind::Protocol,
        // Settings wrong or absent.
        9 | 10 => Kind::Config,
        // Fault within the library, a part of it not loaded.
        6 | 14 => Kind::Library,
        _ => Kind::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn driver_errors_have_kinds() {
        let kinds = [
            (1, Kind::Absent),
            (2, Kind::Absent),
            (3, Kind::Busy),
            (4, Kind::Absent),
            (5, Kind::Protocol),
            (9, Kind::Config),
            (11, Kind::Refused),
            (14, Kind::Library),
            (44, Kind::Refused),
            (55, Kind::Busy),
            (166, Kind::Refused),
            (241, Kind::Protocol),
            (-1, Kind::Refused),
        ];
        for (code, kind) in kinds {
            assert_eq!(error_kind(code), kind, "{code}");
        }
    }
}
