//! `_resources/fiscals.json`: the registers that are known, with the FN that was in them when
//! that was known for certain last.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::loaded::{self, Loaded};
use super::record::{NONE, time};
use super::{Home, StateError, file, health};
use crate::kkt::Brand;
use crate::kkt::passport::SerialNumber;

/// Name of the file in `_resources`.
pub const FILE_NAME: &str = "fiscals.json";
/// Digits of a serial number that a Shtrih register has.
const SHTRIH_DIGITS: usize = 16;

/// True for a serial number that a Shtrih register may have and those of other makes have not.
pub(super) fn is_shtrih_like(serial: &str) -> bool {
    serial.len() == SHTRIH_DIGITS && serial.bytes().all(|byte| byte.is_ascii_digit())
}

/// Known registers by brand. Keys of others survive.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fiscals {
    /// ATOL.
    pub atol: Vec<Known>,
    /// Mitsu.
    pub mitsu: Vec<Known>,
    /// Shtrih.
    pub shtrih: Vec<Known>,
    /// Whatever else stands there.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// One known register.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(non_snake_case, reason = "published names")]
pub struct Known {
    /// Its serial number.
    pub serialNumber: String,
    /// FN that was in it.
    pub fn_serial: String,
    /// When that was known for certain.
    pub v_time: String,
    /// Whatever else stands there.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// A list of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// ATOL.
    Atol,
    /// Mitsu.
    Mitsu,
    /// Shtrih.
    Shtrih,
}

impl Group {
    /// Every list, in the order of the file.
    pub const ALL: [Self; 3] = [Self::Atol, Self::Mitsu, Self::Shtrih];

    /// Name of the list in the file.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Atol => "atol",
            Self::Mitsu => "mitsu",
            Self::Shtrih => "shtrih",
        }
    }
}

impl Group {
    /// Records do not name their brand; their licences tell it: an object for ATOL, `None` for
    /// Mitsu, a text for Shtrih.
    #[must_use]
    pub fn of_record(licenses: Option<&Value>, serial: &str) -> Self {
        match licenses {
            Some(Value::Object(_)) => Self::Atol,
            Some(Value::String(text)) if text != NONE && is_shtrih_like(serial) => Self::Shtrih,
            _ => Self::Mitsu,
        }
    }
}

impl From<Brand> for Group {
    fn from(brand: Brand) -> Self {
        match brand {
            Brand::Atol => Self::Atol,
            Brand::Mitsu => Self::Mitsu,
        }
    }
}

impl Fiscals {
    /// Reads the file. A missing one is empty. A broken one is rebuilt from the records; with
    /// `repair` it is set aside and replaced.
    ///
    /// # Errors
    /// [`StateError`] when the file cannot be read, moved or replaced.
    pub fn load(home: &Home, repair: bool, now: NaiveDateTime) -> Result<Loaded<Self>, StateError> {
        let path = home.resource(FILE_NAME);
        let mut loaded: Loaded<Self> = loaded::load(&path, |_| Ok(()), repair, now)?;
        if loaded.problem.is_some() {
            log::warn!("{}: rebuilt from the records", path.display());
            loaded.content = Self::rebuilt(home);
        }
        if loaded.set_aside.is_some() {
            loaded.content.save(home)?;
        }
        Ok(Loaded { content: loaded.content.without_empty(), ..loaded })
    }

    /// Writes the file.
    ///
    /// # Errors
    /// [`StateError::Write`].
    pub fn save(&self, home: &Home) -> Result<(), StateError> {
        file::write(&home.resource(FILE_NAME), &file::json_text(self))
    }

    /// The registers of a list.
    #[must_use]
    pub fn list(&self, group: Group) -> &[Known] {
        match group {
            Group::Atol => &self.atol,
            Group::Mitsu => &self.mitsu,
            Group::Shtrih => &self.shtrih,
        }
    }

