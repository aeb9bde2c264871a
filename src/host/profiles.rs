//! User profiles, and which of them belongs to the person at the screen.
//!
//! Programs of the cash desk keep their files in the roaming application data of the user who
//! works with them. This program runs as that user, as an administrator or as SYSTEM, so its own
//! environment says nothing: the active session is asked, and failing that the profile that used
//! the wanted folder last is taken.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::os;
use super::registry::{Key, Registry, View, expand};

/// Home of one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its folder, like `C:\Users\Касса`.
    pub folder: PathBuf,
}

impl Profile {
    /// Folder of roaming application data, `%APPDATA%` of that user.
    #[must_use]
    pub fn roaming(&self) -> PathBuf {
        self.folder.join("AppData").join("Roaming")
    }
}

/// The folder `wanted` (its path by components) in the roaming application data of the active
/// user; if that one has none, of the user whose folder was changed last.
#[must_use]
pub fn roaming_folder(wanted: &[&str]) -> Option<PathBuf> {
    let wanted: PathBuf = wanted.iter().collect();
    let own = active().map(|profile| profile.roaming().join(&wanted));
    let found = own.filter(|folder| folder.is_dir()).or_else(|| newest(&all(), &wanted));
    match &found {
        Some(folder) => log::debug!("using {}", folder.display()),
        None => log::debug!("{}: in no profile that can be read", wanted.display()),
    }
    found
}

fn newest(profiles: &[Profile], wanted: &Path) -> Option<PathBuf> {
    let candidates = profiles.iter().map(|profile| profile.roaming().join(wanted));
    candidates.filter_map(|folder| Some((changed(&folder)?, folder))).max().map(|(_, folder)| folder)
}

fn changed(folder: &Path) -> Option<SystemTime> {
    let metadata = fs::metadata(folder).ok().filter(fs::Metadata::is_dir)?;
    Some(metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH))
}

/// Profile of the user at the console, or else of a remote desktop session.
#[must_use]
pub fn active() -> Option<Profile> {
    let Some(user) = os::active_user() else {
        log::debug!("no user is logged on");
        return None;
    };
    let profile = profile_of(&os::Local, &user, os::account_sid);
    if profile.is_none() {
        log::debug!("the profile of the active user {} is not known", user.name);
    }
    profile
}

/// Account of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its name without domain.
    pub name: String,
    /// Its domain, or the computer's name for a local account.
    pub domain: String,
}

/// The user's own environment is asked first: it is local and there while the user is logged on,
/// whereas `account_sid` may have to reach a domain controller.
fn profile_of(
    registry: &impl Registry,
    user: &User,
    account_sid: impl Fn(&User) -> Option<String>,
) -> Option<Profile> {
    let sid = logged_on_sid(registry, user).or_else(|| account_sid(user))?;
    image_path(registry, &sid).map(|folder| Profile { folder })
}

fn logged_on_sid(registry: &impl Registry, user: &User) -> Option<String> {
    let same = |key: &Key, name: &str, wanted: &str| {
        let text = registry.value(key, name)?.text()?;
        (text.to_lowercase() == wanted.to_lowercase()).then_some(())
    };
    registry.subkeys(&Key::users("")).into_iter().find(|sid| {
        let environment = Key::users(sid).child("Volatile Environment");
        same(&environment, "USERNAME", &user.name)
            .and_then(|()| same(&environment, "USERDOMAIN", &user.domain))
            .is_some()
    })
}

const PROFILE_LIST: &str = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList";

fn profile_list() -> Key {
    Key::machine(View::Bits64, PROFILE_LIST)
}

fn image_path(registry: &impl Registry, sid: &str) -> Option<PathBuf> {
    listed_path(registry, &profile_list().child(sid), "ProfileImagePath")
}

fn listed_path(registry: &impl Registry, key: &Key, name: &str) -> Option<PathBuf> {
    let path = registry.value(key, name)?.text()?;
    Some(expand(&path, |variable| std::env::var(variable).ok()).into())
}

/// Every user's profile that exists on this computer, system accounts left out.
#[must_use]
pub fn all() -> Vec<Profile> {
    all_in(&os::Local)
}

