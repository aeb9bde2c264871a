//! Values as people write them: a number in quotes, a switch as `1`, a port as `4`.

use std::fmt;
use std::marker::PhantomData;

use chrono::NaiveTime;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Serialize, Serializer};

use crate::secret::Secret;

/// A single JSON value, before it is known what is wanted.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar<'a> {
    /// `true`, `false`.
    Bool(bool),
    /// A whole number.
    Whole(i64),
    /// Any other number.
    Other(f64),
    /// A text, blanks around it dropped.
    Text(&'a str),
}

/// A type that can be understood from more than one way of writing it.
pub trait Lenient: Sized {
    /// What would be right, for messages.
    const EXPECTED: &'static str;

    /// The value, if `scalar` can mean one.
    fn understand(scalar: &Scalar<'_>) -> Option<Self>;
}

/// For `#[serde(deserialize_with)]`: `null` is `None`, everything else must be understood.
///
/// # Errors
/// When the value cannot mean a `T`.
pub fn lenient<'de, D: Deserializer<'de>, T: Lenient>(deserializer: D) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_any(LenientVisitor(PhantomData))
}

/// For `#[serde(deserialize_with)]`: like [`lenient`], but `null` is a mistake too.
///
/// # Errors
/// When the value cannot mean a `T`.
pub fn given<'de, D: Deserializer<'de>, T: Lenient>(deserializer: D) -> Result<T, D::Error> {
    lenient(deserializer)?.ok_or_else(|| D::Error::invalid_type(Unexpected::Unit, &T::EXPECTED))
}

struct LenientVisitor<T>(PhantomData<T>);

impl<T: Lenient> LenientVisitor<T> {
    fn take<E: Error>(scalar: &Scalar<'_>, unexpected: Unexpected<'_>) -> Result<Option<T>, E> {
        T::understand(scalar).map(Some).ok_or_else(|| E::invalid_value(unexpected, &T::EXPECTED))
    }
}

impl<'de, T: Lenient> Visitor<'de> for LenientVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Self::take(&Scalar::Bool(value), Unexpected::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Self::take(&Scalar::Whole(value), Unexpected::Signed(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        let whole =
            i64::try_from(value).map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &T::EXPECTED))?;
        Self::take(&Scalar::Whole(whole), Unexpected::Unsigned(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Self::take(&Scalar::Other(value), Unexpected::Float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Self::take(&Scalar::Text(value.trim()), Unexpected::Str(value))
    }
}

/// A number in any of its forms, as a whole one.
fn whole(scalar: &Scalar<'_>) -> Option<i64> {
    match scalar {
        Scalar::Whole(value) => Some(*value),
        // Numbers like 115200.0 come from spreadsheets; beyond 2^53 they are not exact.
        Scalar::Other(value) if value.fract() == 0.0 && value.abs() < 9e15 => {
            format!("{value:.0}").parse().ok()
        }
        Scalar::Text(text) => text.parse().ok(),
        Scalar::Other(_) | Scalar::Bool(_) => None,
    }
}

impl Lenient for bool {
    const EXPECTED: &'static str = "true or false (also 1 or 0)";

    fn understand(scalar: &Scalar<'_>) -> Option<Self> {
        match scalar {
            Scalar::Bool(value) => Some(*value),
            Scalar::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Scalar::Text(text) if text.is_empty() || text.eq_ignore_ascii_case("false") => Some(false),
            _ => match whole(scalar)? {
                0 => Some(false),
                1 => Some(true),
                _ => None,
            },
        }
    }
}

impl Lenient for u16 {
    const EXPECTED: &'static str = "a whole number from 1 to 65535";

    fn understand(scalar: &Scalar<'_>) -> Option<Self> {
        whole(scalar).and_then(|value| Self::try_from(value).ok()).filter(|&value| value > 0)
    }
}

impl Lenient for u32 {
    const EXPECTED: &'static str = "a whole number, 0 or more";

    fn understand(scalar: &Scalar<'_>) -> Option<Self> {
        whole(scalar).and_then(|value| Self::try_from(value).ok())
    }
}

impl Lenient for String {
    const EXPECTED: &'static str = "a text";

    fn understand(scalar: &Scalar<'_>) -> Option<Self> {
        match scalar {
            Scalar::Text(text) => Some((*text).to_owned()),
            Scalar::Whole(value) => Some(value.to_string()),
            Scalar::Bool(_) | Scalar::Other(_) => None,
        }
    }
}

impl Lenient for Secret {
    const EXPECTED: &'static str = String::EXPECTED;

    fn understand(scalar: &Scalar<'_>) -> Option<Self> {
        String::understand(scalar).map(Self::new)
    }
}

/// When the restart file runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetTime {
    /// As soon as a replacement is found: `false` or `0`.
    AtOnce,
    /// At this time of the day.
    At(NaiveTime),
    /// It was written wrongly: the default time stands in, with a warning.
    Unclear,
}

impl TargetTime {
    /// The time of the day, the default for one that was written wrongly; `None` means at once.
    #[must_use]
    pub fn time(self) -> Option<NaiveTime> {
        match self {
            Self::AtOnce => None,
            Self::At(time) => Some(time),
            Self::Unclear => NaiveTime::from_hms_opt(5, 30, 0),
        }
    }
}

impl Lenient for TargetTime {
    const EXPECTED: &'static str = "a time \"HH:MM\", or false";

    fn understand(scalar: &Scalar<'_>) -> Option<Self> {
        if bool::understand(scalar) == Some(false) {
            return Some(Self::AtOnce);
        }
        let Scalar::Text(text) = scalar else { return Some(Self::Unclear) };
        Some(NaiveTime::parse_from_str(text, "%H:%M").map_or(Self::Unclear, Self::At))
    }
}

impl Serialize for TargetTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::AtOnce => serializer.serialize_bool(false),
            Self::At(time) => serializer.collect_str(&time.format("%H:%M")),
            Self::Unclear => serializer.serialize_none(),
        }
    }
}

