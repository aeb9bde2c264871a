//! The table: two lines a register, in columns that all registers share.

use console::{Alignment, Style, pad_str};

use super::words::{self, UNKNOWN};
use super::{Level, Register, Report};
use crate::kkt::Link;
use crate::render::Output;
use crate::render::printable::printable;

/// The columns of a table that has no room for more.
const COLUMNS: usize = 79;
/// A screen that has room for more has more columns than this.
const WIDE: usize = 110;
/// Room for the days beside the bar.
const DAYS: usize = 5;
/// Room for unsent documents, which stand in it on the right, and for the shift.
const UNSENT: usize = 9;
const UNSENT_AND_SHIFT: usize = UNSENT + 7;

/// A cell: its text, the side on which it stands, its style.
struct Cell(String, Alignment, Style);

/// Widths of the columns on a screen.
pub struct Columns {
    name: usize,
    bar: usize,
    more: usize,
}

impl Columns {
    /// Those for a screen of so many columns, of which the last one stays free: some consoles
    /// begin a new line when it is written.
    pub fn of(screen: usize) -> Self {
        let narrow = Self { name: 16, bar: 6, more: 0 };
        let wide = || Self { name: 28, bar: 10, more: screen - COLUMNS - 19 };
        if screen > WIDE { wide() } else { narrow }
    }

    /// True when they have room on a screen.
    pub fn fit(screen: usize) -> bool {
        screen > COLUMNS
    }

    /// The two lines above the registers.
    pub fn header(&self, output: &Output) -> Vec<String> {
        let [first, second] = output.lang.pick(
            [
                ["", "Register", "FN", "FN ends", "days", "   Unsent Shift", "Connection"],
                ["", "Model", "RNM", "Read", "Confirmed", "Delivered", "Organization"],
            ],
            [
                ["", "ККТ", "ФН", "Срок ФН", "дней", " Не отпр. Смена", "Связь"],
                ["", "Модель", "РНМ", "Опрос", "Сверка", "Отправка", "Организация"],
            ],
        );
        let bold = |text: &str| cell(text, Style::new().bold());
        let mut first = first.map(bold);
        first[4].1 = Alignment::Right;
        vec![self.line(first, output), self.line(second.map(bold), output)]
    }

    /// The lines of a register.
    pub fn register(&self, register: &Register, report: &Report, output: &Output) -> Vec<String> {
        let (first, second) = (self.first(register, output), second(register, report, output));
        vec![self.line(first, output), self.line(second, output)]
    }

    fn first(&self, register: &Register, output: &Output) -> [Cell; 7] {
        let (mark, style) = match register.level {
            Level::Problem => ("!", Style::new().red().bold()),
            Level::Warning => ("*", Style::new().yellow()),
            Level::Ok => ("", Style::new()),
        };
        let ends = register.fn_valid_until.map(|end| end.format("%Y-%m-%d").to_string());
        let unsent =
            words::unsent(register.ofd_unsent_count, register.ofd_first_unsent_age_days, output.lang);
        let shift = words::shift(register.shift_state, output.lang);
        [
            cell(mark, style.clone()),
            cell(&register.serialNumber, style),
            plain(register.fn_serial.as_deref()),
            plain(ends.as_deref()),
            Cell(self.left(register, output), Alignment::Right, days_style(register.fn_days_left)),
            cell(&format!("{unsent:>UNSENT$} {shift}"), Style::new()),
            plain(Some(&register.link.as_ref().map_or_else(String::new, Link::name))),
        ]
    }

    /// The bar and the days.
    fn left(&self, register: &Register, output: &Output) -> String {
        let bar = words::bar(register.fn_days_left, register.fn_life_days, self.bar, output);
        let days = register.fn_days_left.map_or_else(|| UNKNOWN.to_owned(), |days| days.to_string());
        format!("{bar} {days:>width$}", width = DAYS - 1)
    }

    fn line(&self, cells: [Cell; 7], output: &Output) -> String {
        let widths = [1, self.name, 16, 10, self.bar + DAYS, UNSENT_AND_SHIFT, self.more];
        let gaps = ["", " ", "  ", "  ", "  ", "  ", "  "];
        let shown = cells.into_iter().zip(widths).zip(gaps).filter(|((_, width), _)| *width > 0);
        let shown = shown.map(|((cell, width), gap)| format!("{gap}{}", cell.shown(width, output)));
        shown.collect::<String>().trim_end().to_owned()
    }
}

fn second(register: &Register, report: &Report, output: &Output) -> [Cell; 7] {
    let lang = output.lang;
    let ago = |at| words::age_or_never(at, report.now, lang);
    let is_checked = register.check_at.is_some() || register.v_time.is_some();
    let confirmed = if is_checked { ago(register.v_time) } else { "-".to_owned() };
    let delivered: Vec<String> = register.delivered.iter().map(|server| ago(server.accepted_at)).collect();
    let delivered = if delivered.is_empty() { "-".to_owned() } else { delivered.join(", ") };
    [
        plain(Some("")),
        plain(Some(&words::model(register.brand, register.modelName.as_deref(), lang))),
        plain(register.RNM.as_deref()),
        plain(Some(&ago(register.read_at))),
        plain(Some(&confirmed)),
        plain(Some(&delivered)),
        plain(Some(register.organizationName.as_deref().unwrap_or_default())),
    ]
}

fn cell(text: &str, style: Style) -> Cell {
    Cell(text.to_owned(), Alignment::Left, style)
}

fn plain(text: Option<&str>) -> Cell {
    cell(text.unwrap_or(UNKNOWN), Style::new())
}

impl Cell {
    /// Only the text is painted: the blanks beside it are to stay blanks.
    fn shown(self, width: usize, output: &Output) -> String {
        let Self(text, side, style) = self;
        let text = printable(&text);
        let text = pad_str(&text, width, side, Some(if output.fine { "…" } else { "~" }));
        let bare = text.trim_end();
        let blanks = " ".repeat(text.len() - bare.len());
        if bare.is_empty() { blanks } else { format!("{}{blanks}", output.paint(bare, style)) }
    }
}

fn days_style(days: Option<i64>) -> Style {
    match days {
        None => Style::new(),
        Some(..=7) => Style::new().red().bold(),
        Some(8..=30) => Style::new().yellow(),
        Some(_) => Style::new().green(),
    }
}
