//! The facts about the workstation that go into every record.

use crate::context::Context;
use crate::host::{self, identity};
use crate::secret::{Keys, Secret};
use crate::state::file;
use crate::state::record::Facts;

/// Gathers the facts. The identity comes from `_resources/uuid` if that holds one; else it is
/// computed, and kept there when `save` is set.
pub fn facts(context: &Context, save: bool) -> Facts {
    let found = host::workstation();
    Facts {
        hostname: found.hostname,
        url_rms: found.url_rms,
        teamviewer_id: found.teamviewer_id,
        anydesk_id: found.anydesk_id,
        litemanager_id: found.litemanager_id,
        uuid: uuid(context, save),
    }
}

fn uuid(context: &Context, save: bool) -> Option<String> {
    let path = context.home.resource("uuid");
    let text = file::read(&path).unwrap_or_else(|error| {
        log::warn!("{error}");
        None
    });
    if let Some(uuid) = text.as_deref().and_then(|text| identity::stored(text, |token| open(token, context)))
    {
        return Some(uuid);
    }
    let uuid = identity::compute()?;
    // What we cannot read may be a token under a key of the user's own: it stays.
    let free = text.is_none_or(|text| text.trim().is_empty());
    if save
        && free
        && let Err(error) = file::write(&path, &uuid)
    {
        log::warn!("{error}");
    }
    Some(uuid)
}

/// A key that cannot be used does not hinder: the predecessor mostly took the published one.
pub fn open(token: &str, context: &Context) -> Option<String> {
    let keys = context.keys().unwrap_or_else(|error| {
        log::warn!("{error}");
        Keys::published()
    });
    let opened = keys.examine(&Secret::new(token.to_owned())).ok()?;
    Some(opened.value.expose().to_owned())
}
