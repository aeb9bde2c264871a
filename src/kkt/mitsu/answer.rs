//! What a register's answer says: a tolerant reader of `<OK …>` and `<ERROR …>` texts.
//!
//! The vendor's programming guide shows XML that no XML parser takes: quotes and `&` stand
//! unescaped, one sample closes `<OK>` with `</ANS>`. What does hold is that `<` and `>` inside a
//! value travel as entities, so a tag reaches from `<` to the next `>`. Texts are cp1251.
//!
//! This module refuses nothing but a text without an end; what a value means is the business of
//! [`command`](super::command).

mod entity;
mod scan;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime};
use encoding_rs::WINDOWS_1251;

pub use scan::{Closing, ends_name, may_begin, root_start};

/// An answer of which everything has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    is_error: bool,
    attributes: Vec<Value>,
    children: Vec<Value>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Value {
    name: String,
    text: String,
}

/// The register's "no".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Number of the error, 0 when it gave none.
    pub code: u32,
    /// The other attributes that are not empty, as they came: `FSE='0x02' PAR='INFO'`.
    pub text: Option<String>,
}

impl Answer {
    /// Takes an answer apart; `None` when its outermost tag is no answer's or is not closed.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let scanned = scan::scan(bytes)?;
        let values = |raw: Vec<(&[u8], Vec<u8>)>| raw.into_iter().map(Value::new).collect();
        Some(Self {
            is_error: scanned.root.eq_ignore_ascii_case(b"ERROR"),
            attributes: values(scanned.attributes),
            children: values(scanned.children),
        })
    }

    /// The error, if this is one.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        if !self.is_error {
            return None;
        }
        let told = self.attributes.iter().chain(&self.children);
        let rest: Vec<String> = told
            .filter(|value| !value.name.eq_ignore_ascii_case("No") && !value.text.trim().is_empty())
            .map(|value| format!("{}='{}'", value.name, value.text.trim()))
            .collect();
        let text = (!rest.is_empty()).then(|| rest.join(" "));
        Some(Refusal { code: self.number("No").unwrap_or(0), text })
    }

    /// The value of an attribute of the outermost tag, exactly as it came. Names are compared
    /// whole and without regard to case; of several the first counts.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        first(&self.attributes, name)
    }

    /// A value, blanks included, be it an attribute or a child; `None` when it is absent or blank.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        let found = self.attribute(name).or_else(|| first(&self.children, name));
        found.filter(|text| !blank_trimmed(text).is_empty())
    }

    /// A value that never has blanks of its own, such as a number: without those around it.
    #[must_use]
    pub fn word(&self, name: &str) -> Option<&str> {
        self.text(name).map(blank_trimmed)
    }

    /// A decimal number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u32> {
        self.word(name)?.parse().ok()
    }

    /// A bit mask, which comes as decimal (`0`) or hexadecimal (`0x03`).
    #[must_use]
    pub fn mask(&self, name: &str) -> Option<u32> {
        let word = self.word(name)?;
        match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => word.parse().ok(),
        }
    }

    /// A day, `yyyy-mm-dd`; `None` when there is no such day, as in `2000-00-00`.
    #[must_use]
    pub fn date(&self, name: &str) -> Option<NaiveDate> {
        let date = NaiveDate::parse_from_str(self.word(name)?, "%Y-%m-%d").ok()?;
        (1..=9999).contains(&date.year()).then_some(date)
    }

    /// A time of day, `hh:mm` or `hh:mm:ss`.
    #[must_use]
    pub fn time(&self, name: &str) -> Option<NaiveTime> {
        let word = self.word(name)?;
        let parsed = NaiveTime::parse_from_str(word, "%H:%M:%S");
        parsed.or_else(|_| NaiveTime::parse_from_str(word, "%H:%M")).ok()
    }

    /// The moment of `DATE` and `TIME`; midnight when only the day can be used.
    #[must_use]
    pub fn moment(&self) -> Option<NaiveDateTime> {
        Some(self.date("DATE")?.and_time(self.time("TIME").unwrap_or_default()))
    }
}

/// Text of the register's character set. Byte 0x98, which the set leaves undefined, becomes
/// U+0098.
#[must_use]
pub fn decode(bytes: &[u8]) -> String {
    WINDOWS_1251.decode_without_bom_handling(bytes).0.into_owned()
}

impl Value {
    fn new((name, text): (&[u8], Vec<u8>)) -> Self {
        Self { name: decode(name), text: entity::unescape(&decode(&text)) }
    }
}

fn first<'a>(values: &'a [Value], name: &str) -> Option<&'a str> {
    values.iter().find(|value| value.name.eq_ignore_ascii_case(name)).map(|value| value.text.as_str())
}

fn blank_trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\0')
}

#[cfg(test)]
mod tests;
