//! Who may write to a folder: what an access list means. Pure functions on descriptors in the
//! system's text form (Security Descriptor Definition Language).
//!
//! Strict where it is in doubt: what is not understood counts as a right to write, and entries
//! that take rights away are not looked at, so that a hole is rather reported twice than missed.

/// Accounts that own the computer anyhow: SYSTEM, Administrators, TrustedInstaller.
const TRUSTED: [&str; 3] = [SYSTEM, ADMINISTRATORS, TRUSTED_INSTALLER];
/// Security identifier of SYSTEM.
pub const SYSTEM: &str = "S-1-5-18";
/// Security identifier of the group of administrators.
pub const ADMINISTRATORS: &str = "S-1-5-32-544";
const TRUSTED_INSTALLER: &str = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";
/// Stands for whoever makes a file; in an entry that is only inherited it gives nobody a right to
/// what is already there.
const CREATOR_OWNER: &str = "S-1-3-0";
const EVERYONE: &str = "S-1-1-0";

/// The descriptor of a folder that only SYSTEM and administrators may write to: owned by them,
/// nothing inherited from above, ordinary users read and run.
pub const RESTRICTED: &str = "O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)";
/// The descriptor of what lies in such a folder: everything comes from above.
pub const INHERITING: &str = "O:BAD:AI";

/// The descriptor of a file that only SYSTEM and administrators may even read.
pub const PRIVATE: &str = "O:BAD:PAI(A;;FA;;;SY)(A;;FA;;;BA)";

const ADD_FILE: u32 = 0x2;
const ADD_FOLDER: u32 = 0x4;
const DELETE_CHILD: u32 = 0x40;
const DELETE: u32 = 0x1_0000;
const WRITE_DAC: u32 = 0x4_0000;
const WRITE_OWNER: u32 = 0x8_0000;
const MAXIMUM_ALLOWED: u32 = 0x200_0000;
const GENERIC_ALL: u32 = 0x1000_0000;
const GENERIC_WRITE: u32 = 0x4000_0000;

/// Rights that let one put another file in the place of ours.
const REPLACING: u32 = DELETE_CHILD | WRITE_DAC | WRITE_OWNER | MAXIMUM_ALLOWED | GENERIC_ALL;
/// Rights that let one write.
const WRITING: u32 = REPLACING | ADD_FILE | ADD_FOLDER | DELETE | GENERIC_WRITE;

/// Owner and access list of a folder or file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    owner: Option<String>,
    entries: Vec<Entry>,
}

/// An entry that gives rights.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    account: String,
    rights: u32,
    only_inherited: bool,
    inherited_by_content: bool,
}

impl Descriptor {
    /// Reads the text form, with a part `O:` and a part `D:`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let owner = part(text, 'O').map(|owner| account(owner.trim()));
        // No access list at all is no protection at all.
        let open = || vec![Entry::of_everyone()];
        let entries = part(text, 'D').map_or_else(open, |list| {
            if list.contains("NO_ACCESS_CONTROL") { open() } else { entries(list) }
        });
        Self { owner, entries }
    }

    /// Accounts besides the trusted ones that may write to the folder or to what lies in it, as
    /// security identifiers (or the two letters of an account that is not told by name here).
    #[must_use]
    pub fn writers(&self) -> Vec<String> {
        self.holders(WRITING, |entry| !entry.only_inherited || entry.is_handed_down())
    }

    /// Accounts besides the trusted ones that may put another folder in the place of one that
    /// lies in this one, or, unless this is a drive, of this one. To add something does not
    /// suffice for that.
    #[must_use]
    pub fn replacers(&self, is_drive: bool) -> Vec<String> {
        let moving = if is_drive { 0 } else { DELETE };
        self.holders(REPLACING | moving, |entry| !entry.only_inherited)
    }

    /// True when no others than the trusted accounts are given any right.
    #[must_use]
    pub fn is_private(&self) -> bool {
        let mut given = self.entries.iter().filter(|entry| entry.rights != 0 && !entry.only_inherited);
        given.all(|entry| TRUSTED.contains(&entry.account.as_str()))
    }

    fn holders(&self, rights: u32, counts: impl Fn(&Entry) -> bool) -> Vec<String> {
        let entries = self.entries.iter().filter(|entry| entry.rights & rights != 0 && counts(entry));
        // An owner may always change the access list.
        let owner = self.owner.as_deref();
        let named = owner.into_iter().chain(entries.map(|entry| entry.account.as_str()));
        let mut found: Vec<String> = Vec::new();
        for account in named.filter(|account| !TRUSTED.contains(account)) {
            if !found.iter().any(|known| known == account) {
                found.push(account.to_owned());
            }
        }
        found
    }
}

