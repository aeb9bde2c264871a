//! ATOL registers, through the vendor's driver 10.

use super::Kind;

/// Sort of a driver error.
#[must_use]
pub fn error_kind(_code: i32) -> Kind {
    Kind::Refused
}
