//! Mitsu 1-F registers, by their own protocol.

use super::Kind;

/// Sort of a device error.
#[must_use]
pub fn error_kind(_code: u32) -> Kind {
    Kind::Refused
}
