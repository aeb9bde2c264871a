//! The system calls of [`super`] on systems other than Windows.
//!
//! Owns the same functions as the Windows module. There is no registry, no version resource and
//! no list of profiles here: those answers are empty.

mod process;

pub use process::{INTERPRETERS, Members, command_line, image, processes, spawn_detached};

use std::fs::{self, File, OpenOptions};
use std::io;
use std::net::Ipv4Addr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::network::Neighbour;
use super::ports::PortDevice;
use super::profiles::User;
use super::registry::{Key, Registry, Value};
use super::services::{Service, ServiceError};

/// A registry without keys.
pub struct Local;

impl Registry for Local {
    fn value(&self, _: &Key, _: &str) -> Option<Value> {
        None
    }

    fn values(&self, _: &Key) -> Vec<Value> {
        Vec::new()
    }

    fn subkeys(&self, _: &Key) -> Vec<String> {
        Vec::new()
    }
}

/// Name of the computer.
pub fn hostname() -> Option<String> {
    first_line(Path::new("/proc/sys/kernel/hostname"))
}

/// Identifier of this installation of the system; where it has none, the computer's name.
pub fn machine_guid() -> Option<String> {
    first_line(Path::new("/etc/machine-id")).or_else(hostname)
}

fn first_line(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().next().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty())
}

/// Address of the first network card by name, those with hardware behind them before virtual ones.
pub fn node_mac() -> Option<[u8; 6]> {
    first_mac(Path::new("/sys/class/net"))
}

fn first_mac(interfaces: &Path) -> Option<[u8; 6]> {
    let mut folders: Vec<PathBuf> =
        fs::read_dir(interfaces).ok()?.flatten().map(|entry| entry.path()).collect();
    folders.sort_by_cached_key(|folder| (!folder.join("device").exists(), folder.clone()));
    let loopback = |folder: &PathBuf| folder.file_name().is_some_and(|name| name == "lo");
    let addresses = folders.iter().filter(|folder| !loopback(folder)).filter_map(|folder| {
        let address = first_line(&folder.join("address"))?;
        parse_mac(&address)
    });
    addresses.into_iter().find(|mac| *mac != [0; 6])
}

fn parse_mac(text: &str) -> Option<[u8; 6]> {
    let bytes: Option<Vec<u8>> = text.split(':').map(|part| u8::from_str_radix(part, 16).ok()).collect();
    bytes?.try_into().ok()
}

/// Neighbours by the kernel's ARP table.
pub fn neighbours() -> Vec<Neighbour> {
    let table = fs::read_to_string("/proc/net/arp").unwrap_or_else(|error| {
        log::debug!("/proc/net/arp: {error}");
        String::new()
    });
    parse_arp(&table)
}

/// Columns: address, hardware type, flags, hardware address, mask, device. The second flag is
/// set when the hardware address is known.
fn parse_arp(table: &str) -> Vec<Neighbour> {
    let rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter_map(|row| {
        let &[ip, _, flags, mac, ..] = row.as_slice() else { return None };
        let flags = u32::from_str_radix(flags.strip_prefix("0x")?, 16).ok()?;
        let ip: Ipv4Addr = ip.parse().ok()?;
        (flags & 2 != 0).then_some(Neighbour { ip, mac: parse_mac(mac)? })
    })
    .collect()
}

/// Nothing is known beyond what the list of ports says itself.
pub fn port_devices() -> Vec<PortDevice> {
    Vec::new()
}

/// Sessions are not looked at.
pub fn active_user() -> Option<User> {
    None
}

/// Accounts have no security identifier.
pub fn account_sid(_: &User) -> Option<String> {
    None
}

/// Version resources are not read.
pub fn file_version(_: &Path) -> Option<(u32, u32)> {
    None
}

/// There are no access lists.
pub fn descriptor(_: &Path) -> io::Result<String> {
    Err(io::ErrorKind::Unsupported.into())
}

/// There are no access lists.
pub fn set_descriptor(_: &Path, _: &str, _: bool) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Bytes that this user may still write to the disk of a folder.
pub fn free_space(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// What the distribution calls itself.
pub fn system_name() -> Option<String> {
    let text = fs::read_to_string("/etc/os-release").ok()?;
    let name = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(name.trim_matches('"').to_owned())
}

/// A new file that its owner alone may read and write.
pub fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// There are no services of this sort.
pub fn services() -> Result<Vec<Service>, ServiceError> {
    Err(ServiceError::NotWindows)
}

/// There are no services of this sort.
pub fn remove_service(_: &str, _: Duration) -> Result<(), ServiceError> {
    Err(ServiceError::NotWindows)
}

/// Users have no security identifier.
pub fn own_sid() -> Option<String> {
    None
}

/// Locale by the environment, first of those that are set.
pub fn locale() -> Option<String> {
    let set = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set)
}

/// No dialogs are shown.
pub fn suppress_crash_dialogs() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arp_table_gives_complete_entries() {
        let table = "\
IP address       HW type     Flags       HW address            Mask     Device
192.168.1.7      0x1         0x2         00:22:00:4a:5b:6c     *        eth0
192.168.1.8      0x1         0x0         00:00:00:00:00:00     *        eth0
192.168.1.9      0x1         0x6         00:22:00:4a:5b:6d     *        eth0
garbage
192.168.1.10     0x20        0x2         00:22:00:4a           *        ib0
";
        let expected = [
            Neighbour { ip: Ipv4Addr::new(192, 168, 1, 7), mac: [0, 0x22, 0, 0x4a, 0x5b, 0x6c] },
            Neighbour { ip: Ipv4Addr::new(192, 168, 1, 9), mac: [0, 0x22, 0, 0x4a, 0x5b, 0x6d] },
        ];
        assert_eq!(parse_arp(table), expected);
    }

    #[test]
    fn card_with_hardware_comes_before_virtual_ones() -> io::Result<()> {
        let root = std::env::temp_dir().join(format!("getad-net-{}", std::process::id()));
        let interface = |name: &str, address: &str, hardware: bool| {
            let folder = root.join(name);
            fs::create_dir_all(if hardware { folder.join("device") } else { folder.clone() })?;
            fs::write(folder.join("address"), format!("{address}\n"))
        };
        interface("lo", "02:00:00:00:00:09", true)?;
        interface("docker0", "02:42:00:00:00:01", false)?;
        interface("tun0", "", false)?;
        let only_virtual = first_mac(&root);
        interface("wlan0", "00:1a:2b:3c:4d:5f", true)?;
        interface("eth0", "00:1a:2b:3c:4d:5e", true)?;
        interface("dummy", "00:00:00:00:00:00", true)?;
        let all = first_mac(&root);
        fs::remove_dir_all(&root)?;
        assert_eq!(only_virtual, Some([2, 0x42, 0, 0, 0, 1]));
        assert_eq!(all, Some([0, 0x1a, 0x2b, 0x3c, 0x4d, 0x5e]));
        assert_eq!(first_mac(&root), None);
        Ok(())
    }
}