impl Entry {
    fn of_everyone() -> Self {
        Self {
            account: EVERYONE.to_owned(),
            rights: u32::MAX,
            only_inherited: false,
            inherited_by_content: true,
        }
    }

    fn is_handed_down(&self) -> bool {
        self.inherited_by_content && self.account != CREATOR_OWNER
    }

    /// Fields between semicolons: kind, flags, rights, two for objects, account, conditions.
    fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.splitn(7, ';').collect();
        let &[kind, flags, rights, _, _, holder, ..] = fields.as_slice() else {
            return Some(Self::of_everyone());
        };
        let gives = !matches!(kind.trim(), "D" | "OD" | "XD" | "AU" | "OU" | "ML" | "SP");
        gives.then(|| Self {
            account: account(holder.trim()),
            rights: mask(rights.trim()),
            only_inherited: has(flags, "IO"),
            inherited_by_content: has(flags, "OI") || has(flags, "CI"),
        })
    }
}

fn has(flags: &str, flag: &str) -> bool {
    pairs(flags).any(|pair| pair == flag)
}

fn pairs(text: &str) -> impl Iterator<Item = String> {
    let letters: Vec<char> = text.trim().chars().collect();
    letters.chunks(2).map(String::from_iter).collect::<Vec<_>>().into_iter()
}

/// A part of a descriptor: from its letter and colon, outside of brackets, to that of the next.
fn part(text: &str, letter: char) -> Option<&str> {
    let (mut depth, mut previous, mut start) = (0_usize, None, None);
    for (index, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => {
                if let Some(start) = start {
                    return text.get(start..index - 1);
                }
                start = (previous == Some(letter)).then_some(index + 1);
            }
            _ => {}
        }
        previous = Some(character);
    }
    start.and_then(|start| text.get(start..))
}

/// The entries of a list, each in brackets; conditions have brackets of their own.
fn entries(list: &str) -> Vec<Entry> {
    let (mut depth, mut start, mut found) = (0_usize, 0, Vec::new());
    for (index, character) in list.char_indices() {
        match character {
            '(' => {
                depth += 1;
                if depth == 1 {
                    start = index + 1;
                }
            }
            ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    found.extend(list.get(start..index).and_then(Entry::parse));
                }
            }
            _ => {}
        }
    }
    found
}

/// Security identifier by the two letters that the text form has for well-known accounts.
fn account(text: &str) -> String {
    let known = [
        ("SY", SYSTEM),
        ("BA", ADMINISTRATORS),
        ("CO", CREATOR_OWNER),
        ("WD", EVERYONE),
        ("AU", "S-1-5-11"),
        ("BU", "S-1-5-32-545"),
        ("IU", "S-1-5-4"),
        ("PU", "S-1-5-32-547"),
        ("BG", "S-1-5-32-546"),
    ];
    known.iter().find(|(letters, _)| *letters == text).map_or(text, |(_, sid)| sid).to_owned()
}

/// Rights as a number, or as pairs of letters.
fn mask(text: &str) -> u32 {
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u32::from_str_radix(hex, 16).unwrap_or(u32::MAX);
    }
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return text.parse().unwrap_or(u32::MAX);
    }
    pairs(text).map(|pair| right(&pair)).fold(0, |rights, right| rights | right)
}

