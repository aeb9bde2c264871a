//! Programs of the user's that we start by a name of the configuration: from one folder of the home
//! folder and from nowhere else.

/// What may run: this goes to Windows' own command interpreter or is a program itself.
const EXTENSIONS: [&str; 3] = ["bat", "cmd", "exe"];

/// A bare file name; on Windows of something that can run there.
pub fn is_fit(name: &str) -> bool {
    let bare = !name.is_empty() && !name.starts_with('.') && !name.ends_with('.');
    let strange = |c: char| c.is_control() || "/\\:*?\"<>|%&^!".contains(c);
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let runs = extension.is_some_and(|extension| EXTENSIONS.contains(&extension.as_str()));
    bare && !name.contains(strange) && (runs || cfg!(unix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bare_name_is_fit() {
        for name in ["reboot.bat", "Перезагрузка 2.CMD", "x.exe"] {
            assert!(is_fit(name), "{name}");
        }
        for name in ["", ".", "..", "../reboot.bat", "a\\b.bat", "C:x.bat", "/bin/x.exe", "a\n.bat", "x.bat."]
        {
            assert!(!is_fit(name), "{name:?}");
        }
    }
}
