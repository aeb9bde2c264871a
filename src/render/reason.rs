//! Why a file is no usable driver library, in Russian; the English words come with the error, as
//! they stand in the log. What the system itself says is left in its own language.

use std::borrow::Cow;

use super::Lang;

/// Beginnings of the reasons and their translation; numbers and what the system says follow.
const REASONS: [(&str, &str); 13] = [
    ("the file is empty", "файл пуст"),
    ("the file is cut short within its header", "файл обрывается в самом начале"),
    ("it is a 16-bit library, which no supported system loads", "она 16-разрядная, такие не загружаются"),
    ("it is an MS-DOS program, not a library", "это программа MS-DOS, а не библиотека"),
    ("it is a program, not a library", "это программа, а не библиотека"),
    ("it is not a library: neither a PE nor an ELF header", "это не библиотека: нет заголовка PE или ELF"),
    ("it cannot be read", "она не читается"),
    ("it is not a file", "это не файл"),
    ("it is a library for Windows", "она для Windows"),
    ("it is a library for Linux", "она для Linux"),
    ("it was built for another processor", "она для другого процессора"),
    ("it makes no instance of the driver, error", "она не создаёт драйвер, ошибка"),
    ("its path is too long", "путь к ней слишком длинный"),
];

/// The reason in a language.
#[must_use]
pub fn text(reason: &str, lang: Lang) -> Cow<'_, str> {
    if lang == Lang::En {
        return reason.into();
    }
    let known = REASONS.iter().find_map(|(english, russian)| Some((reason.strip_prefix(english)?, *russian)));
    known.map_or_else(|| reason.into(), |(rest, russian)| format!("{russian}{rest}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_is_kept() {
        let reason = "it was built for another processor (0x01C4)";
        assert_eq!(text(reason, Lang::En), reason);
        assert_eq!(text(reason, Lang::Ru), "она для другого процессора (0x01C4)");
        assert_eq!(text("something new", Lang::Ru), "something new");
    }
}
