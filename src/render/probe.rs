//! What `probe` found: the values, and the table for people.

mod document;
pub mod plugin;

use std::path::PathBuf;

use chrono::NaiveDateTime;
use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width};

use super::printable::printable;
use super::{Lang, Message, Output, findings, read_error, warning};
use crate::kkt::{Brand, Link, ReadError, Reading, Target};
use crate::state::record::Record;
use plugin::{PluginFailure, PluginRun};

pub use document::Document;

/// Unknown, in a table.
const UNKNOWN: &str = "?";
/// Longest number that is kept in one piece, characters; an FN has 16.
const NUMBER_LIMIT: usize = 20;
/// Longest text of a register in a table, characters.
const TEXT_LIMIT: usize = 40;

/// One register that was read.
#[derive(Debug)]
pub struct Read {
    /// Its make.
    pub brand: Brand,
    /// The way it was read.
    pub link: Link,
    /// What it said.
    pub reading: Reading,
    /// Its record.
    pub record: Record,
    /// File of the record, relative to the home folder; `None` when it was not saved.
    pub file: Option<String>,
    /// What went wrong while saving.
    pub troubles: Vec<Message>,
}

/// One register that was not read.
#[derive(Debug)]
pub struct Failed {
    /// Its make.
    pub brand: Brand,
    /// The way that was tried; `None` when the entry names none.
    pub link: Option<Link>,
    /// Why.
    pub error: ReadError,
}

/// The vendor's library that was used.
#[derive(Debug)]
pub struct UsedLibrary {
    /// The file.
    pub path: PathBuf,
    /// Its width.
    pub bits: u32,
}

/// The whole of a run.
#[derive(Debug)]
pub struct Report {
    /// When it began.
    pub started: NaiveDateTime,
    /// How long it took, milliseconds.
    pub duration_ms: u64,
    /// Registers that were read.
    pub read: Vec<Read>,
    /// Registers that were not.
    pub failed: Vec<Failed>,
    /// How many registers a search has found, if there was one.
    pub searched: Option<usize>,
    /// Library that ATOL registers were read with, if there was one.
    pub library: Option<UsedLibrary>,
    /// What came of the plugin, if it was wanted.
    pub plugin: Option<PluginRun>,
}

impl Report {
    /// A run that has just begun.
    #[must_use]
    pub fn new(started: NaiveDateTime, failed: Vec<Failed>, library: Option<UsedLibrary>) -> Self {
        Self { started, duration_ms: 0, read: Vec::new(), failed, searched: None, library, plugin: None }
    }

    /// Puts the registers into the order in which they were asked, whoever answered first.
    pub fn arrange(&mut self, order: &[Target]) {
        let place = |brand: Brand, link: Option<&Link>| {
            order.iter().position(|target| target.brand == brand && Some(&target.link) == link)
        };
        self.read.sort_by_key(|read| place(read.brand, Some(&read.link)));
        self.failed.sort_by_key(|failed| place(failed.brand, failed.link.as_ref()));
    }

    /// Errors for people: registers that were not read, files that were not written.
    #[must_use]
    pub fn errors(&self, lang: Lang) -> Vec<Message> {
        let unsaved = self.read.iter().flat_map(|read| read.troubles.iter().cloned());
        let own = self.failed.iter().map(|failed| failed.message(lang)).chain(unsaved);
        let of_plugin = self.plugin_failures(lang).into_iter().map(|failure| failure.message);
        let troubles = self.plugin.iter().flat_map(|run| run.troubles.iter().cloned());
        own.chain(of_plugin).chain(troubles).collect()
    }

    /// Registers that the plugin has read.
    #[must_use]
    pub fn by_plugin(&self) -> usize {
        self.plugin.as_ref().map_or(0, |run| run.serials.len())
    }

    /// What went wrong with the plugin.
    #[must_use]
    pub fn plugin_failures(&self, lang: Lang) -> Vec<PluginFailure> {
        self.plugin.as_ref().map(|run| run.failures(lang)).unwrap_or_default()
    }

    /// Version of the library, which only a register's session can tell.
    fn driver_version(&self) -> Option<String> {
        let atol = self.read.iter().filter(|read| read.brand == Brand::Atol);
        atol.filter_map(|read| read.reading.passport.driver_version.clone()).next()
    }

    fn driver_line(&self, lang: Lang) -> Option<String> {
        let library = self.library.as_ref()?;
        let path = library.path.display();
        let bits = library.bits;
        let version = self
            .driver_version()
            .map(|version| lang.pick(format!(", version {version}"), format!(", версия {version}")));
        let version = version.unwrap_or_default();
        Some(lang.pick(
            format!("ATOL driver: {path}, {bits}-bit{version}"),
            format!("Драйвер АТОЛ: {path}, {bits}-разрядный{version}"),
        ))
    }

    /// The table of what was read, with a line for everything that wants attention.
    #[must_use]
    pub fn table(&self, output: &Output) -> String {
        let mut parts = Vec::new();
        if !self.read.is_empty() {
            parts.push(self.registers(output.lang, output.width));
        }
        parts.extend(self.read.iter().filter_map(|read| read.notes(output)));
        let plugin = self.plugin.as_ref().map(|run| run.line(output.lang));
        let ends = self.driver_line(output.lang).into_iter().chain(plugin).chain([self.summary(output.lang)]);
        parts.push(ends.map(|line| output.wrapped("", &line)).collect::<Vec<_>>().join("\n"));
        parts.join("\n\n")
    }

