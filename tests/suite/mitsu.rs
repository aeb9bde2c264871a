//! `probe` of Mitsu registers, over real sockets and pseudo-terminals.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::sim::{ANY_PORT, Ending, Fault, Register, Server, Setup, When, refusing_port};
use crate::util::{Case, Ran};

/// Serial number and FN of the default register.
const SERIAL: &str = "065001234567890";
const FN: &str = "9999078902014447";

fn tcp(setup: Setup) -> Server {
    setup.serve_tcp(ANY_PORT).expect("a free port")
}

fn pty(setup: Setup) -> Server {
    setup.serve_pty().expect("a pseudo-terminal")
}

fn entry(server: &Server) -> Value {
    match server.place().rsplit_once(':') {
        Some((ip, port)) => json!({ "type_connect": "2", "ip": ip, "ip_port": port }),
        None => json!({ "type_connect": 1, "com_port": server.place(), "com_baudrate": "115200" }),
    }
}

fn configured(servers: &[&Server]) -> Case {
    let case = Case::new();
    let entries: Vec<Value> = servers.iter().map(|server| entry(server)).collect();
    let connect =
        json!({ "tcp_timeout": 1, "atol": [{ "type_connect": 1, "com_port": "NONE" }], "mitsu": entries });
    case.write("connect.json", connect.to_string());
    case
}

fn probe(case: &Case) -> Ran {
    case.run(&["probe", "--brand", "mitsu", "--json"])
}

/// The only register of a run that must have read it.
#[track_caller]
fn read(setup: Setup, serve: fn(Setup) -> Server) -> (Value, Server, Case) {
    let server = serve(setup);
    let case = configured(&[&server]);
    let ran = probe(&case).exits(0);
    let violations = server.violations();
    assert!(violations.is_empty(), "{violations:?}\n{}", ran.story());
    (ran.register(), server, case)
}

/// The only failure of a run that must have failed.
#[track_caller]
fn fail(setup: Setup, serve: fn(Setup) -> Server) -> Value {
    let server = serve(setup);
    let case = configured(&[&server]);
    let ran = case.run(&["probe", "--brand", "mitsu", "--json", "--timeout", "8"]).exits(1);
    assert!(!case.has(&format!("date/{SERIAL}.json")), "{}", ran.story());
    ran.failure()
}

fn register(change: impl FnOnce(&mut Register) -> &mut Register) -> Setup {
    let mut register = Register::default();
    change(&mut register);
    Setup::new(register)
}

fn faulty(when: When, fault: Fault) -> Setup {
    Setup::default().fault(when, fault)
}

fn warnings(register: &Value) -> String {
    let lines: Vec<&str> =
        register["warnings"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    lines.join("\n")
}

const BOTH: [fn(Setup) -> Server; 2] = [tcp, pty];

#[test]
fn record_and_health_over_both_lines() {
    for serve in BOTH {
        let (register, _server, case) = read(Setup::default(), serve);
        let record = case.json(&format!("date/{SERIAL}.json"));
        assert_eq!(register["record"], record);
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
            ("ffdVersion", "120"),
            ("INN", "7704849611"),
            ("address", "123456, г.Москва, Красная площадь д.1"),
            ("attribute_excise", "False"),
            ("attribute_marked", "False"),
            ("fnExecution", "None"),
            ("installed_driver", "Error"),
            ("licenses", "None"),
        ] {
            assert_eq!(record[key], value, "{key}");
        }
        let health = &register["health"];
        assert_eq!(health["ofd_unsent_count"], 63);
        assert_eq!(health["ofd_first_unsent_at"], "2023-01-11 18:15:00");
        assert!(health["ofd_first_unsent_age_days"].as_i64().unwrap() > 1000);
        assert_eq!((&health["shift_state"], &health["shift_number"]), (&json!("opened"), &json!(16)));
        assert_eq!(health["fn_need_replacement"], false);
        assert_eq!(health["errors"]["ofd_timeout"], true);
        assert_eq!(health["paper_present"], true);
        assert_eq!(health["clock_at"], "2023-02-06 08:32:18");
        assert_eq!(health["registration"]["taxation_types"], 3);
        assert_eq!(case.json("_resources/fiscals.json")["mitsu"][0]["fn_serial"], FN);
        assert_eq!(case.json(&format!("metrics/{SERIAL}.json"))["brand"], "mitsu");
    }
}

