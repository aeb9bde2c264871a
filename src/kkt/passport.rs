//! Who a register is: registration data, FN, firmware, licences.

use std::fmt;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use super::ReadError;

/// Longest serial number that is believed, in characters; real ones have 14 to 16.
const SERIAL_LIMIT: usize = 40;

/// Names that Windows keeps for devices, so no file can bear them.
const RESERVED_NAMES: [&str; 4] = ["CON", "PRN", "AUX", "NUL"];

/// Factory number of a register, fit to be a file name: ASCII letters, digits, `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct SerialNumber(String);

impl SerialNumber {
    /// Takes a serial number as the register gave it; blanks around it are dropped.
    ///
    /// # Errors
    /// [`ReadError::NoSerial`] when nothing is left, [`ReadError::StrangeSerial`] when it holds
    /// anything that must not get into a file name.
    pub fn parse(text: &str) -> Result<Self, ReadError> {
        let serial = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        if serial.is_empty() {
            return Err(ReadError::NoSerial);
        }
        let plain = serial.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !plain || serial.len() > SERIAL_LIMIT || is_reserved(serial) {
            return Err(ReadError::StrangeSerial { shown: text.chars().take(SERIAL_LIMIT).collect() });
        }
        Ok(Self(serial.to_owned()))
    }

    /// The number itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_reserved(name: &str) -> bool {
    let numbered = |prefix: &str| {
        let tail = name.get(..3).filter(|head| head.eq_ignore_ascii_case(prefix)).and_then(|_| name.get(3..));
        tail.is_some_and(|tail| tail.len() == 1 && tail.bytes().all(|b| b.is_ascii_digit()))
    };
    RESERVED_NAMES.iter().any(|reserved| reserved.eq_ignore_ascii_case(name))
        || numbered("COM")
        || numbered("LPT")
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<SerialNumber> for String {
    fn from(serial: SerialNumber) -> Self {
        serial.0
    }
}

impl TryFrom<String> for SerialNumber {
    type Error = ReadError;

    fn try_from(text: String) -> Result<Self, ReadError> {
        Self::parse(&text)
    }
}

/// A value that a driver may be too old to say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Item<T> {
    /// The register said it.
    Known(T),
    /// It was asked and did not say.
    #[default]
    Unknown,
    /// The installed driver cannot ask for it.
    Unsupported,
}

impl<T> From<Option<T>> for Item<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Unknown, Self::Known)
    }
}

/// Registration data, FN, firmware and licences of one register. Texts stand as the register
/// gave them, blanks included; an empty one is `None`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Passport {
    /// Factory number; without one there is no passport.
    pub serial_number: SerialNumber,
    /// Model as the register names it.
    pub model_name: Option<String>,
    /// RNM, tag 1037.
    pub registration_number: Option<String>,
    /// Organisation, tag 1048.
    pub organization_name: Option<String>,
    /// Taxpayer's number (INN), tag 1018.
    pub inn: Option<String>,
    /// Address of settlements, tag 1009.
    pub address: Option<String>,
    /// Name of the OFD, tag 1046.
    pub ofd_name: Option<String>,
    /// When the FN was registered first, local time.
    pub registered_at: Option<NaiveDateTime>,
    /// Serial number of the FN.
    pub fn_serial: Option<String>,
    /// Edition of the FN.
    pub fn_edition: Item<String>,
    /// End of the FN's validity, local time.
    pub fn_valid_until: Option<NaiveDateTime>,
    /// FFD version times 100: 100, 105, 110, 120.
    pub ffd_version: Option<u32>,
    /// Configuration version of ATOL, firmware version of Mitsu.
    pub firmware_version: Option<String>,
    /// Sells excise goods.
    pub excise: Option<bool>,
    /// Sells marked goods.
    pub marked: Item<bool>,
    /// Version of the driver that read it; `None` when there is none or it does not say.
    pub driver_version: Option<String>,
    /// Licences; `None` when the brand has none or they could not be read.
    pub licenses: Option<Vec<License>>,
}

impl Passport {
    /// A passport of which only the serial number is known.
    #[must_use]
    pub fn new(serial_number: SerialNumber) -> Self {
        Self {
            serial_number,
            model_name: None,
            registration_number: None,
            organization_name: None,
            inn: None,
            address: None,
            ofd_name: None,
            registered_at: None,
            fn_serial: None,
            fn_edition: Item::Unknown,
            fn_valid_until: None,
            ffd_version: None,
            firmware_version: None,
            excise: None,
            marked: Item::Unknown,
            driver_version: None,
            licenses: None,
        }
    }
}

/// One licence of an ATOL register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct License {
    /// Its number in the vendor's list.
    pub number: u32,
    /// What it allows.
    pub name: String,
    /// First day, local time.
    pub valid_from: Option<NaiveDateTime>,
    /// Last day, local time; 2038-01-19 stands for "no limit".
    pub valid_until: Option<NaiveDateTime>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_are_fit_for_file_names() {
        assert_eq!(
            SerialNumber::parse(" 00123456790012 ").map(String::from),
            Ok("00123456790012".to_owned())
        );
        assert_eq!(SerialNumber::parse("KKT-7_a").map(String::from), Ok("KKT-7_a".to_owned()));
        assert_eq!(SerialNumber::parse(" \0"), Err(ReadError::NoSerial));
        for text in ["..", "1/2", "a b", "Ж1", "12.json", "nul", "com1", "LPT9", &"9".repeat(41)] {
            assert!(matches!(SerialNumber::parse(text), Err(ReadError::StrangeSerial { .. })), "{text}");
        }
    }
}