/// Where pairs of an ATOL register and its FN are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogSource {
    /// In the ATOL driver's own log.
    Driver,
    /// In the logs of the POS program.
    Pos,
    /// In both; the newer pair counts.
    Both,
}

impl Lenient for LogSource {
    const EXPECTED: &'static str = "\"driver\", \"pos\" or \"both\"";

    fn understand(scalar: &Scalar<'_>) -> Option<Self> {
        let Scalar::Text(text) = scalar else { return None };
        match text.to_ascii_lowercase().as_str() {
            "driver" => Some(Self::Driver),
            "pos" => Some(Self::Pos),
            "both" => Some(Self::Both),
            _ => None,
        }
    }
}

/// Form of the file for a Zabbix agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataFormat {
    /// One document with all registers.
    #[default]
    Zabbix,
    /// The keys of the zabbix-atol script.
    ZabbixLegacy,
}

impl Lenient for DataFormat {
    const EXPECTED: &'static str = "\"zabbix\" or \"zabbix-legacy\"";

    fn understand(scalar: &Scalar<'_>) -> Option<Self> {
        let Scalar::Text(text) = scalar else { return None };
        match text.to_ascii_lowercase().as_str() {
            "zabbix" => Some(Self::Zabbix),
            "zabbix-legacy" => Some(Self::ZabbixLegacy),
            _ => None,
        }
    }
}

/// For `#[serde(deserialize_with)]`: a list, or one object where a list is meant, or `null`.
///
/// # Errors
/// When it is anything else, or an entry cannot be understood.
pub fn one_or_many<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_any(ListVisitor(PhantomData))
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(entries))
    }

    fn visit_map<A: MapAccess<'de>>(self, entry: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(entry)).map(|entry| vec![entry])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_are_understood() {
        for (scalar, value) in [
            (Scalar::Bool(true), Some(true)),
            (Scalar::Whole(1), Some(true)),
            (Scalar::Text("1"), Some(true)),
            (Scalar::Text("True"), Some(true)),
            (Scalar::Text("0"), Some(false)),
            (Scalar::Text(""), Some(false)),
            (Scalar::Whole(2), None),
            (Scalar::Text("yes"), None),
        ] {
            assert_eq!(bool::understand(&scalar), value, "{scalar:?}");
        }
    }

    #[test]
    fn numbers_are_understood() {
        assert_eq!(u32::understand(&Scalar::Text("115200")), Some(115_200));
        assert_eq!(u32::understand(&Scalar::Other(115_200.0)), Some(115_200));
        assert_eq!(u32::understand(&Scalar::Other(0.5)), None);
        assert_eq!(u16::understand(&Scalar::Whole(0)), None);
        assert_eq!(u16::understand(&Scalar::Text("65536")), None);
    }

    #[test]
    fn target_times_are_understood() {
        let at = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).map(TargetTime::At);
        assert_eq!(TargetTime::understand(&Scalar::Text("05:30")), at(5, 30));
        assert_eq!(TargetTime::understand(&Scalar::Text("5:30")), at(5, 30));
        assert_eq!(TargetTime::understand(&Scalar::Bool(false)), Some(TargetTime::AtOnce));
        assert_eq!(TargetTime::understand(&Scalar::Text("0")), Some(TargetTime::AtOnce));
        assert_eq!(TargetTime::understand(&Scalar::Text("25:00")), Some(TargetTime::Unclear));
        assert_eq!(TargetTime::understand(&Scalar::Bool(true)), Some(TargetTime::Unclear));
    }
}
