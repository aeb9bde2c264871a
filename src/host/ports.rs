//! Serial ports of this computer, with what tells one from another.
//!
//! An ATOL register on USB shows two virtual ports (vendor 2912): interface 00 talks with
//! programs, interface 02 is the register's own service channel.

use std::cmp::Ordering;

use serialport::{SerialPortInfo, SerialPortType, UsbPortInfo};

use super::os;
use super::registry::{Key, Registry, Value, View};

/// A serial port, real or virtual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerialPort {
    /// Name to open it by: `COM4`, `/dev/ttyACM0`.
    pub name: String,
    /// What the system calls the device: `ATOL 30F (COM5)`.
    pub description: Option<String>,
    /// Who it is on USB; `None` for other buses.
    pub usb: Option<UsbId>,
}

/// Identifiers of a USB device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsbId {
    /// Vendor.
    pub vid: u16,
    /// Product.
    pub pid: u16,
    /// Interface of a device that has several.
    pub interface: Option<u8>,
}

/// Every serial port, in the order people count them.
#[must_use]
pub fn serial_ports() -> Vec<SerialPort> {
    let mut listed = serialport::available_ports().unwrap_or_else(|error| {
        log::debug!("serial ports cannot be listed: {error}");
        Vec::new()
    });
    listed.extend(mapped(&os::Local));
    let ports = described(listed, &os::port_devices());
    for port in &ports {
        log::debug!("{}: {:?}, {:?}", port.name, port.description, port.usb);
    }
    ports
}

/// Whether an ATOL register talks with programs through this port.
#[must_use]
pub fn is_atol(port: &SerialPort) -> bool {
    match port.usb {
        Some(UsbId { vid: ATOL, interface, .. }) => interface.is_none_or(|number| number == 0),
        _ => names_atol(port),
    }
}

/// Whether this port is an ATOL register's at all, so that no other brand may touch it.
#[must_use]
pub fn belongs_to_atol(port: &SerialPort) -> bool {
    port.usb.is_some_and(|usb| usb.vid == ATOL) || names_atol(port)
}

const ATOL: u16 = 0x2912;

fn names_atol(port: &SerialPort) -> bool {
    let description = port.description.as_deref().unwrap_or_default().to_lowercase();
    description.contains("atol") || description.contains("атол")
}

/// Device behind a port, as the system's list of devices has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortDevice {
    /// Name of the port.
    pub port: String,
    /// Its friendly name, or its description.
    pub description: Option<String>,
    /// Its hardware and instance identifiers.
    pub ids: Vec<String>,
}

/// Ports that drivers have registered with Windows. The library that lists ports leaves them out
/// when there are no more of them than devices of the usual class, even if they are others.
fn mapped(registry: &impl Registry) -> Vec<SerialPortInfo> {
    let names = registry.values(&Key::machine(View::Bits64, "HARDWARE\\DEVICEMAP\\SERIALCOMM"));
    let names = names.into_iter().filter_map(Value::text);
    names.map(|port_name| SerialPortInfo { port_name, port_type: SerialPortType::Unknown }).collect()
}

fn described(listed: Vec<SerialPortInfo>, devices: &[PortDevice]) -> Vec<SerialPort> {
    let mut ports: Vec<SerialPort> = listed.into_iter().map(|info| describe(info, devices)).collect();
    // Stable: of two entries for one port the first, which knows more, stays.
    ports.sort_by(|one, other| counted(&one.name, &other.name));
    ports.dedup_by(|one, other| one.name == other.name);
    ports
}

fn describe(info: SerialPortInfo, devices: &[PortDevice]) -> SerialPort {
    let device = devices.iter().find(|device| device.port.eq_ignore_ascii_case(&info.port_name));
    let listed = match info.port_type {
        SerialPortType::UsbPort(usb) => Some(usb),
        _ => None,
    };
    let usb = device.and_then(|device| usb_id(&device.ids)).or_else(|| listed.as_ref().map(listed_id));
    let description = device.and_then(|device| device.description.clone());
    SerialPort { name: info.port_name, description: description.or_else(|| listed?.product), usb }
}

fn listed_id(usb: &UsbPortInfo) -> UsbId {
    UsbId { vid: usb.vid, pid: usb.pid, interface: usb.interface }
}

/// Reads identifiers like `USB\VID_2912&PID_0005&REV_0100&MI_00`, the most telling one of all.
fn usb_id(ids: &[String]) -> Option<UsbId> {
    let parsed: Vec<UsbId> = ids.iter().filter_map(|id| parse_usb_id(id)).collect();
    parsed.iter().find(|id| id.interface.is_some()).or(parsed.first()).copied()
}

fn parse_usb_id(id: &str) -> Option<UsbId> {
    let id = id.to_ascii_uppercase();
    let field = |prefix| id.split(['\\', '&', '+', '#']).find_map(|part| part.strip_prefix(prefix));
    let number = |prefix| u16::from_str_radix(field(prefix)?, 16).ok();
    let interface = field("MI_").and_then(|digits| u8::from_str_radix(digits, 16).ok());
    Some(UsbId { vid: number("VID_")?, pid: number("PID_")?, interface })
}

fn counted(one: &str, other: &str) -> Ordering {
    split_number(one).cmp(&split_number(other)).then_with(|| one.cmp(other))
}

