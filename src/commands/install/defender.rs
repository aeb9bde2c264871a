//! The exception for Microsoft Defender, which takes programs without a signature for suspicious.

use std::path::Path;
use std::time::Duration;

use crate::context::Context;
use crate::host::program::{command, run, system_folder};
use crate::render::schedule as text;

/// Longest time that PowerShell may take; on a slow till it needs ten seconds to start.
const LIMIT: Duration = Duration::from_secs(120);

/// Has Defender leave our folders alone; true when it does. That it is not there or refuses is a
/// warning: another antivirus may be in its place.
pub fn exclude(context: &Context) -> bool {
    let failed = context.own_folders().iter().find_map(|folder| exclude_one(folder).err());
    match &failed {
        None => context.output.text(text::excluded(context.output.lang)),
        Some(reason) => {
            log::warn!("Defender: {reason}");
            context.output.warning(&text::not_excluded(reason, context.output.lang));
        }
    }
    failed.is_none()
}

fn exclude_one(folder: &Path) -> Result<(), String> {
    let powershell = system_folder().join(r"WindowsPowerShell\v1.0\powershell.exe");
    let script = script(&folder.to_string_lossy());
    let arguments = ["-NoProfile", "-NonInteractive", "-Command", &script];
    let ended = run(command(&powershell, &arguments), LIMIT).map_err(|error| error.to_string())?;
    match ended.code {
        Some(0) => Ok(()),
        _ => Err(ended.stderr.lines().next().unwrap_or_default().trim().to_owned()),
    }
}

/// In single quotes nothing has a meaning for PowerShell but quotes, of which it knows several.
fn script(folder: &str) -> String {
    let quoted: String =
        folder.chars().flat_map(|c| std::iter::repeat_n(c, if is_quote(c) { 2 } else { 1 })).collect();
    format!("$ErrorActionPreference = 'Stop'; Add-MpPreference -ExclusionPath '{quoted}'")
}

fn is_quote(character: char) -> bool {
    matches!(character, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_stays_one_word() {
        let quoted = |folder| script(folder).rsplit_once("Path ").unwrap().1.to_owned();
        assert_eq!(quoted(r"C:\Касса 1; $x"), r"'C:\Касса 1; $x'");
        assert_eq!(quoted(r"C:\it's"), r"'C:\it''s'");
        assert_eq!(quoted("C:\\a\u{2019}b"), "'C:\\a\u{2019}\u{2019}b'");
    }
}