fn all_in(registry: &impl Registry) -> Vec<Profile> {
    let listed = registry.subkeys(&profile_list());
    let mut folders: Vec<PathBuf> = listed.iter().filter_map(|sid| image_path(registry, sid)).collect();
    let root = listed_path(registry, &profile_list(), "ProfilesDirectory")
        .unwrap_or_else(|| PathBuf::from("C:\\Users"));
    folders.extend(subfolders(&root));
    folders.retain(|folder| is_a_users(folder) && folder.is_dir());
    folders.sort_by_key(|folder| folder.to_string_lossy().to_lowercase());
    folders.dedup_by_key(|folder| folder.to_string_lossy().to_lowercase());
    folders.into_iter().map(|folder| Profile { folder }).collect()
}

fn subfolders(root: &Path) -> Vec<PathBuf> {
    match fs::read_dir(root) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(error) => {
            log::debug!("{}: {error}", root.display());
            Vec::new()
        }
    }
}

/// Folders in the place of profiles that are no person's.
const NOBODY: [&str; 10] = [
    "all users",
    "default",
    "default user",
    "defaultuser0",
    "localservice",
    "networkservice",
    "public",
    "systemprofile",
    "wdagutilityaccount",
    "все пользователи",
];

fn is_a_users(folder: &Path) -> bool {
    let name = folder.file_name().map(|name| name.to_string_lossy().to_lowercase());
    name.is_some_and(|name| !NOBODY.contains(&name.as_str()))
}

/// Application data shared by all users, `C:\ProgramData`.
#[must_use]
pub fn program_data() -> PathBuf {
    let environment = std::env::var_os("ProgramData").map(PathBuf::from);
    environment
        .or_else(|| listed_path(&os::Local, &profile_list(), "ProgramData"))
        .unwrap_or_else(|| PathBuf::from("C:\\ProgramData"))
}

