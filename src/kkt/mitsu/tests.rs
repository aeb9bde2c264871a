//! Whole exchanges, played back: the sample answers are those of the vendor's programming guide.

mod trouble;

use std::time::{Duration, Instant};

use chrono::NaiveDate;
use encoding_rs::WINDOWS_1251;

use super::frame::Framing;
use super::*;
use crate::kkt::health::{ShiftState, flag};
use crate::kkt::link::replay::{Exchange, Replay, Step};
use crate::kkt::passport::Item;

const DEV: &str = "<OK DEV='MITSU-1-F' />";
const VER_CLOCK: &str = "<OK VER='1.1.06' SIZE='295771' CRC32='7E714C76' SERIAL='065001234567890' \
    MAC='00-22-00-48-00-51' STS='00000000' DATE='2023-02-06' TIME='08:32:18'/>";
const VER: &str = "<OK VER='1.1.06' SIZE='295771' CRC32='7E714C76' SERIAL='065001234567890' \
    MAC='00-22-00-48-00-51' STS='00000000'/>";
const CLOCK: &str = "<OK DATE='2023-02-06' TIME='08:32:18' />";
const REG: &str = "<OK REG='7' FD='13' DATE='2023-02-10' TIME='18:39' BASE='2,3,4,32' T1013='009130557' \
    T1188='001' T1189='4' T1190='4' T1209='4' T1037='0000123456029024' T1018='7704849611' \
    T1017='7714731464' T1036='' T1062='0,1' MODE='0' ExtMODE='0' T1041='9999078902014447'>\
    <T1048> ООО \"АБВГД\"</T1048><T1009>123456, г.Москва, Красная площадь д.1</T1009>\
    <T1187>Москва, ул.Южная, д.32</T1187><T1046>АтласКарт</T1046><T1117>noreply@ofd.com </T1117>\
    <T1060>www.nalog.gov.ru</T1060></OK>";
const FN: &str = "<OK FN='9999078902014447' FFD='1.2' PHASE='0x03' REG='3|27' VALID='2024-07-17' \
    LAST='80' DATE='2023-04-27' TIME='23:00' FLAG='0x08'> </OK>";
const SHIFT: &str = "<OK SHIFT='16' STATE='1' COUNT='7' KeyValid='445'></OK>";
const OFD: &str = "<OK FN='9999078902014447' COUNT='63' FIRST='18' DATE='2023-01-11' TIME='18:15'></OK>";
const PRINTER: &str = "<OK/>";

fn cp1251(text: &str) -> Vec<u8> {
    let (bytes, _, unmappable) = WINDOWS_1251.encode(text);
    assert!(!unmappable, "{text}");
    bytes.into_owned()
}

fn frame(text: &str) -> Vec<u8> {
    let mut frame = cp1251(text);
    frame.push(3);
    frame.push(frame.iter().fold(0, |sum, byte| sum ^ byte));
    frame
}

/// A question over TCP and what follows it.
fn tcp(request: &str, steps: Vec<Step>) -> Exchange {
    Exchange { request: vec![request.as_bytes().to_vec()], steps }
}

/// A question on a serial line and what follows it.
fn serial(request: &str, steps: Vec<Step>) -> Exchange {
    let length = u8::try_from(request.len()).unwrap();
    let mut framed = vec![2, length, 0];
    framed.extend_from_slice(request.as_bytes());
    framed.push(3);
    framed.push(framed.iter().fold(0, |sum, byte| sum ^ byte));
    Exchange { request: vec![framed], steps }
}

fn answered(request: &str, answer: &str) -> Exchange {
    tcp(request, vec![Step::Gives(cp1251(answer)), Step::Closes])
}

/// The exchanges of an ordinary reading over TCP, to be spoilt by a test.
fn ordinary() -> Vec<Exchange> {
    [
        ("<GET DEV='?'/>", DEV),
        ("<GET VER='?' DATE='?' TIME='?'/>", VER_CLOCK),
        ("<GET REG='?'/>", REG),
        ("<GET INFO='F'/>", FN),
        ("<GET INFO='0'/>", SHIFT),
        ("<GET INFO='O'/>", OFD),
        ("<DEVICE JOB='3'/>", PRINTER),
    ]
    .map(|(request, answer)| answered(request, answer))
    .into()
}

