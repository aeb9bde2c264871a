//! The registers that are known, as several commands see them.

use crate::context::Context;
use crate::render::failure::set_aside;
use crate::state::StateError;
use crate::state::fiscals::{FILE_NAME, Fiscals};

/// The known registers. A broken file is rebuilt from the records; with `repair` it is set aside,
/// and that is said.
pub fn load(context: &Context, repair: bool) -> Result<Fiscals, StateError> {
    let loaded = Fiscals::load(&context.home, repair, context.now())?;
    Ok(loaded.told(|aside| context.output.warning(&set_aside(FILE_NAME, aside, context.output.lang))))
}