fn split_number(name: &str) -> (&str, u64) {
    let stem = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    (stem, name.get(stem.len()..).and_then(|digits| digits.parse().ok()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::registry::table::Table;

    fn unknown(name: &str) -> SerialPortInfo {
        SerialPortInfo { port_name: name.to_owned(), port_type: SerialPortType::Unknown }
    }

    fn on_usb(name: &str, interface: Option<u8>) -> SerialPortInfo {
        let usb = UsbPortInfo {
            vid: 0x2912,
            pid: 5,
            serial_number: None,
            manufacturer: None,
            product: Some("USB serial".to_owned()),
            interface,
        };
        SerialPortInfo { port_name: name.to_owned(), port_type: SerialPortType::UsbPort(usb) }
    }

    fn device(port: &str, description: &str, ids: &[&str]) -> PortDevice {
        PortDevice {
            port: port.to_owned(),
            description: Some(description.to_owned()),
            ids: ids.iter().map(|&id| id.to_owned()).collect(),
        }
    }

    fn port(description: Option<&str>, usb: Option<(u16, Option<u8>)>) -> SerialPort {
        SerialPort {
            name: "COM5".to_owned(),
            description: description.map(str::to_owned),
            usb: usb.map(|(vid, interface)| UsbId { vid, pid: 5, interface }),
        }
    }

    #[test]
    fn ports_are_in_natural_order_and_named_once() {
        let ports = described(["COM10", "COM2", "CNCA1", "COM2"].map(unknown).into(), &[]);
        let names: Vec<&str> = ports.iter().map(|port| port.name.as_str()).collect();
        assert_eq!(names, ["CNCA1", "COM2", "COM10"]);
    }

    #[test]
    fn registered_ports_are_added_and_known_ones_stay_known() {
        let key = Key::machine(View::Bits64, "HARDWARE\\DEVICEMAP\\SERIALCOMM");
        let table = Table::default().text(key.clone(), "\\Device\\USBSER000", "COM7").text(key, "x", "COM3");
        let listed = [vec![on_usb("COM7", Some(0))], mapped(&table)].concat();
        let ports = described(listed, &[]);
        let known: Vec<_> = ports.iter().map(|port| (port.name.as_str(), port.usb.is_some())).collect();
        assert_eq!(known, [("COM3", false), ("COM7", true)]);
    }

    #[test]
    fn what_the_list_of_devices_knows_is_added() {
        let devices = [
            device("com5", "ATOL 30F (COM5)", &["USB\\VID_2912&PID_0005&REV_0100&MI_02", "USB\\Class_02"]),
            device("COM6", "Virtual port (COM6)", &["root\\vport"]),
        ];
        let ports = described(vec![unknown("COM5"), unknown("COM6"), on_usb("COM7", Some(0))], &devices);
        let usb = |interface| Some(UsbId { vid: 0x2912, pid: 5, interface: Some(interface) });
        assert_eq!(ports[0].description.as_deref(), Some("ATOL 30F (COM5)"));
        assert_eq!(ports[0].usb, usb(2));
        assert_eq!((ports[1].description.as_deref(), ports[1].usb), (Some("Virtual port (COM6)"), None));
        assert_eq!((ports[2].description.as_deref(), ports[2].usb), (Some("USB serial"), usb(0)));
    }

    #[test]
    fn identifiers_are_read_in_every_form() {
        let id = |vid, pid, interface| Some(UsbId { vid, pid, interface });
        assert_eq!(parse_usb_id("USB\\VID_2912&PID_0005&MI_00\\6&A694CA9&0&0000"), id(0x2912, 5, Some(0)));
        assert_eq!(parse_usb_id("usb\\vid_2912&pid_0005"), id(0x2912, 5, None));
        assert_eq!(parse_usb_id("FTDIBUS\\VID_0403+PID_6001+A702TB52A\\0000"), id(0x0403, 0x6001, None));
        for text in
            ["", "ACPI\\PNP0501", "USB\\VID_29&MI_00", "USB\\VID_XYZW&PID_0005", "USB\\VID_29120&PID_5"]
        {
            assert_eq!(parse_usb_id(text), None, "{text}");
        }
    }

    #[test]
    fn the_identifier_with_an_interface_counts() {
        let ids = ["USB\\VID_2912&PID_0005".to_owned(), "USB\\VID_2912&PID_0005&MI_02".to_owned()];
        assert_eq!(usb_id(&ids).and_then(|id| id.interface), Some(2));
    }

    #[test]
    fn atol_talks_through_interface_00_only() {
        assert!(is_atol(&port(None, Some((0x2912, Some(0))))));
        assert!(is_atol(&port(None, Some((0x2912, None)))));
        assert!(!is_atol(&port(Some("ATOL 30F (COM5)"), Some((0x2912, Some(2))))));
        assert!(belongs_to_atol(&port(None, Some((0x2912, Some(2))))));
    }

    #[test]
    fn atol_is_known_by_its_description_too() {
        for name in ["ATOL 30F (COM5)", "Atol usb", "АТОЛ 91Ф (COM5)", "ККТ Атол"] {
            assert!(is_atol(&port(Some(name), None)), "{name}");
            assert!(belongs_to_atol(&port(Some(name), Some((0x0403, None)))), "{name}");
        }
        for other in [port(None, None), port(Some("USB Serial Port (COM5)"), Some((0x0403, Some(0))))] {
            assert!(!is_atol(&other));
            assert!(!belongs_to_atol(&other));
        }
    }
}
