//! Finding registers by themselves: devices of the registry, ports, the network.

use serde_json::{Value, json};

use crate::computer::{Computer, Width};
use crate::network::Network;
use crate::sim::{ANY_PORT, Fault, Server, Setup, When};

const SERIAL: &str = "065001234567890";
/// The class of serial ports.
const PORTS: &str = "{4d36e978-e325-11ce-bfc1-08002be10318}";

/// Makes a port a device on USB, as Windows lists the two ports of an ATOL register.
pub fn plug_in(computer: &Computer, interface: &str, port: &str, name: &str) {
    let key = format!(
        "HKLM\\SYSTEM\\CurrentControlSet\\Enum\\USB\\VID_2912&PID_0005&{interface}\\6&1A2B3C&0&{port}"
    );
    let id = format!("USB\\VID_2912&PID_0005&{interface}");
    computer.set(Width::X64, &key, "ClassGUID", "REG_SZ", PORTS);
    computer.set(Width::X64, &key, "FriendlyName", "REG_SZ", name);
    computer.set(Width::X64, &key, "HardwareID", "REG_MULTI_SZ", &id);
    computer.set(Width::X64, &format!("{key}\\Device Parameters"), "PortName", "REG_SZ", port);
}

pub fn pty() -> Server {
    Setup::default().serve_pty().unwrap()
}

fn searching() -> String {
    json!({
        "note": "ours",
        "tcp_timeout": 0,
        "atol": [{ "type_connect": 0, "com_baudrate": "115200" }],
        "mitsu": [{ "name": "bar", "type_connect": 0 }, { "type_connect": 0 }],
    })
    .to_string()
}

#[test]
fn an_atol_register_is_known_by_its_device_and_no_other_brand_touches_its_ports() {
    let (channel, service, mitsu) = (pty(), pty(), pty());
    let ports = [("COM5", channel.place()), ("COM6", service.place()), ("COM7", mitsu.place())];
    let computer = Computer::in_network(Network::empty(), &ports);
    plug_in(&computer, "MI_00", "COM5", "АТОЛ 30Ф (COM5)");
    plug_in(&computer, "MI_02", "COM6", "АТОЛ 30Ф (COM6)");
    for width in Width::BOTH {
        let home = computer.home();
        home.copy(&width.driver(), "fptr10.dll").write("connect.json", searching());
        home.write("fptr10.scenario", include_str!("../sim/fptr10.scenario.example"));
        let ran = home.getad(width, &["probe", "--json"]).exits(0);
        let document = ran.document();
        let links: Vec<&Value> =
            document["registers"].as_array().unwrap().iter().map(|register| &register["link"]).collect();
        assert_eq!(links, ["com:COM5@115200", "com:COM7@115200"], "{}", ran.story());
        assert_eq!(home.names("date"), ["00123456790012.json", &format!("{SERIAL}.json")]);
        let connect = home.json("connect.json");
        assert_eq!((&connect["note"], &connect["mitsu"][0]["name"]), (&json!("ours"), &json!("bar")));
        assert_eq!(connect["mitsu"][0]["type_connect"], 1, "{}", ran.story());
        assert_eq!(connect["mitsu"][0]["com_port"], "COM7", "{}", ran.story());
        assert_eq!(connect["atol"][0]["type_connect"], 0, "{}", ran.story());
    }
    assert!(!mitsu.received().is_empty());
    assert!(channel.received().is_empty() && service.received().is_empty());
}

#[test]
fn a_mitsu_register_is_found_at_its_port_and_noted() {
    let (register, echo) = (pty(), Setup::default().fault(When::Always, echoing()).serve_pty().unwrap());
    let ports = [("COM3", echo.place()), ("COM12", register.place())];
    let computer = Computer::in_network(Network::empty(), &ports);
    for width in Width::BOTH {
        let home = computer.home();
        home.write("connect.json", searching());
        home.getad(width, &["probe"]).exits(0).prints("COM12");
        assert_eq!(home.names("date"), [format!("{SERIAL}.json")]);
        let connect = home.json("connect.json");
        assert_eq!(connect["mitsu"][0]["com_port"], "COM12");
        let asked = echo.received().len();
        // It is in the configuration now: the next run does not search.
        home.getad(width, &["probe"]).exits(0);
        assert_eq!(echo.received().len(), asked);
    }
}

fn echoing() -> Fault {
    Fault { echo: true, ..Fault::default() }
}

#[test]
fn a_mitsu_register_is_found_in_the_network_and_noted() {
    let register = Setup::default().serve_tcp(ANY_PORT).unwrap();
    let computer = Computer::in_network(Network::with_register(register.place()), &[]);
    for width in Width::BOTH {
        let home = computer.home();
        home.write("connect.json", searching());
        let ran = home.getad(width, &["probe", "--json"]).exits(0);
        let document = ran.document();
        assert_eq!(document["registers"][0]["link"], "tcp:10.77.0.9:8200", "{}", ran.story());
        let connect = home.json("connect.json");
        assert_eq!(connect["mitsu"][0]["type_connect"], 2, "{}", ran.story());
        assert_eq!(connect["mitsu"][0]["ip"], "10.77.0.9", "{}", ran.story());
    }
}

#[test]
fn nothing_found_is_noted_too() {
    let computer = Computer::in_network(Network::empty(), &[]);
    for width in Width::BOTH {
        let home = computer.home();
        home.write("connect.json", searching());
        home.getad(width, &["probe"]).exits(4).prints("No register was found");
        assert_eq!(home.json("connect.json")["mitsu"][0]["type_connect"], 3);
    }
}
