//! What to read: the registers of the configuration, or the one of the command line.

use std::path::PathBuf;
use std::time::Duration;

use super::{BrandArg, ProbeArgs, TargetArgs};
use crate::config::Connect;
use crate::config::connect::{BAUD, default_tcp_port};
use crate::context::{Context, clock};
use crate::host::{drivers, network, ports};
use crate::kkt::atol::library::{self, Candidate, FILE_NAME, Origin};
use crate::kkt::fleet::{Driver, Setup};
use crate::kkt::mitsu::discover::{self, Search};
use crate::kkt::{Brand, Link, ReadError, Target, parse_host_port};
use crate::render::Complaint;
use crate::render::probe::{Failed, UsedLibrary};

/// Where drivers of other systems put the library.
const SYSTEM_FOLDERS: [&str; 3] = ["/usr/lib", "/usr/lib64", "/usr/local/lib"];

/// What one run reads.
pub struct Plan {
    connect: Connect,
    brands: Vec<Brand>,
    targets: Vec<Target>,
    search: bool,
    single: bool,
}

impl Plan {
    /// Resolves the command line against the configuration.
    pub fn new(args: &ProbeArgs, connect: Connect) -> Result<Self, Complaint> {
        let given: Vec<Brand> = args.target.brand.iter().filter_map(|brand| brand.own()).collect();
        if let Some(target) = single(&args.target, &given)? {
            return Ok(Self { connect, brands: given, targets: vec![target], search: false, single: true });
        }
        let brands: Vec<Brand> =
            Brand::ALL.into_iter().filter(|b| args.target.brand.is_empty() || given.contains(b)).collect();
        let search = brands.contains(&Brand::Mitsu) && (args.rescan || connect.mitsu.search);
        let mut targets = Vec::new();
        for &brand in &brands {
            // A new search covers the configured registers too: they are read after it.
            if !(brand == Brand::Mitsu && args.rescan) {
                targets.extend(
                    connect.plan(brand).links.iter().map(|link| Target { brand, link: link.clone() }),
                );
            }
        }
        if brands.contains(&Brand::Atol) && connect.atol.search {
            targets.extend(atol_ports(connect.atol.baud));
        }
        Ok(Self { connect, brands, targets, search, single: false })
    }

    /// Registers that can be read at once.
    pub fn targets(&self) -> impl Iterator<Item = Target> {
        self.targets.iter().cloned()
    }

    /// True when every register of the workstation is asked, so that silence means that it has none.
    pub fn is_whole(&self) -> bool {
        !self.single && Brand::ALL.iter().all(|brand| self.brands.contains(brand))
    }

    /// True when registers of the plugin's are asked for: it reads all that it finds, and writes.
    pub fn wants_plugin(&self, args: &ProbeArgs) -> bool {
        let asked_for = args.target.brand.is_empty() || args.target.brand.contains(&BrandArg::Shtrih);
        !self.single && !args.no_save && asked_for
    }

    /// Entries of the configuration that name no register although they should.
    pub fn faults(&self) -> Vec<Failed> {
        let brands = if self.single { &[] } else { self.brands.as_slice() };
        let faults =
            brands.iter().flat_map(|&brand| self.connect.plan(brand).faults.iter().map(move |e| (brand, e)));
        faults.map(|(brand, error)| Failed { brand, link: None, error: error.clone() }).collect()
    }

    /// Where to search for Mitsu registers, if they are to be searched for.
    pub fn search(&self) -> Option<Search> {
        let claimed = self.claimed();
        let free = |port: &ports::SerialPort| !ports::belongs_to_atol(port) && !claimed.contains(&port.name);
        let known: Vec<&str> = self.targets.iter().filter_map(|target| host_of(&target.link)).collect();
        self.search.then(|| Search {
            ports: ports::serial_ports().into_iter().filter(free).map(|port| port.name).collect(),
            baud: self.connect.mitsu.baud,
            hosts: hosts().into_iter().filter(|host| !known.contains(&host.to_string().as_str())).collect(),
            tcp_port: default_tcp_port(Brand::Mitsu),
        })
    }

    /// Ports that the search must not touch: those of other brands, also when only Mitsu is
    /// asked for, and those that are being read.
    fn claimed(&self) -> Vec<String> {
        let being_read = self.targets.iter().filter_map(|target| port_of(&target.link));
        let of_others = self.connect.atol.links.iter().filter_map(port_of);
        being_read
            .chain(of_others)
            .chain(self.connect.plugin_ports.iter().map(String::as_str))
            .map(str::to_owned)
            .collect()
    }