#[test]
fn one_socket_per_command() {
    let (_, server, _case) = read(Setup::default(), tcp);
    assert_eq!(server.connections(), server.received().len());
    let connections: Vec<usize> = server.received().iter().map(|command| command.connection).collect();
    assert!(connections.windows(2).all(|pair| pair[0] < pair[1]), "{connections:?}");
}

#[test]
fn several_registers_are_read_side_by_side() {
    let delay = || Fault { delay: Duration::from_millis(100), ..Fault::default() };
    let servers: Vec<Server> = (0..3)
        .map(|number| tcp(register(|r| r.serial(&format!("1{number}"))).fault(When::Always, delay())))
        .chain([pty(register(|r| r.serial("20")).fault(When::Always, delay()))])
        .collect();
    let case = configured(&servers.iter().collect::<Vec<_>>());
    let document = probe(&case).exits(0).document();
    let serials: Vec<&str> = document["registers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["record"]["serialNumber"].as_str().unwrap())
        .collect();
    assert_eq!(serials, ["10", "11", "12", "20"]);
    // Side by side: the first command of the last register comes before the last of the first.
    let (first, last) = (servers[0].received(), servers[3].received());
    assert!(last.first().unwrap().at < first.last().unwrap().at);
}

#[test]
fn an_unregistered_device_gives_unknowns() {
    for serve in BOTH {
        let (device, _server, case) = read(register(|r| r.unregistered()), serve);
        for key in ["RNM", "organizationName", "datetime_reg", "INN", "address", "ofdName"] {
            assert_eq!(device["record"][key], "None", "{key}");
        }
        assert_eq!(device["record"]["serialNumber"], SERIAL);
        assert_eq!(device["health"]["ofd_unsent_count"], Value::Null);
        assert!(case.has(&format!("metrics/{SERIAL}.json")));
    }
}

#[test]
fn newer_firmware_is_understood() {
    fn change(r: &mut Register) -> &mut Register {
        r.decoys().edition("ФН-1.2 исп. 5-15-2").replace("GET REG", "ExtMODE='0'", "ExtMODE='0x11'");
        r.set("GET REG", "T1048", "ООО &quot;Ёлка&quot; &lt;1&gt; &amp; К&#176;").set(
            "GET REG",
            "T1046",
            "&quot;ОФД&quot;",
        )
    }
    for serve in BOTH {
        let (device, _server, _case) = read(register(change), serve);
        let record = &device["record"];
        assert_eq!(record["organizationName"], "ООО \"Ёлка\" <1> & К°");
        assert_eq!(record["ofdName"], "\"ОФД\"");
        assert_eq!(record["fnExecution"], "ФН-1.2 исп. 5-15-2");
        assert_eq!(
            (&record["attribute_excise"], &record["attribute_marked"]),
            (&json!("True"), &json!("True"))
        );
        assert_eq!(record["datetime_reg"], "2023-02-10 18:39:00");
        assert_eq!(record["bootVersion"], "1.1.06");
    }
}

#[test]
fn no_unsent_documents_means_no_date() {
    let (device, ..) = read(register(|r| r.unsent(0)), tcp);
    assert_eq!(device["health"]["ofd_unsent_count"], 0);
    assert_eq!(device["health"]["ofd_first_unsent_at"], Value::Null);
    assert_eq!(device["health"]["ofd_first_unsent_age_days"], Value::Null);
}

#[test]
fn states_of_the_printer_are_health_and_no_failure() {
    for (error, key, value) in [
        (500, "paper_present", json!(false)),
        (501, "cover_opened", json!(true)),
        (506, "paper_near_end", json!(true)),
    ] {
        let (device, ..) = read(register(|r| r.error("DEVICE JOB='3'", error, 0)), tcp);
        assert_eq!(device["health"][key], value, "{error}");
    }
    let (device, ..) = read(register(|r| r.error("DEVICE JOB='3'", 503, 0)), tcp);
    assert_eq!(device["health"]["errors"]["cutter_fault"], true);
}

#[test]
fn a_device_error_costs_only_its_own_values() {
    for serve in BOTH {
        let (device, _server, case) = read(register(|r| r.error("GET INFO='F'", 69, 0)), serve);
        assert_eq!(device["record"]["dateTime_end"], "None");
        assert_eq!(device["record"]["RNM"], "0000123456029024");
        assert!(warnings(&device).contains("error 69"), "{}", warnings(&device));
        assert!(case.has(&format!("date/{SERIAL}.json")));
    }
    let (device, ..) = read(register(|r| r.error("GET REG", 40, 2).error("GET INFO='0'", 70, 0)), tcp);
    assert_eq!(device["record"]["fn_serial"], FN);
    assert_eq!(device["health"]["shift_state"], Value::Null);
}

#[test]
fn an_unknown_fn_keeps_the_known_one() {
    let server = tcp(register(|r| {
        r.error("GET INFO='F'", 69, 0).error("GET REG", 69, 0).error("GET INFO='O'", 69, 0)
    }));
    let case = configured(&[&server]);
    let known = json!({ "atol": [], "mitsu": [{ "serialNumber": SERIAL, "fn_serial": "77", "v_time": "2026-01-02 03:04:05" }], "shtrih": [] });
    case.write("_resources/fiscals.json", known.to_string());
    let ran = probe(&case).exits(0);
    let record = case.json(&format!("date/{SERIAL}.json"));
    assert_eq!(record["fn_serial"], "None");
    assert_eq!(record["v_time"], "2026-01-02 03:04:05");
    assert_eq!(case.json("_resources/fiscals.json"), known);
    assert!(warnings(&ran.document()["registers"][0]).contains("the FN is unknown"), "{}", ran.story());
}

#[test]
fn harmless_oddities_change_nothing() {
    let oddities = [
        ("a 2 KB answer", Fault { size: 2048, ..Fault::default() }),
        ("the longest answer", Fault { size: 60_000, ..Fault::default() }),
        ("ETX inside", Fault { filler: "a\u{3}b".to_owned(), ..Fault::default() }),
        (
            "ETX and ETB inside a long answer",
            Fault { filler: "\u{3}\u{17}\u{3}".to_owned(), size: 1500, ..Fault::default() },
        ),
        ("byte 0x98", Fault { filler: "\u{98}".to_owned(), ..Fault::default() }),
        ("a generic closing tag", Fault { generic_closing: true, ..Fault::default() }),
        (
            "pauses between packets",
            Fault { size: 1500, packet_pause: Duration::from_millis(50), ..Fault::default() },
        ),
    ];
    for (name, fault) in oddities {
        for serve in BOTH {
            let (device, ..) = read(faulty(When::Command("GET REG"), fault.clone()), serve);
            assert_eq!(device["record"]["RNM"], "0000123456029024", "{name}");
            assert_eq!(device["record"]["fn_serial"], FN, "{name}");
        }
    }
}

#[test]
fn slow_bytes_are_waited_for() {
    let fault = Fault { byte_pause: Duration::from_millis(20), ..Fault::default() };
    for serve in BOTH {
        let (device, ..) = read(faulty(When::Command("GET VER"), fault.clone()), serve);
        assert_eq!(device["record"]["serialNumber"], SERIAL);
    }
}

#[test]
fn a_connection_that_stays_open_is_not_waited_for() {
    let fault = Fault { ending: Some(Ending::KeepOpen), ..Fault::default() };
    let started = Instant::now();
    let (device, ..) = read(faulty(When::Always, fault), tcp);
    assert_eq!(device["record"]["serialNumber"], SERIAL);
    assert!(started.elapsed() < Duration::from_secs(9), "{:?}", started.elapsed());
}

#[test]
fn one_spoilt_answer_is_asked_for_again() {
    let (device, server, _case) =
        read(faulty(When::Nth(2), Fault { wrong_lrc: true, ..Fault::default() }), pty);
    assert_eq!(device["record"]["serialNumber"], SERIAL);
    let versions = server.received().iter().filter(|command| command.text.contains("VER")).count();
    assert_eq!(versions, 2);
}

#[test]
fn spoilt_lines_are_told_apart() {
    let cut = |ending| Fault { limit: Some(12), ending: Some(ending), ..Fault::default() };
    for (name, fault, serve, kinds) in [
        ("silence", Fault::silence(), tcp as fn(Setup) -> Server, &["timeout"][..]),
        ("silence", Fault::silence(), pty, &["timeout"]),
        ("wrong check byte", Fault { wrong_lrc: true, ..Fault::default() }, pty, &["protocol"]),
        ("cut, open", cut(Ending::KeepOpen), tcp, &["protocol", "timeout"]),
        ("cut, open", cut(Ending::KeepOpen), pty, &["protocol", "timeout"]),
        ("cut, closed", cut(Ending::Close), tcp, &["protocol"]),
        ("reset", cut(Ending::Reset), tcp, &["protocol"]),
        ("garbage", Fault { instead: Some(vec![0xFF; 300]), ..Fault::default() }, tcp, &["protocol"]),
        (
            "garbage",
            Fault { instead: Some(vec![0x55; 300]), ..Fault::default() },
            pty,
            &["protocol", "timeout"],
        ),
        ("echo", Fault { echo: true, ..Fault::default() }, tcp, &["protocol"]),
        ("echo", Fault { echo: true, ..Fault::default() }, pty, &["protocol"]),
    ] {
        let failure = fail(faulty(When::Always, fault), serve);
        let kind = failure["kind"].as_str().unwrap();
        assert!(kinds.contains(&kind), "{name}: {failure}");
        assert!(failure["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{failure}");
    }
}

#[test]
fn a_register_that_is_never_answered_by_is_a_timeout() {
    let setup = Setup { never_read: true, ..Setup::default() };
    assert_eq!(fail(setup, tcp)["kind"], "timeout");
}

#[test]
fn a_refused_connection_is_absent() {
    let (address, _held) = refusing_port().expect("a port");
    let ran =
        Case::new().run(&["probe", "--brand", "mitsu", "--tcp", &address.to_string(), "--json"]).exits(1);
    assert_eq!(ran.document()["failures"][0]["kind"], "absent");
}

#[test]
fn an_unknown_host_is_absent() {
    let ran = Case::new()
        .run(&["probe", "--brand", "mitsu", "--tcp", "no-such-host.invalid:8200", "--json"])
        .exits(1);
    assert_eq!(ran.document()["failures"][0]["kind"], "absent", "{}", ran.story());
}

#[test]
fn a_port_that_does_not_exist_is_absent() {
    let ran =
        Case::new().run(&["probe", "--brand", "mitsu", "--com", "/dev/no-such-port", "--json"]).exits(1);
    let failure = &ran.document()["failures"][0];
    assert_eq!(
        (&failure["kind"], &failure["message"]),
        (&json!("absent"), &json!("there is no port /dev/no-such-port"))
    );
}

#[test]
fn a_port_that_is_held_is_busy() {
    let server = pty(Setup::default());
    let _held = serialport::new(server.place(), 115_200).open().expect("the port");
    let ran = Case::new().run(&["probe", "--brand", "mitsu", "--com", server.place(), "--json"]).exits(1);
    let failure = &ran.document()["failures"][0];
    assert_eq!(failure["kind"], "busy", "{}", ran.story());
    assert!(failure["hint"].as_str().unwrap().contains("iikoFront"), "{}", ran.story());
}

#[test]
fn a_file_is_no_port() {
    let case = Case::new();
    case.write("port", "");
    let path = case.home().join("port");
    let ran = case.run(&["probe", "--brand", "mitsu", "--com", path.to_str().unwrap(), "--json"]).exits(1);
    assert_eq!(ran.document()["failures"][0]["kind"], "absent", "{}", ran.story());
}

#[test]
fn a_serial_number_that_could_escape_the_folder_is_refused() {
    for serial in ["../../evil", "a/b", "", "NUL"] {
        let failure = fail(register(|r| r.serial(serial).set("GET REG", "T1013", "")), tcp);
        assert_eq!(failure["kind"], "protocol", "{serial}: {failure}");
    }
}

#[test]
fn a_deadline_ends_a_slow_register() {
    let server = tcp(faulty(When::Always, Fault { delay: Duration::from_millis(900), ..Fault::default() }));
    let case = configured(&[&server]);
    let ran = case.run(&["probe", "--brand", "mitsu", "--json", "--timeout", "1"]);
    let document = ran.document();
    let failed = document["failures"].as_array().unwrap().iter().all(|failure| failure["kind"] == "timeout");
    assert!(
        failed && document["registers"].as_array().unwrap().is_empty() && ran.code == Some(1),
        "{}",
        ran.story()
    );
}

#[test]
fn another_service_on_the_port_is_no_register() {
    let page = b"HTTP/1.1 400 Bad Request\r\n\r\n<html><body>no</body></html>".to_vec();
    let failure = fail(faulty(When::Always, Fault { instead: Some(page), ..Fault::default() }), tcp);
    assert_eq!(failure["kind"], "protocol", "{failure}");
}

#[test]
fn traffic_is_in_the_log_at_debug_level_only() {
    let server = tcp(Setup::default());
    let case = configured(&[&server]);
    probe(&case).exits(0);
    assert!(!case.has("logs/kkt.log") || !case.read("logs/kkt.log").contains("GET"), "{}", case.listing());
    case.write("service.json", r#"{"service":{"log_level":"debug"}}"#);
    probe(&case).exits(0);
    let log = case.read("logs/kkt.log");
    assert!(log.contains("GET VER") && log.contains(SERIAL), "{log}");
}
