//! Lines that damage, delay or break what is said.

use super::*;
use crate::kkt::error::Malformation;

#[test]
fn a_damaged_answer_is_asked_for_once_more() {
    let good = frame(DEV);
    let mut damaged = good.clone();
    damaged[8] ^= 0x20;
    for bad in [damaged.clone(), good[..10].to_vec(), b"\x00\x00".to_vec()] {
        let exchanges = vec![
            serial("<GET DEV='?'/>", vec![Step::Gives(bad.clone())]),
            serial("<GET DEV='?'/>", vec![Step::Gives(good.clone())]),
        ];
        let device = session(Framing::Serial, exchanges).ask::<GetDevice>();
        assert_eq!(device.map(|device| device.name), Ok(some("MITSU-1-F")), "{bad:?}");
    }
    let twice = serial("<GET DEV='?'/>", vec![Step::Gives(damaged)]);
    let failure = session(Framing::Serial, vec![twice.clone(), twice]).ask::<GetDevice>().unwrap_err();
    let ReadError::Malformed { problem, shown, .. } = failure else { panic!("{failure:?}") };
    assert_eq!((problem, shown.as_str()), (Malformation::Checksum, r"<OK DEV=\x07MITSU-1-F' />\x03a"));
}

#[test]
fn a_late_answer_to_another_question_is_not_taken() {
    let exchanges = vec![
        serial("<GET INFO='O'/>", vec![Step::Gives(frame(SHIFT))]),
        serial("<GET INFO='O'/>", vec![Step::Gives(frame(OFD))]),
    ];
    let queue = session(Framing::Serial, exchanges).ask::<GetOfdQueue>();
    assert_eq!(queue.map(|queue| queue.unsent), Ok(Some(63)));
}

#[test]
fn silence_is_not_repeated() {
    let exchanges = vec![serial("<GET DEV='?'/>", vec![Step::Silence])];
    let outcome = read_over(Framing::Serial, exchanges);
    assert!(matches!(outcome, Err(ReadError::Silent { .. })), "{outcome:?}");
}

#[test]
fn one_unanswered_question_costs_its_own_values_only() {
    let reading = read_tcp(spoilt(4, vec![Step::Silence]));
    assert!(matches!(reading.warnings.as_slice(), [Warning::Unread { item, .. }] if item == "GET INFO='0'"));
    assert_eq!(reading.health.unwrap().ofd_unsent_count, Some(63));
}

#[test]
fn two_unanswered_questions_in_a_row_end_the_session() {
    let mut exchanges = spoilt(3, vec![Step::Silence]);
    exchanges[4].steps = vec![Step::Silence];
    exchanges.truncate(5);
    let reading = read_tcp(exchanges);
    let [Warning::Unread { .. }, Warning::Lost { item }, Warning::FnUnknown] = reading.warnings.as_slice()
    else {
        panic!("{:?}", reading.warnings)
    };
    assert_eq!(item, "GET INFO='0'");
    assert_eq!(reading.passport.registration_number, some("0000123456029024"));
    assert_eq!(reading.health.unwrap().clock_skew_seconds, Some(-10));
}

#[test]
fn a_register_that_cannot_be_connected_to_any_more_is_lost() {
    let mut exchanges = spoilt(2, vec![Step::Refuses]);
    exchanges.truncate(3);
    let reading = read_tcp(exchanges);
    assert_eq!(reading.warnings, [Warning::Lost { item: "GET REG".to_owned() }, Warning::FnUnknown]);
    assert_eq!(reading.passport.model_name, some("MITSU-1-F"));
}

#[test]
fn a_serial_port_that_breaks_is_lost_at_once() {
    let exchanges = vec![
        serial("<GET DEV='?'/>", vec![Step::Gives(frame(DEV))]),
        serial("<GET VER='?' DATE='?' TIME='?'/>", vec![Step::Gives(frame(VER_CLOCK))]),
        serial("<GET REG='?'/>", vec![Step::Gives(frame(REG)[..40].to_vec()), Step::Breaks]),
    ];
    let reading = read_over(Framing::Serial, exchanges).unwrap();
    assert_eq!(reading.warnings, [Warning::Lost { item: "GET REG".to_owned() }, Warning::FnUnknown]);
}

#[test]
fn a_reset_over_tcp_is_tried_once_more() {
    for broken in [
        vec![Step::Breaks],
        vec![Step::Closes],
        vec![Step::Gives(cp1251(&REG[..99])), Step::Breaks],
        vec![Step::Gives(cp1251(&REG[..99])), Step::Closes],
        vec![Step::Gives(cp1251(&REG[..99])), Step::Silence],
    ] {
        let mut exchanges = spoilt(2, broken.clone());
        exchanges.insert(3, answered("<GET REG='?'/>", REG));
        assert_eq!(read_tcp(exchanges), read_tcp(ordinary()), "{broken:?}");
    }
}

#[test]
fn a_reset_after_a_whole_answer_does_no_harm() {
    let exchanges = spoilt(2, vec![Step::Gives(cp1251(REG)), Step::Breaks]);
    assert_eq!(read_tcp(exchanges), read_tcp(ordinary()));
}

#[test]
fn an_answer_cut_into_packets_is_put_together() {
    let bytes = cp1251(REG);
    let packets = bytes.chunks(100).map(|chunk| Step::Gives([chunk, b"\x17"].concat()));
    assert_eq!(read_tcp(spoilt(2, packets.collect())), read_tcp(ordinary()));
}

#[test]
fn an_echo_and_a_greeting_are_told_from_an_answer() {
    let problem = |framing: Framing, exchange: Exchange| {
        let failure = session(framing, vec![exchange]).ask_once::<GetDevice>(command::Patience::USUAL);
        match failure {
            Err(ReadError::Malformed { problem, .. }) => problem,
            other => panic!("{other:?}"),
        }
    };
    let request = "<GET DEV='?'/>";
    let echo = serial(request, vec![]).request.concat();
    assert_eq!(problem(Framing::Serial, serial(request, vec![Step::Gives(echo)])), Malformation::Echo);
    assert_eq!(problem(Framing::Tcp, tcp(request, gives(request))), Malformation::Echo);
    assert_eq!(problem(Framing::Tcp, tcp(request, gives("SSH-2.0-x\r\n"))), Malformation::Foreign);
    let endless = tcp(request, vec![Step::Gives(vec![b'x'; frame::ANSWER_LIMIT + 1])]);
    assert_eq!(problem(Framing::Tcp, endless), Malformation::TooLong);
}

#[test]
fn the_deadline_is_for_the_whole_reading() {
    let line = Box::new(Replay::new([]));
    let session = Session::on(line, Framing::Tcp, "replay".to_owned(), Instant::now());
    let outcome = converse(session, now());
    assert!(matches!(outcome, Err(ReadError::Deadline { .. })), "{outcome:?}");
}