    fn list_mut(&mut self, group: Group) -> &mut Vec<Known> {
        match group {
            Group::Atol => &mut self.atol,
            Group::Mitsu => &mut self.mitsu,
            Group::Shtrih => &mut self.shtrih,
        }
    }

    /// The entry of a register.
    #[must_use]
    pub fn find(&self, brand: Brand, serial: &SerialNumber) -> Option<&Known> {
        self.list(brand.into()).iter().find(|known| known.serialNumber == serial.as_str())
    }

    /// True when a list has this register.
    #[must_use]
    pub fn knows(&self, group: Group, serial: &str) -> bool {
        self.list(group).iter().any(|known| known.serialNumber == serial)
    }

    /// Notes that this FN is in this register now.
    pub fn confirm(&mut self, group: impl Into<Group>, serial: &str, fn_serial: &str, now: NaiveDateTime) {
        let list = self.list_mut(group.into());
        let index = list.iter().position(|known| known.serialNumber == serial).unwrap_or(list.len());
        if index == list.len() {
            list.push(Known { serialNumber: serial.to_owned(), ..Known::default() });
        }
        if let Some(known) = list.get_mut(index) {
            fn_serial.clone_into(&mut known.fn_serial);
            known.v_time = time(Some(now));
        }
    }

    /// Forgets a register.
    pub fn remove(&mut self, group: Group, serial: &str) {
        self.list_mut(group).retain(|known| known.serialNumber != serial);
    }

    /// The predecessor left empty entries behind.
    fn without_empty(mut self) -> Self {
        for list in [&mut self.atol, &mut self.mitsu, &mut self.shtrih] {
            list.retain(|known| !known.serialNumber.is_empty());
        }
        self
    }

    fn rebuilt(home: &Home) -> Self {
        let mut fiscals = Self::default();
        for path in file::json_files(&home.records()).unwrap_or_default() {
            match file::read(&path).map(|text| text.and_then(|text| serde_json::from_str(&text).ok())) {
                Ok(Some(record)) => fiscals.add_from(&record, home),
                Ok(None) => log::warn!("{}: not a record", path.display()),
                Err(error) => log::warn!("{error}"),
            }
        }
        fiscals
    }

    fn add_from(&mut self, record: &Value, home: &Home) {
        let field = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
        let Ok(serial) = SerialNumber::parse(field("serialNumber")) else { return };
        let known = Known {
            serialNumber: serial.to_string(),
            fn_serial: field("fn_serial").to_owned(),
            v_time: field("v_time").to_owned(),
            others: Map::new(),
        };
        if known.fn_serial.is_empty() || known.fn_serial == NONE {
            return;
        }
        let list = match health::brand_of(&home.metrics(), &serial) {
            Some(brand) => self.list_mut(brand.into()),
            None => self.list_mut(Group::of_record(record.get("licenses"), serial.as_str())),
        };
        list.push(known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").expect("time")
    }

    #[test]
    fn confirming_keeps_what_others_wrote() {
        let text = r#"{"atol":[{"serialNumber":"1","fn_serial":"7","v_time":"","mark":1}],"mitsu":[],"shtrih":[],"more":2}"#;
        let mut fiscals: Fiscals = serde_json::from_str(text).expect("valid");
        fiscals.confirm(Brand::Atol, "1", "8", at("2026-01-02 03:04:05"));
        fiscals.confirm(Group::Mitsu, "2", "9", at("2026-01-02 03:04:05"));
        let expected = concat!(
            r#"{"atol":[{"serialNumber":"1","fn_serial":"8","v_time":"2026-01-02 03:04:05","mark":1}],"#,
            r#""mitsu":[{"serialNumber":"2","fn_serial":"9","v_time":"2026-01-02 03:04:05"}],"shtrih":[],"more":2}"#
        );
        assert_eq!(serde_json::to_string(&fiscals).expect("text"), expected);
    }
}
