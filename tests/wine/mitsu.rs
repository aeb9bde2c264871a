//! `probe` of Mitsu registers: sockets and serial ports of Windows.

use serde_json::{Value, json};

use crate::computer::{Computer, Width};
use crate::sim::{ANY_PORT, Fault, Register, Server, Setup, When, refusing_port};
use crate::util::Ran;

/// Serial number and FN of the default register.
const SERIAL: &str = "065001234567890";
const FN: &str = "9999078902014447";

#[track_caller]
fn assert_read(ran: &Ran, server: &Server) {
    let register = ran.register();
    for (key, value) in [
        ("modelName", "MITSU-1-F 001"),
        ("serialNumber", SERIAL),
        ("RNM", "0000123456029024"),
        ("organizationName", " ООО \"АБВГД\""),
        ("fn_serial", FN),
        ("datetime_reg", "2023-02-10 18:39:00"),
        ("dateTime_end", "2024-07-17 00:00:00"),
        ("ofdName", "АтласКарт"),
        ("bootVersion", "1.1.06"),
        ("address", "123456, г.Москва, Красная площадь д.1"),
        ("installed_driver", "Error"),
    ] {
        assert_eq!(register["record"][key], value, "{key}\n{}", ran.story());
    }
    assert_eq!(register["health"]["ofd_unsent_count"], 63);
    assert_eq!(register["health"]["paper_present"], true);
    let violations = server.violations();
    assert!(violations.is_empty(), "{violations:?}\n{}", ran.story());
}

#[test]
fn a_register_in_the_network_is_read() {
    let computer = Computer::shared();
    for width in Width::BOTH {
        let server = Setup::default().serve_tcp(ANY_PORT).unwrap();
        let home = computer.home();
        let ran =
            home.getad(width, &["probe", "--brand", "mitsu", "--tcp", server.place(), "--json"]).exits(0);
        assert_read(&ran, &server);
        assert_eq!(ran.document()["registers"][0]["file"], format!("date/{SERIAL}.json"));
        assert_eq!(ran.document()["registers"][0]["record"], home.json(&format!("date/{SERIAL}.json")));
        assert_eq!(home.json("_resources/fiscals.json")["mitsu"][0]["fn_serial"], FN);
    }
}

#[test]
fn a_register_at_a_serial_port_is_read() {
    let server = Setup::default().serve_pty().unwrap();
    let computer = Computer::with_ports(&[("COM7", server.place()), ("COM23", server.place())]);
    let named = &["probe", "--brand", "mitsu", "--com", "COM7", "--json"][..];
    let two_digits = &["probe", "--brand", "mitsu", "--com", "COM23", "--json"];
    let configured = &["probe", "--json"];
    for width in Width::BOTH {
        for arguments in [named, two_digits, configured] {
            let home = computer.home();
            let mitsu = [json!({ "type_connect": "1", "com_port": "COM7", "com_baudrate": "115200" })];
            let connect = json!({ "tcp_timeout": 0, "atol": [{ "type_connect": 0 }], "mitsu": mitsu });
            home.write("connect.json", connect.to_string());
            let ran = home.getad(width, arguments).exits(0);
            assert_read(&ran, &server);
            assert!(home.has(&format!("metrics/{SERIAL}.json")), "{}", ran.story());
        }
    }
}

#[test]
fn several_registers_are_read_side_by_side() {
    let serve = |serial: &str| {
        let mut register = Register::default();
        register.serial(serial);
        Setup::new(register)
    };
    let at_port = serve("20").serve_pty().unwrap();
    let in_network: Vec<Server> =
        ["10", "11", "12"].map(|serial| serve(serial).serve_tcp(ANY_PORT).unwrap()).into();
    let computer = Computer::with_ports(&[("COM7", at_port.place())]);
    for width in Width::BOTH {
        let home = computer.home();
        let mut mitsu: Vec<Value> = in_network
            .iter()
            .map(|server| server.place().rsplit_once(':').unwrap())
            .map(|(ip, port)| json!({ "type_connect": 2, "ip": ip, "ip_port": port }))
            .collect();
        mitsu.push(json!({ "type_connect": 1, "com_port": "COM7" }));
        let connect = json!({ "tcp_timeout": 2, "atol": [{ "type_connect": 0 }], "mitsu": mitsu });
        home.write("connect.json", connect.to_string());
        home.getad(width, &["probe"]).exits(0);
        assert_eq!(home.names("date"), ["10.json", "11.json", "12.json", "20.json"]);
    }
}

#[test]
fn what_does_not_answer_is_told_apart() {
    let silent = Setup::default().fault(When::Always, Fault::silence()).serve_pty().unwrap();
    let (refused, _held) = refusing_port().unwrap();
    let computer = Computer::with_ports(&[("COM7", silent.place())]);
    for width in Width::BOTH {
        for (link, kind) in [
            (["--com", "COM99"], "absent"),
            (["--com", "COM7"], "timeout"),
            (["--tcp", &refused.to_string()], "absent"),
            (["--tcp", "no-such-host.invalid:8200"], "absent"),
        ] {
            let home = computer.home();
            let options = ["probe", "--brand", "mitsu", "--json", "--timeout", "8"];
            let ran = home.getad(width, &[&options[..], &link].concat()).exits(1);
            assert_eq!(ran.failure()["kind"], kind, "{}", ran.story());
            assert!(ran.failure()["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{}", ran.story());
        }
        let ran =
            computer.home().getad(width, &["probe", "--brand", "mitsu", "--com", "COM99", "--json"]).exits(1);
        assert_eq!(ran.failure()["message"], "there is no port COM99");
    }
}
