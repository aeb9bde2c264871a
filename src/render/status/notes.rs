//! Why a register wants attention, beyond what its health says.

use crate::render::Lang;
use crate::render::printable::printable;

/// Something about a register that its health does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// The logs show another FN.
    Replaced {
        /// That one.
        new_fn: Option<String>,
    },
    /// It was never read, or not by this version.
    NeverRead,
    /// It was read too long ago.
    LongUnread {
        /// So long.
        days: i64,
    },
    /// Nobody knows when its FN was known for certain.
    NeverConfirmed,
    /// The logs have not confirmed its FN.
    Unconfirmed {
        /// For so long.
        days: i64,
        /// After so many it is forgotten.
        forgotten_after: i64,
    },
}

impl Note {
    /// True for what cannot wait.
    #[must_use]
    pub fn is_grave(&self) -> bool {
        matches!(self, Self::Replaced { .. })
    }

    /// The text for people.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Replaced { new_fn } => {
                let new_fn = new_fn.as_deref().unwrap_or("?");
                lang.pick(
                    format!("its FN was replaced, the logs show {new_fn}: run `getad probe`"),
                    format!("ФН заменён, в логах {new_fn}: выполните `getad probe`"),
                )
            }
            Self::NeverRead => lang
                .pick("never read: run `getad probe`", "не опрашивалась: выполните `getad probe`")
                .to_owned(),
            Self::LongUnread { days } => lang.pick(
                format!("not read for {days} days: what stands here is that old"),
                format!("не опрашивалась {days} дн.: показанное устарело"),
            ),
            Self::NeverConfirmed => {
                lang.pick("its FN was never confirmed by log", "ФН не подтверждался по логам").to_owned()
            }
            Self::Unconfirmed { days, forgotten_after } => lang.pick(
                format!(
                    "its FN is not confirmed by log for {days} days, after {forgotten_after} it is forgotten"
                ),
                format!("ФН не подтверждён по логам {days} дн., после {forgotten_after} ККТ будет забыта"),
            ),
        }
    }
}

/// All that is to be said of a register, in its order.
#[must_use]
pub fn lines(own: &[Note], found: Vec<String>, lang: Lang) -> Vec<String> {
    let own = own.iter().map(|note| note.text(lang));
    own.chain(found).map(|line| printable(&line).into_owned()).collect()
}
