//! The search for Mitsu registers, and what it leaves in `connect.json`.

use serde::Deserialize;

use super::ProbeArgs;
use super::plan::Plan;
use crate::config::connect::{ConnectFile, note_found};
use crate::config::{CONNECT_DEFAULT, CONNECT_FILE, Connect, load};
use crate::context::Context;
use crate::kkt::mitsu::discover::{self, Search};
use crate::kkt::{Brand, Link, Target};
use crate::render::Progress;
use crate::state::file;

/// Searches; ends by itself within seconds.
pub fn run(search: Search, progress: &Progress) -> Vec<Link> {
    log::info!("searching for Mitsu on ports {:?} and {} hosts", search.ports, search.hosts.len());
    let found = discover::run(&search, &|event| match event {
        discover::Progress::Tried { done, of } => progress.searching(done, of),
        discover::Progress::Found(found) => log::info!("found {} at {}", found.device, found.link),
    });
    let links: Vec<Link> = found.into_iter().map(|found| found.link).collect();
    log::info!("found: {links:?}");
    links
}

/// The configuration after a search.
pub struct Noted {
    connect: Connect,
}

/// Notes what was found in `connect.json`, unless nothing is to be saved.
pub fn note(found: &[Link], args: &ProbeArgs, context: &Context) -> anyhow::Result<Noted> {
    let path = context.home.join(CONNECT_FILE);
    let before = load::read_tree(&path)?.map_or_else(|| load::parse(&path, CONNECT_DEFAULT), Ok)?;
    let mut tree = before.clone();
    note_found(&mut tree, Brand::Mitsu, found, args.rescan);
    if tree != before && !args.no_save {
        file::write(&path, &load::tree_text(&tree))?;
        log::info!("{} updated after the search", path.display());
    }
    Ok(Noted { connect: Connect::resolve(&ConnectFile::deserialize(&tree)?) })
}

impl Noted {
    /// Registers that the search has added to those of the plan.
    pub fn new_targets(self, plan: &Plan) -> impl Iterator<Item = Target> {
        let links = self.connect.mitsu.links.into_iter();
        links
            .map(|link| Target { brand: Brand::Mitsu, link })
            .filter(|target| !plan.targets().any(|t| t == *target))
    }
}