fn spoilt(place: usize, steps: Vec<Step>) -> Vec<Exchange> {
    let mut exchanges = ordinary();
    exchanges[place].steps = steps;
    exchanges
}

fn gives(answer: &str) -> Vec<Step> {
    vec![Step::Gives(cp1251(answer))]
}

fn session(framing: Framing, exchanges: Vec<Exchange>) -> Session {
    let deadline = Instant::now() + Duration::from_secs(3600);
    Session::on(Box::new(Replay::new(exchanges)), framing, "replay".to_owned(), deadline)
}

fn now() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2023, 2, 6).unwrap().and_hms_opt(8, 32, 28).unwrap()
}

fn read_over(framing: Framing, exchanges: Vec<Exchange>) -> Result<Reading, ReadError> {
    converse(session(framing, exchanges), now())
}

fn read_tcp(exchanges: Vec<Exchange>) -> Reading {
    read_over(Framing::Tcp, exchanges).unwrap()
}

fn at(text: &str) -> Option<NaiveDateTime> {
    Some(NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap())
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn the_passport_of_the_guides_register() {
    let Reading { passport, warnings, .. } = read_tcp(ordinary());
    assert_eq!(passport.serial_number.as_str(), "065001234567890");
    assert_eq!(passport.model_name, some("MITSU-1-F 001"));
    assert_eq!(passport.registration_number, some("0000123456029024"));
    assert_eq!(passport.organization_name, some(" ООО \"АБВГД\""));
    assert_eq!(passport.inn, some("7704849611"));
    assert_eq!(passport.address, some("123456, г.Москва, Красная площадь д.1"));
    assert_eq!(passport.ofd_name, some("АтласКарт"));
    assert_eq!(passport.registered_at, at("2023-02-10 18:39:00"));
    assert_eq!(passport.fn_serial, some("9999078902014447"));
    assert_eq!(passport.fn_edition, Item::Unknown);
    assert_eq!(passport.fn_valid_until, at("2024-07-17 00:00:00"));
    assert_eq!(passport.ffd_version, Some(120));
    assert_eq!(passport.firmware_version, some("1.1.06"));
    assert_eq!((passport.excise, passport.marked), (Some(false), Item::Known(false)));
    assert_eq!((passport.driver_version, passport.licenses), (None, None));
    assert_eq!(warnings, []);
}

#[test]
fn the_health_of_the_guides_register() {
    let health = read_tcp(ordinary()).health.unwrap();
    assert_eq!(health.fn_days_left, Some(527));
    assert_eq!(health.fn_valid_until, at("2024-07-17 00:00:00"));
    assert_eq!(health.fn_need_replacement, Some(false));
    assert_eq!(health.fn_resource_exhausted, Some(false));
    assert_eq!(health.fn_memory_overflow, Some(false));
    assert_eq!(health.fn_critical_error, None);
    assert_eq!(health.ofd_unsent_count, Some(63));
    assert_eq!(health.ofd_first_unsent_at, at("2023-01-11 18:15:00"));
    assert_eq!(health.ofd_first_unsent_age_days, Some(25));
    assert_eq!((health.shift_state, health.shift_number), (Some(ShiftState::Opened), Some(16)));
    assert_eq!((health.paper_present, health.paper_near_end), (Some(true), Some(false)));
    assert_eq!(health.cover_opened, Some(false));
    assert_eq!(health.clock_at, at("2023-02-06 08:32:18"));
    assert_eq!(health.clock_skew_seconds, Some(-10));
    let errors = health.errors.unwrap();
    assert_eq!(errors.get(flag::OFD_TIMEOUT), Some(&true));
    assert_eq!(errors.get(flag::PRINTER_OFFLINE), Some(&false));
    let registration = health.registration.unwrap();
    assert_eq!(registration.taxation_types, Some(3));
    assert_eq!(registration.ofd_vatin, some("7714731464"));
    assert_eq!(registration.organization_email, some("noreply@ofd.com "));
    assert_eq!(registration.payments_address, some("Москва, ул.Южная, д.32"));
    assert_eq!(registration.fns_url, some("www.nalog.gov.ru"));
    assert_eq!((registration.machine_number, registration.offline_mode), (None, Some(false)));
}

#[test]
fn a_serial_line_says_the_same() {
    let exchanges = ordinary().into_iter().map(|exchange| {
        let request = String::from_utf8(exchange.request[0].clone()).unwrap();
        let Some(Step::Gives(answer)) = exchange.steps.first() else { panic!("{exchange:?}") };
        let framed = frame(&WINDOWS_1251.decode(answer).0);
        // In two blocks, cut at an awkward place: between ETX and LRC.
        let (head, tail) = framed.split_at(framed.len() - 1);
        serial(&request, vec![Step::Gives(head.to_vec()), Step::Gives(tail.to_vec())])
    });
    let over_serial = read_over(Framing::Serial, exchanges.collect()).unwrap();
    assert_eq!(over_serial, read_tcp(ordinary()));
}

#[test]
fn the_masks_of_the_registration_are_read_bit_by_bit() {
    let registration = |mode: u32, extended: &str| {
        let answer = format!("<OK REG='1' T1037='1' MODE='{mode}' ExtMODE='{extended}' T1207='0'/>");
        let reading = read_tcp(spoilt(2, gives(&answer)));
        (reading.passport, reading.health.unwrap().registration.unwrap())
    };
    let (passport, modes) = registration(0x2B, "0x15");
    assert_eq!((passport.excise, passport.marked), (Some(true), Item::Known(true)));
    assert_eq!(
        (modes.encryption, modes.offline_mode, modes.auto_mode),
        (Some(true), Some(true), Some(false))
    );
    assert_eq!((modes.service, modes.bso, modes.internet), (Some(true), Some(false), Some(true)));
    assert_eq!(
        (modes.gambling, modes.lottery, modes.machine_installation),
        (Some(false), Some(true), Some(false))
    );
}

#[test]
fn newer_firmware_may_give_flags_by_their_tags() {
    let answer = "<OK REG='1' T1037='1' T1207='1' MARK='1' T1108='0' T1109='?'><T1188>7</T1188></OK>";
    let Reading { passport, health, .. } = read_tcp(spoilt(2, gives(answer)));
    assert_eq!((passport.excise, passport.marked), (Some(true), Item::Known(true)));
    assert_eq!(passport.model_name, some("MITSU-1-F 7"));
    let registration = health.and_then(|health| health.registration).unwrap();
    assert_eq!((registration.internet, registration.service, registration.bso), (Some(false), None, None));
}

#[test]
fn ffd_codes_and_tax_lists_without_a_meaning_are_unknown() {
    for (code, list, ffd, taxes) in [
        ("1", "0", Some(100), Some(1)),
        ("2", " 1, 5", Some(105), Some(34)),
        ("3", "2,3,4", Some(110), Some(28)),
        ("5", "6", None, None),
        ("", "0,x", None, None),
        ("1.2", "", None, None),
    ] {
        let answer = format!("<OK T1037='1' T1209='{code}' T1062='{list}'/>");
        let Reading { passport, health, .. } = read_tcp(spoilt(2, gives(&answer)));
        assert_eq!(passport.ffd_version, ffd, "{code}");
        assert_eq!(health.unwrap().registration.unwrap().taxation_types, taxes, "{list}");
    }
}

#[test]
fn an_unregistered_register_gives_a_reading_with_unknowns() {
    let mut exchanges = ordinary();
    let registration = "<OK REG='0' FD='0' DATE='2000-00-00' TIME='00:00' BASE='' T1013='' T1188='001' T1209='0' \
        T1037='' T1018='' T1017='' T1036='' T1062='' MODE='0' ExtMODE='0' T1041=''><T1048></T1048>\
        <T1009></T1009><T1187></T1187><T1046></T1046><T1117></T1117><T1060></T1060></OK>";
    exchanges[2].steps = gives(registration);
    exchanges[3].steps = gives("<OK FN='9999078902014447' PHASE='0x01' VALID='2000-00-00' FLAG='0'></OK>");
    exchanges[4].steps = gives("<ERROR No='40' FSE='0x02' TAG='' PAR='INFO'/>");
    exchanges[5].steps =
        gives("<OK FN='9999078902014447' COUNT='0' FIRST='0' DATE='2000-00-00' TIME='00:00'/>");
    let Reading { passport, health, warnings } = read_tcp(exchanges);
    assert_eq!(passport.registration_number, None);
    assert_eq!(passport.organization_name, None);
    assert_eq!((passport.registered_at, passport.fn_valid_until), (None, None));
    assert_eq!(passport.fn_serial, some("9999078902014447"));
    let health = health.unwrap();
    assert_eq!((health.ofd_unsent_count, health.ofd_first_unsent_at), (Some(0), None));
    assert_eq!((health.fn_days_left, health.shift_state), (None, None));
    let text = some("FSE='0x02' PAR='INFO'");
    let cause = ReadError::Device { command: "GET INFO='0'".to_owned(), code: 40, text };
    assert_eq!(warnings, [Warning::Unread { item: "GET INFO='0'".to_owned(), cause }]);
}

#[test]
fn a_register_without_fn_gives_the_rest_and_says_so() {
    let mut exchanges = ordinary();
    for place in [3, 5] {
        exchanges[place].steps = gives("<ERROR No='69' FSE='0x00' TAG='' PAR='INFO'/>");
    }
    let Reading { passport, health, warnings } = read_tcp(exchanges);
    assert_eq!((passport.fn_serial, passport.fn_valid_until), (None, None));
    assert_eq!(passport.registration_number, some("0000123456029024"));
    assert_eq!(health.unwrap().shift_number, Some(16));
    let items: Vec<String> = warnings.iter().map(Warning::to_string).collect();
    assert_eq!(
        items,
        [
            "GET INFO='F' not read: the register refused GET INFO='F': error 69: FSE='0x00' PAR='INFO'",
            "GET INFO='O' not read: the register refused GET INFO='O': error 69: FSE='0x00' PAR='INFO'",
            "the FN is unknown",
        ]
    );
}

#[test]
fn the_number_of_the_fn_may_come_with_the_ofd_queue() {
    let reading = read_tcp(spoilt(3, gives("<ERROR No='99'/>")));
    assert_eq!(reading.passport.fn_serial, some("9999078902014447"));
    assert_eq!(reading.warnings.len(), 1);
}

#[test]
fn newer_firmware_tells_the_edition_of_the_fn() {
    let reading = read_tcp(spoilt(3, gives("<OK FN=' 99 ' EDITION='ФН-1.2' FLAG='7' VALID='2023-02-05'/>")));
    assert_eq!(reading.passport.fn_edition, Item::Known("ФН-1.2".to_owned()));
    assert_eq!(reading.passport.fn_serial, some("99"));
    let health = reading.health.unwrap();
    assert_eq!(health.fn_days_left, Some(-1));
    assert_eq!(health.fn_need_replacement, Some(true));
    assert_eq!(health.fn_resource_exhausted, Some(true));
    assert_eq!(health.fn_memory_overflow, Some(true));
    assert_eq!(health.errors.unwrap().get(flag::OFD_TIMEOUT), Some(&false));
}

#[test]
fn printer_errors_are_states() {
    let state = |code: u32| {
        let reading = read_tcp(spoilt(6, gives(&format!("<ERROR No='{code}'/>"))));
        assert_eq!(reading.warnings, [], "{code}");
        let health = reading.health.unwrap();
        let mut flags = health.errors.unwrap();
        flags.remove(flag::OFD_TIMEOUT);
        (health.paper_present, health.paper_near_end, health.cover_opened, flags.into_iter().next())
    };
    let raised = |name: &str| Some((name.to_owned(), true));
    assert_eq!(state(500), (Some(false), None, None, None));
    assert_eq!(state(501), (None, None, Some(true), None));
    assert_eq!(state(502), (None, None, None, raised(flag::PRINTER_OFFLINE)));
    assert_eq!(state(503), (None, None, None, raised(flag::CUTTER_FAULT)));
    assert_eq!(state(504), (None, None, None, raised(flag::PRINTER_FAULT)));
    assert_eq!(state(505), (None, None, None, raised(flag::PRINTER_OFFLINE)));
    assert_eq!(state(506), (Some(true), Some(true), None, None));
    for code in 507..=511 {
        assert_eq!(state(code), (None, None, None, None));
    }
}

#[test]
fn another_error_of_the_printer_question_is_a_failure() {
    let reading = read_tcp(spoilt(6, gives("<ERROR No='95'/>")));
    let [Warning::Unread { cause, .. }] = reading.warnings.as_slice() else {
        panic!("{:?}", reading.warnings)
    };
    assert_eq!(cause.kind(), crate::kkt::Kind::Busy);
    assert_eq!(reading.health.unwrap().paper_present, None);
}

#[test]
fn version_and_clock_are_asked_separately_when_together_fails() {
    for together in [
        "<ERROR No='98' PAR='DATE'/>",
        "<OK/>",
        "<OK DATE='2023-02-06' TIME='08:32:18'/>",
        "<OK VER='1.1.06'/>",
    ] {
        let mut exchanges = spoilt(1, gives(together));
        exchanges.insert(2, answered("<GET VER='?'/>", VER));
        if !together.contains("DATE='2") {
            exchanges.push(answered("<GET DATE='?' TIME='?'/>", CLOCK));
        }
        assert_eq!(read_tcp(exchanges), read_tcp(ordinary()), "{together}");
    }
    let mut exchanges = spoilt(1, gives(VER));
    exchanges.push(answered("<GET DATE='?' TIME='?'/>", CLOCK));
    assert_eq!(read_tcp(exchanges), read_tcp(ordinary()));
}

#[test]
fn the_serial_number_may_come_with_the_registration() {
    let mut exchanges = spoilt(1, gives("<OK VER='1.0' DATE='2023-02-06' TIME='08:32:18'/>"));
    exchanges.insert(2, answered("<GET VER='?'/>", "<OK VER='1.0' SERIAL=' '/>"));
    let passport = read_tcp(exchanges).passport;
    assert_eq!(passport.serial_number.as_str(), "009130557");
    assert_eq!(passport.firmware_version, some("1.0"));
}

#[test]
fn without_a_serial_number_there_is_no_reading() {
    let mut exchanges = spoilt(1, gives("<OK VER='1.0'/>"));
    exchanges.insert(2, answered("<GET VER='?'/>", "<OK VER='1.0'/>"));
    exchanges[3].steps = gives("<ERROR No='99'/>");
    exchanges.push(answered("<GET DATE='?' TIME='?'/>", CLOCK));
    assert_eq!(read_over(Framing::Tcp, exchanges), Err(ReadError::NoSerial));
    let strange = VER_CLOCK.replace("065001234567890", "../../x");
    let outcome = read_over(Framing::Tcp, spoilt(1, gives(&strange)));
    assert_eq!(outcome, Err(ReadError::StrangeSerial { shown: "../../x".to_owned() }));
}

#[test]
fn a_usb_link_is_an_entry_that_cannot_be_used() {
    let outcome = read(&Link::Usb, now(), Instant::now() + Duration::from_secs(1));
    assert_eq!(outcome.unwrap_err().kind(), crate::kkt::Kind::Config);
}

#[test]
fn only_documented_reading_commands_exist() {
    let texts = [
        GetDevice::TEXT,
        GetVersion::TEXT,
        GetClock::TEXT,
        GetVersionAndClock::TEXT,
        GetRegistration::TEXT,
        GetShift::TEXT,
        GetFnState::TEXT,
        GetOfdQueue::TEXT,
        GetPrinter::TEXT,
    ];
    assert_eq!(
        texts,
        [
            "<GET DEV='?'/>",
            "<GET VER='?'/>",
            "<GET DATE='?' TIME='?'/>",
            "<GET VER='?' DATE='?' TIME='?'/>",
            "<GET REG='?'/>",
            "<GET INFO='0'/>",
            "<GET INFO='F'/>",
            "<GET INFO='O'/>",
            "<DEVICE JOB='3'/>",
        ]
    );
    let sources = [include_str!("command.rs"), include_str!("command/registration.rs")];
    let commands: usize = sources.iter().map(|source| source.matches("impl Command for").count()).sum();
    assert_eq!(commands, texts.len(), "a command is missing from the list above");
}
