//! Text for people, in English and Russian, and the only user of stdout.
//!
//! Everything below turns values into text; nothing below decides. Errors carry their facts as
//! fields, here they become a sentence that says what is wrong and one that says what to do.

pub mod alert;
pub mod config;
pub mod doctor;
pub mod encrypt;
pub mod exit_codes;
pub mod failure;
pub mod findings;
pub mod help;
pub mod http_error;
pub mod key_error;
mod meaning;
pub mod metrics;
pub mod migrate;
pub mod notify;
pub mod printable;
pub mod probe;
mod progress;
pub mod read_error;
mod reason;
pub mod reboot_kkt;
pub mod restart;
pub mod run;
pub mod schedule;
pub mod send;
pub mod status;
pub mod telegram;
pub mod topics;
pub mod update;
pub mod validate;
pub mod warning;

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use clap::ValueEnum;
use console::{Alignment, Style, Term, pad_str};
use serde::Serialize;
use serde_json::Value;

pub use failure::{Complaint, Message};
pub use progress::Progress;

use crate::state::file::json_text;

/// Language of texts for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// Russian.
    Ru,
    /// English.
    En,
}

impl Lang {
    /// The language that a name such as `ru`, `ru_RU.UTF-8` or `en-US` means, if it is ours.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let code = name.trim().get(..2)?.to_ascii_lowercase();
        match code.as_str() {
            "ru" => Some(Self::Ru),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The text of this language.
    #[must_use]
    pub fn pick<T>(self, english: T, russian: T) -> T {
        match self {
            Self::En => english,
            Self::Ru => russian,
        }
    }
}

/// How results are shown.
#[derive(Debug, Clone)]
pub struct Output {
    /// Language.
    pub lang: Lang,
    /// One JSON document instead of text.
    pub json: bool,
    /// Errors only.
    pub quiet: bool,
    /// Colours in results.
    pub color: bool,
    /// Colours in errors and warnings, which may go elsewhere.
    pub color_aside: bool,
    /// Signs that draw, such as those of bars.
    pub fine: bool,
    /// Columns for tables.
    pub width: u16,
    /// Columns at which running text is wrapped: those of the terminal. What goes to a file or
    /// another program keeps a line a message.
    pub wrap: Option<u16>,
    /// Where JSON documents go instead of stdout: they are parts of another one.
    pub documents: Option<Documents>,
}

/// JSON documents on their way into one around them.
#[derive(Debug, Clone, Default)]
pub struct Documents(Arc<Mutex<Vec<Value>>>);

impl Documents {
    fn keep(&self, document: &impl Serialize) {
        let document = serde_json::to_value(document).unwrap_or_default();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(document);
    }

    /// Takes out the last one.
    #[must_use]
    pub fn take(&self) -> Option<Value> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).drain(..).next_back()
    }
}

impl Output {
    /// Plain text, for errors that come before the surroundings are known.
    #[must_use]
    pub fn plain(lang: Lang) -> Self {
        Self {
            lang,
            json: false,
            quiet: false,
            color: false,
            color_aside: false,
            fine: false,
            width: 80,
            wrap: None,
            documents: None,
        }
    }

    /// Prints a result for people; nothing with `--json` or `--quiet`.
    pub fn text(&self, text: &str) {
        if !self.json && !self.quiet {
            put(&mut io::stdout().lock(), text);
        }
    }

    /// Prints a result for other programs; nothing with `--quiet`.
    pub fn payload(&self, text: &str) {
        if self.json || !self.quiet {
            put(&mut io::stdout().lock(), text.strip_suffix('\n').unwrap_or(text));
        }
    }

    /// Prints the JSON document; nothing without `--json`.
    pub fn document<T: Serialize>(&self, document: &T) {
        match &self.documents {
            _ if !self.json => {}
            Some(documents) => documents.keep(document),
            None => put(&mut io::stdout().lock(), &json_text(document)),
        }
    }

    /// Prints a text that is no result, on stderr.
    pub fn aside(&self, text: &str) {
        put(&mut io::stderr().lock(), text);
    }

    /// Prints an error with its advice, on stderr.
    pub fn error(&self, message: &Message) {
        let label = painted(self.lang.pick("error:", "ошибка:"), Style::new().red().bold(), self.color_aside);
        put(&mut io::stderr().lock(), &self.labelled(&label, message));
    }

    /// Prints a warning with its advice, on stderr; nothing with `--quiet`.
    pub fn warning(&self, message: &Message) {
        if !self.quiet {
            let label = self.lang.pick("warning:", "внимание:");
            let label = painted(label, Style::new().yellow().bold(), self.color_aside);
            put(&mut io::stderr().lock(), &self.labelled(&label, message));
        }
    }

    fn labelled(&self, label: &str, message: &Message) -> String {
        let what = format!("{label} {}", printable::printable(&message.what));
        let advice = message.advice.as_ref().map(|advice| self.wrapped("  → ", advice));
        std::iter::once(self.wrapped("", &what)).chain(advice).collect::<Vec<_>>().join("\n")
    }

    /// A line with a mark before it, wrapped beside the mark. Paths and addresses stay whole, so
    /// that they can be copied.
    #[must_use]
    pub fn wrapped(&self, mark: &str, text: &str) -> String {
        let Some(width) = self.wrap else { return format!("{mark}{text}") };
        let hanging = " ".repeat(textwrap::core::display_width(mark).max(2));
        let options = textwrap::Options::new(width.into())
            .initial_indent(mark)
            .subsequent_indent(&hanging)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        textwrap::fill(text, options)
    }

    /// The same for a text that goes into a file: without colours, a line a message.
    #[must_use]
    pub fn unstyled(&self) -> Self {
        Self { color: false, wrap: None, ..self.clone() }
    }

    /// Text in a style, if colours are wanted.
    #[must_use]
    pub fn paint(&self, text: &str, style: Style) -> String {
        painted(text, style, self.color)
    }

    /// Puts a screen in place of the one before. Every line overwrites its predecessor, so that
    /// nothing flickers, also on consoles that know no control sequences.
    pub fn redraw(&self, text: &str) {
        let term = Term::buffered_stdout();
        let (rows, columns) = term.size();
        let (rows, columns) = (usize::from(rows).max(2) - 1, usize::from(columns).max(2) - 1);
        let mut lines: Vec<&str> = text.lines().collect();
        if lines.len() > rows {
            lines.truncate(rows - 1);
            lines.push(self.lang.pick("(more: make the window higher)", "(есть ещё: увеличьте высоту окна)"));
        }
        let padded = lines.iter().map(|line| pad_str(line, columns, Alignment::Left, Some("")) + "\n");
        let drawn = term
            .move_cursor_to(0, 0)
            .and_then(|()| term.write_str(&padded.collect::<String>()))
            .and_then(|()| term.flush())
            .and_then(|()| term.clear_to_end_of_screen())
            .and_then(|()| term.flush());
        if let Err(error) = drawn {
            log::debug!("output: {error}");
        }
    }
}

fn painted(text: &str, style: Style, color: bool) -> String {
    if color { style.force_styling(true).apply_to(text).to_string() } else { text.to_owned() }
}

/// A reader that has gone away is no error of ours.
fn put(stream: &mut impl Write, text: &str) {
    if let Err(error) = writeln!(stream, "{text}").and_then(|()| stream.flush()) {
        log::debug!("output: {error}");
    }
}