/// Text form of a binary security identifier; `None` when it is cut short.
#[must_use]
pub fn sid_text(sid: &[u8]) -> Option<String> {
    let (&[revision, count], rest) = sid.split_first_chunk()?;
    let (authority, rest) = rest.split_first_chunk::<6>()?;
    let authority = authority.iter().fold(0_u64, |value, &byte| value << 8 | u64::from(byte));
    let parts = rest.as_chunks::<4>().0.get(..count.into())?;
    let parts = parts.iter().map(|&part| format!("-{}", u32::from_le_bytes(part)));
    Some(format!("S-{revision}-{authority}{}", parts.collect::<String>()))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io;
    use std::time::Duration;

    use super::*;
    use crate::host::registry::table::Table;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> io::Result<Self> {
            let path = std::env::temp_dir().join(format!("getad-profiles-{}-{name}", std::process::id()));
            fs::create_dir_all(&path)?;
            Ok(Self(path))
        }

        fn profile(&self, name: &str) -> io::Result<Profile> {
            let folder = self.0.join(name);
            fs::create_dir_all(&folder)?;
            Ok(Profile { folder })
        }

        fn with_wanted(&self, name: &str, seconds: u64) -> io::Result<Profile> {
            let profile = self.profile(name)?;
            let wanted = profile.roaming().join("iiko");
            fs::create_dir_all(&wanted)?;
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            folder_handle(&wanted)?.set_modified(time)?;
            Ok(profile)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[cfg(not(windows))]
    fn folder_handle(path: &Path) -> io::Result<File> {
        File::open(path)
    }

    #[cfg(windows)]
    fn folder_handle(path: &Path) -> io::Result<File> {
        use std::os::windows::fs::OpenOptionsExt;
        const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
        File::options().write(true).custom_flags(FILE_FLAG_BACKUP_SEMANTICS).open(path)
    }

    const SID: &str = "S-1-5-21-1-2-3-1001";

    fn user() -> User {
        User { name: "Касса".to_owned(), domain: "POS-1".to_owned() }
    }

    fn listed(sid: &str, path: &str) -> Table {
        Table::default().text(profile_list().child(sid), "ProfileImagePath", path)
    }

    #[test]
    fn the_folder_changed_last_wins() -> io::Result<()> {
        let root = Folder::new("newest")?;
        let profiles = [
            root.with_wanted("a", 1_000)?,
            root.with_wanted("b", 3_000)?,
            root.with_wanted("c", 2_000)?,
            root.profile("d")?,
        ];
        let wanted = Path::new("iiko");
        assert_eq!(newest(&profiles, wanted), Some(root.0.join("b/AppData/Roaming/iiko")));
        assert_eq!(newest(&profiles, Path::new("other")), None);
        assert_eq!(newest(&[], wanted), None);
        Ok(())
    }

    #[test]
    fn a_file_is_not_the_wanted_folder() -> io::Result<()> {
        let root = Folder::new("file")?;
        let profile = root.profile("a")?;
        fs::create_dir_all(profile.roaming())?;
        fs::write(profile.roaming().join("iiko"), "")?;
        assert_eq!(newest(&[profile], Path::new("iiko")), None);
        Ok(())
    }

    #[test]
    fn profiles_are_listed_and_found_but_never_those_of_the_system() -> io::Result<()> {
        let root = Folder::new("all")?;
        let moved = Folder::new("moved")?;
        for name in ["Касса", "Public", "Default", "All Users", "Все пользователи"] {
            root.profile(name)?;
        }
        let elsewhere = moved.profile("admin")?;
        let system = moved.profile("systemprofile")?;
        let again = root.profile("Касса")?;
        let listed = |table: Table, sid: &str, folder: &Path| {
            table.text(profile_list().child(sid), "ProfileImagePath", &folder.to_string_lossy())
        };
        let registry = Table::default().text(profile_list(), "ProfilesDirectory", &root.0.to_string_lossy());
        let registry = listed(registry, SID, &elsewhere.folder);
        let registry = listed(registry, "S-1-5-18", &system.folder);
        let registry = listed(registry, "S-1-5-21-8", Path::new("/gone/away"));
        let registry = listed(registry, "S-1-5-21-9", &again.folder);
        assert_eq!(all_in(&registry), [again, elsewhere]);
        Ok(())
    }

    #[test]
    fn the_logged_on_user_is_known_by_the_environment() {
        let environment = Key::users(SID).child("Volatile Environment");
        let registry = listed(SID, "D:\\Profiles\\kassa")
            .text(Key::users("S-1-5-18").child("Environment"), "TEMP", "x")
            .text(environment.clone(), "USERNAME", "касса")
            .text(environment, "USERDOMAIN", "pos-1");
        let profile = profile_of(&registry, &user(), |_| None);
        assert_eq!(profile, Some(Profile { folder: "D:\\Profiles\\kassa".into() }));
    }

    #[test]
    fn a_namesake_of_another_domain_is_not_the_user() {
        let environment = Key::users(SID).child("Volatile Environment");
        let registry = listed(SID, "D:\\Profiles\\kassa")
            .text(environment.clone(), "USERNAME", "Касса")
            .text(environment, "USERDOMAIN", "OFFICE");
        assert_eq!(profile_of(&registry, &user(), |_| None), None);
    }

    #[test]
    fn the_account_is_looked_up_when_the_environment_is_not_readable() {
        let registry = listed(SID, "C:\\Users\\kassa");
        let profile = profile_of(&registry, &user(), |user| (user.domain == "POS-1").then(|| SID.to_owned()));
        assert_eq!(profile, Some(Profile { folder: "C:\\Users\\kassa".into() }));
        assert_eq!(profile_of(&registry, &user(), |_| Some("S-1-5-21-0".to_owned())), None);
    }

    #[test]
    fn sid_has_its_usual_text() {
        let sid = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0, 99];
        assert_eq!(sid_text(&sid).as_deref(), Some("S-1-5-32-544"));
        assert_eq!(sid_text(&sid[..15]), None);
        assert_eq!(sid_text(&[]), None);
        assert_eq!(sid_text(&[1, 0, 0, 0, 0, 0, 0, 1]).as_deref(), Some("S-1-1"));
    }
}
