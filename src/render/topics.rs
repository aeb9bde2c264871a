//! Pages of `getad help TOPIC`: what is not about one command.

mod config;
mod files;
mod scheduling;

use textwrap::core::display_width;

use super::{Lang, exit_codes};

/// Names of the topics.
pub const TOPICS: [&str; 4] = ["exit-codes", "files", "config", "scheduling"];

/// Columns of a page: those of the other help.
const WIDTH: usize = 80;
/// Where the explanations of entries begin.
const COLUMN: usize = 20;

/// A text in English and in Russian.
type Both = (&'static str, &'static str);

/// A piece of a page.
enum Piece {
    Heading(Both),
    Text(Both),
    /// A name and what it means.
    Entry(&'static str, Both),
    /// Lines to be copied.
    Lines(&'static str),
}

use Piece::{Entry, Heading, Lines, Text};

/// The page of a topic, if there is one.
#[must_use]
pub fn page(topic: &str, lang: Lang) -> Option<String> {
    let pieces = match topic {
        "exit-codes" => return Some(exit_codes::table(lang)),
        "files" => files::PAGE,
        "config" => config::PAGE,
        "scheduling" => scheduling::PAGE,
        _ => return None,
    };
    let page = pieces.iter().map(|piece| shown(piece, lang)).collect::<Vec<_>>().join("\n");
    Some(page.trim_start().to_owned())
}

fn shown(piece: &Piece, lang: Lang) -> String {
    match piece {
        Heading((en, ru)) => format!("\n{}", lang.pick(*en, *ru)),
        Text((en, ru)) => filled("  ", "  ", lang.pick(*en, *ru)),
        Entry(name, (en, ru)) => entry(name, lang.pick(*en, *ru)),
        Lines(lines) => lines.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n"),
    }
}

/// The name and beside it, or below it when it is long, its meaning.
fn entry(name: &str, meaning: &str) -> String {
    let hanging = " ".repeat(COLUMN);
    let gap = COLUMN.saturating_sub(display_width(name) + 2);
    match gap {
        0 | 1 => format!("  {name}\n{}", filled(&hanging, &hanging, meaning)),
        _ => filled(&format!("  {name}{}", " ".repeat(gap)), &hanging, meaning),
    }
}

/// Paths and options stay whole, so that they can be copied.
fn filled(first: &str, following: &str, text: &str) -> String {
    let options = textwrap::Options::new(WIDTH)
        .initial_indent(first)
        .subsequent_indent(following)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_keep_to_their_columns() {
        for (topic, lang) in TOPICS.iter().flat_map(|topic| [(topic, Lang::En), (topic, Lang::Ru)]) {
            let page = page(topic, lang).unwrap();
            let wide: Vec<&str> = page.lines().filter(|line| display_width(line) > WIDTH).collect();
            assert!(*topic == "exit-codes" || wide.is_empty(), "{topic}: {wide:#?}");
        }
    }

    #[test]
    fn texts_are_in_their_language() {
        let is_russian = |text: &str| text.contains(|c| ('а'..='я').contains(&c));
        for topic in TOPICS {
            assert!(!is_russian(&page(topic, Lang::En).unwrap()), "{topic}");
            assert!(is_russian(&page(topic, Lang::Ru).unwrap()), "{topic}");
        }
    }
}