    /// What reading needs besides the targets.
    pub fn setup(&self, args: &ProbeArgs, context: &Context) -> Setup {
        let needs_driver = self.targets.iter().any(|target| target.brand == Brand::Atol);
        let none = || Err(ReadError::LibraryMissing { searched: Vec::new() });
        Setup {
            driver: if needs_driver { driver(&args.target, context) } else { none() },
            limit: args.target.timeout.map_or(self.connect.probe_timeout, Duration::from_secs),
            network_wait: if self.single { Duration::ZERO } else { self.connect.network_wait },
            clock,
        }
    }

    /// For the log.
    pub fn describe(&self) -> String {
        let targets: Vec<String> = self.targets.iter().map(Target::to_string).collect();
        let search = if self.search { "; searching for Mitsu" } else { "" };
        format!("{} registers to read [{}]{search}", targets.len(), targets.join(", "))
    }
}

/// The register that the command line names, if it names one.
fn single(args: &TargetArgs, brands: &[Brand]) -> Result<Option<Target>, Complaint> {
    if args.usb {
        let others = args.brand.iter().any(|&brand| brand != BrandArg::Atol);
        return if others {
            Err(Complaint::UsbIsAtolOnly)
        } else {
            Ok(Some(Target { brand: Brand::Atol, link: Link::Usb }))
        };
    }
    if args.com.is_none() && args.tcp.is_none() {
        return Ok(None);
    }
    let [brand] = *brands else { return Err(Complaint::BrandNeeded) };
    let link = match (&args.com, &args.tcp) {
        (Some(port), _) => Link::Com { port: port.clone(), baud: args.baud.unwrap_or(BAUD) },
        (None, Some(address)) => tcp(address, brand)?,
        (None, None) => return Ok(None),
    };
    Ok(Some(Target { brand, link }))
}

/// `HOST:PORT`; without a port the one of the brand.
fn tcp(address: &str, brand: Brand) -> Result<Link, Complaint> {
    let bare = (!address.is_empty() && !address.contains(':'))
        .then(|| (address.to_owned(), default_tcp_port(brand)));
    let (host, port) =
        parse_host_port(address).or(bare).ok_or_else(|| Complaint::NoAddress { text: address.to_owned() })?;
    Ok(Link::Tcp { host, port })
}

fn atol_ports(baud: u32) -> impl Iterator<Item = Target> {
    let found = ports::serial_ports().into_iter().filter(ports::is_atol);
    found.map(move |port| Target { brand: Brand::Atol, link: Link::Com { port: port.name, baud } })
}

fn port_of(link: &Link) -> Option<&str> {
    match link {
        Link::Com { port, .. } => Some(port),
        Link::Tcp { .. } | Link::Usb => None,
    }
}

fn host_of(link: &Link) -> Option<&str> {
    match link {
        Link::Tcp { host, .. } => Some(host),
        Link::Com { .. } | Link::Usb => None,
    }
}

fn hosts() -> Vec<std::net::Ipv4Addr> {
    discover::hosts(&network::networks(), &network::neighbours())
}

/// The library: the one given, else the one in the home folder, else an installed one.
pub fn driver(args: &TargetArgs, context: &Context) -> Result<Driver, ReadError> {
    let candidate = |path: PathBuf, origin| Candidate { path, origin };
    let mut candidates: Vec<Candidate> =
        args.driver.iter().map(|p| candidate(p.clone(), Origin::Given)).collect();
    if candidates.is_empty() {
        candidates.push(candidate(context.home.join(FILE_NAME), Origin::Home));
        candidates
            .extend(drivers::atol().into_iter().map(|driver| candidate(driver.path, origin(driver.source))));
        if cfg!(unix) {
            candidates
                .extend(SYSTEM_FOLDERS.map(|f| candidate(PathBuf::from(f).join(FILE_NAME), Origin::System)));
        }
    }
    let library = library::find(&candidates)?;
    log::info!("driver library: {} ({:?}, {:?})", library.path.display(), library.machine, library.origin);
    let executable = library::executable_for(&library, &context.executable)?;
    Ok(Driver { library, executable })
}

/// The library that ATOL registers are read with, for the report.
pub fn library(setup: &Setup) -> Option<UsedLibrary> {
    let library = &setup.driver.as_ref().ok()?.library;
    Some(UsedLibrary { path: library.path.clone(), bits: library.machine.bits() })
}

/// Version of the driver that is installed while the library of the home folder or the command
/// line is used: records name the installed one.
pub fn installed_driver(setup: &Setup) -> Option<String> {
    let library = &setup.driver.as_ref().ok()?.library;
    let local = matches!(library.origin, Origin::Given | Origin::Home);
    local.then(drivers::atol_version)?
}

fn origin(source: drivers::AtolSource) -> Origin {
    match source {
        drivers::AtolSource::Registry => Origin::Registry,
        drivers::AtolSource::Uninstall => Origin::Uninstall,
    }
}