    fn registers(&self, lang: Lang, width: u16) -> String {
        let mut table = Table::new();
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(width);
        table.set_header(lang.pick(
            ["Register", "Link", "FN", "Days left", "Unsent"],
            ["ККТ", "Связь", "ФН", "Дней ФН", "Не отпр."],
        ));
        for read in &self.read {
            table.add_row(read.row());
        }
        for column in [3, 4] {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        if let Some(column) = table.column_mut(0) {
            column.set_padding((0, 1));
        }
        // Numbers that are compared by eye and copied stay in one piece; the rest wraps.
        let numbers = [
            (0, widest(self.read.iter().map(Read::serial))),
            (2, widest(self.read.iter().map(Read::fn_serial))),
        ];
        for (column, width) in numbers {
            if let Some(column) = table.column_mut(column) {
                let room = width.saturating_add(column.padding_width());
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(room)));
            }
        }
        trim_ends(&table.to_string())
    }

    fn summary(&self, lang: Lang) -> String {
        let read = self.read.len() + self.by_plugin();
        let failed = self.failed.len() + self.plugin_failures(lang).len();
        let saved = self.read.iter().filter(|read| read.file.is_some()).count() + self.by_plugin();
        let (seconds, tenth) = (self.duration_ms / 1000, self.duration_ms % 1000 / 100);
        if read + failed == 0 {
            return lang
                .pick(
                    "No register was found. Check the power and the cables, or enter the connection in connect.json.",
                    "ККТ не найдены. Проверьте питание и кабели или впишите подключение в connect.json.",
                )
                .to_owned();
        }
        let found =
            self.searched.map(|found| lang.pick(format!(", found: {found}"), format!(", найдено: {found}")));
        let found = found.unwrap_or_default();
        lang.pick(
            format!("Registers read: {read}, not read: {failed}{found}, records saved: {saved} ({seconds}.{tenth} s)"),
            format!("Прочитано ККТ: {read}, не прочитано: {failed}{found}, сохранено: {saved} ({seconds},{tenth} с)"),
        )
    }
}

/// Width of the widest number that could be one.
fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> u16 {
    let widths = texts.map(|text| text.chars().take(NUMBER_LIMIT).count());
    widths.max().and_then(|width| u16::try_from(width).ok()).unwrap_or_default()
}

/// A text from the register, short enough for a table.
fn short(text: &str) -> String {
    let shown = printable(text);
    match shown.char_indices().nth(TEXT_LIMIT) {
        Some((end, _)) => format!("{}…", shown.get(..end).unwrap_or_default()),
        None => shown.into_owned(),
    }
}

/// Padding at line ends only makes narrow windows wrap.
fn trim_ends(text: &str) -> String {
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

impl Read {
    /// What could not be read or saved, and what wants attention.
    #[must_use]
    pub fn warnings(&self, lang: Lang) -> Vec<String> {
        let troubles = self.troubles.iter().map(|trouble| trouble.what.clone());
        let unread = self.reading.warnings.iter().map(|unread| warning::line(unread, lang));
        let found = self.reading.health.iter().flat_map(|health| findings::lines(health, lang));
        troubles.chain(unread).chain(found).map(|line| printable(&line).into_owned()).collect()
    }

    fn serial(&self) -> &str {
        self.reading.passport.serial_number.as_str()
    }

    fn fn_serial(&self) -> &str {
        self.reading.passport.fn_serial.as_deref().unwrap_or(UNKNOWN)
    }

    fn row(&self) -> [String; 5] {
        let passport = &self.reading.passport;
        let health = self.reading.health.as_ref();
        let number = |value: Option<i64>| value.map_or_else(|| UNKNOWN.to_owned(), |value| value.to_string());
        let model = passport.model_name.as_deref().unwrap_or(UNKNOWN);
        [
            format!("{}\n{}", self.serial(), short(model)),
            self.link.name(),
            short(self.fn_serial()),
            number(health.and_then(|health| health.fn_days_left)),
            number(health.and_then(|health| health.ofd_unsent_count).map(i64::from)),
        ]
    }

    fn notes(&self, output: &Output) -> Option<String> {
        let warnings = self.warnings(output.lang);
        let lines = warnings.iter().map(|line| output.wrapped("  ! ", line));
        let title = format!("{}:", self.serial());
        (!warnings.is_empty()).then(|| std::iter::once(title).chain(lines).collect::<Vec<_>>().join("\n"))
    }
}

impl Failed {
    /// The error for people.
    #[must_use]
    pub fn message(&self, lang: Lang) -> Message {
        let message = read_error::message(&self.error, lang);
        // Where the text names the port or address itself, once is enough.
        let link = self.link.as_ref().map(Link::name).filter(|name| !message.what.contains(name.as_str()));
        let link = link.map(|name| format!(" {name}")).unwrap_or_default();
        Message {
            what: format!("{}{link}: {}", name(self.brand, lang), message.what),
            advice: message.advice,
        }
    }
}

/// Name of a brand for people.
#[must_use]
pub fn name(brand: Brand, lang: Lang) -> &'static str {
    match brand {
        Brand::Atol => lang.pick("ATOL", "АТОЛ"),
        Brand::Mitsu => "Mitsu",
    }
}