fn right(pair: &str) -> u32 {
    let known = [
        ("FA", 0x1F_01FF),
        ("FR", 0x12_0089),
        ("FW", 0x12_0116),
        ("FX", 0x12_00A0),
        ("GA", GENERIC_ALL),
        ("GW", GENERIC_WRITE),
        ("GR", 0x8000_0000),
        ("GX", 0x2000_0000),
        ("SD", DELETE),
        ("RC", 0x2_0000),
        ("WD", WRITE_DAC),
        ("WO", WRITE_OWNER),
        ("CC", 0x1),
        ("DC", ADD_FILE),
        ("LC", ADD_FOLDER),
        ("SW", 0x8),
        ("RP", 0x10),
        ("WP", 0x20),
        ("DT", DELETE_CHILD),
        ("LO", 0x80),
        ("CR", 0x100),
    ];
    known.iter().find(|(letters, _)| *letters == pair).map_or(u32::MAX, |(_, right)| *right)
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: &str = "S-1-5-32-545";
    const AUTHENTICATED: &str = "S-1-5-11";

    #[track_caller]
    fn writers(text: &str, expected: &[&str]) {
        assert_eq!(Descriptor::parse(text).writers(), expected, "{text}");
    }

    #[test]
    fn our_own_descriptor_is_safe() {
        writers(RESTRICTED, &[]);
        writers(PRIVATE, &[]);
        writers("O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)S:AI(AU;SAFA;FA;;;WD)", &[]);
    }

    #[test]
    fn private_is_what_others_cannot_even_read() {
        let is_private = |text: &str| Descriptor::parse(text).is_private();
        assert!(is_private(PRIVATE) && is_private("O:S-1-5-21-1-2-3-1001D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)"));
        for text in [RESTRICTED, "O:BAD:(A;;FR;;;BU)", "O:BAD:(A;;FA;;;SY)(A;;FR;;;WD)", "O:BA", ""] {
            assert!(!is_private(text), "{text}");
        }
    }

    #[test]
    fn program_files_is_safe() {
        let installer = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";
        writers(
            &format!(
                "O:{installer}G:{installer}D:PAI(A;;FA;;;{installer})(A;CIIO;GA;;;{installer})(A;;0x1301bf;;;SY)\
                 (A;OICIIO;GA;;;SY)(A;;0x1301bf;;;BA)(A;OICIIO;GA;;;BA)(A;;0x1200a9;;;BU)(A;OICIIO;GXGR;;;BU)\
                 (A;OICIIO;GA;;;CO)(A;;0x1200a9;;;AC)(A;OICIIO;GXGR;;;AC)"
            ),
            &[],
        );
    }

    #[test]
    fn a_folder_made_on_the_drive_is_not() {
        let folder = "O:BAG:S-1-5-21-1-2-3-513D:AI(A;OICIID;FA;;;BA)(A;OICIID;FA;;;SY)(A;OICIID;0x1200a9;;;BU)\
                      (A;ID;0x1301bf;;;AU)(A;OICIIOID;SDGXGWGR;;;AU)";
        writers(folder, &[AUTHENTICATED]);
        let drive = "O:BAG:SYD:PAI(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;BU)(A;;LC;;;AU)\
                     (A;OICIIO;SDGXGWGR;;;AU)";
        writers(drive, &[AUTHENTICATED]);
        assert_eq!(Descriptor::parse(drive).replacers(true), Vec::<String>::new());
        assert_eq!(Descriptor::parse(folder).replacers(false), [AUTHENTICATED], "it can be renamed");
        let windows_7 = "O:BAD:AI(A;OICIID;FA;;;BA)(A;OICIID;0x1200a9;;;BU)(A;CIID;LC;;;BU)(A;CIID;DC;;;BU)\
                         (A;OICIIOID;GA;;;CO)";
        writers(windows_7, &[USERS]);
    }

    #[test]
    fn each_right_that_writes_counts() {
        for rights in [
            "FA",
            "FW",
            "GA",
            "GW",
            "WD",
            "WO",
            "DC",
            "LC",
            "DT",
            "SD",
            "0x2",
            "0x40",
            "0x10000000",
            "262144",
        ] {
            writers(&format!("O:BAD:(A;;{rights};;;BU)"), &[USERS]);
        }
        for rights in ["FR", "FX", "FRFX", "GR", "GX", "GXGR", "RC", "CC", "LO", "0x1200a9", "1179817", ""] {
            writers(&format!("O:BAD:(A;;{rights};;;BU)"), &[]);
        }
    }

    #[test]
    fn owners_count_and_creators_only_later() {
        writers("O:S-1-5-21-1-2-3-1001D:(A;;FA;;;SY)", &["S-1-5-21-1-2-3-1001"]);
        writers("O:BAD:(A;OICIIO;GA;;;CO)", &[]);
        writers("O:BAD:(A;;FA;;;CO)", &["S-1-3-0"]);
        writers("O:BAD:(A;OICIIO;GA;;;BU)", &[USERS]);
        writers("O:BUD:(A;;FA;;;BU)(A;;FA;;;BU)", &[USERS]);
    }

    #[test]
    fn no_list_lets_everybody_in_and_an_empty_one_nobody() {
        writers("O:BA", &["S-1-1-0"]);
        writers("O:BAD:NO_ACCESS_CONTROL", &["S-1-1-0"]);
        writers("", &["S-1-1-0"]);
        writers("O:BAD:P", &[]);
    }

    #[test]
    fn what_is_not_understood_counts() {
        writers("O:BAD:(A;;QQ;;;BU)", &[USERS]);
        writers("O:BAD:(A;;0xzz;;;BU)", &[USERS]);
        writers("O:BAD:(A;;FA)", &["S-1-1-0"]);
        writers("O:BAD:(A;;FA;;;LA)", &["LA"]);
        writers("O:BAD:(XA;;FA;;;BU;(@User.Title==\"x\" && (a)))(A;;FA;;;WD)", &[USERS, "S-1-1-0"]);
    }

    #[test]
    fn entries_that_refuse_give_nothing() {
        writers("O:BAD:(D;;FA;;;BU)(A;;FR;;;BU)", &[]);
    }
}
