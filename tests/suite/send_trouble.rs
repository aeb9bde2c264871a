//! `send` to servers that fail, refuse, lie or say nothing.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http_sim::{Deaf, Reply, Request, Server};
use crate::send::{KEY, case, configure, entry, outcomes, willing};
use crate::util::{Case, Ran};

fn ok() -> Reply {
    Reply::json(200, "{}")
}

/// One record to a server, with a single attempt.
fn once(server: &Server) -> Ran {
    let case = case(&["1"], &[]);
    configure(&case, &[entry(server)], &json!({ "max_attempts": 1 }));
    case.run(&["send", "--json"])
}

/// Status and attempts of every delivery.
fn tries(ran: &Ran) -> Vec<(Option<u64>, u64)> {
    outcomes(ran).into_iter().map(|(.., status, attempts)| (status, attempts)).collect()
}

#[track_caller]
fn fails_with(ran: Ran, error: &str) {
    let ran = ran.exits(1);
    let document = ran.document();
    let found = document["deliveries"][0]["error"].as_str().unwrap();
    assert!(found.contains(error), "{found:?} lacks {error:?}\n{}", ran.story());
}

/// A port where nobody listens.
fn closed() -> Value {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    json!({ "url": format!("http://127.0.0.1:{port}/"), "api_key": KEY })
}

fn names(count: usize) -> Vec<String> {
    (1..=count).map(|number| number.to_string()).collect()
}

fn many(count: usize, servers: &[Value]) -> Case {
    case(&names(count).iter().map(String::as_str).collect::<Vec<_>>(), servers)
}

#[test]
fn passing_trouble_is_tried_again() {
    for status in [408, 425, 429, 500, 502, 503, 504, 599] {
        let server = Server::http(
            move |request| {
                if request.on_connection < 3 { Reply::json(status, "{}") } else { ok() }
            },
        );
        let ran = case(&["1"], &[entry(&server)]).run(&["send", "--json"]).exits(0);
        assert_eq!(tries(&ran), [(Some(200), 3)], "{status}");
        assert_eq!(server.bodies().len(), 3);
    }
    let server = Server::http(|request| if request.connection < 3 { Reply::Cut } else { ok() });
    let ran = case(&["1"], &[entry(&server)]).run(&["send", "--json"]).exits(0);
    assert_eq!((tries(&ran), server.connections()), (vec![(Some(200), 3)], 3));
}

#[test]
fn other_refusals_are_final_and_the_servers_words_are_shown() {
    for status in [400, 401, 403, 404, 405, 409, 413, 422, 451] {
        let server = Server::always(Reply::json(status, r#"{"message":"so \u001b[2J not"}"#));
        let ran = case(&["1"], &[entry(&server)]).run(&["send"]).exits(1);
        assert_eq!(server.bodies().len(), 1, "{status}");
        ran.complains(&format!("(status {status}): so ␛[2J not\n  → "));
    }
}

#[test]
fn any_other_2xx_is_acceptance_whatever_the_body_says() {
    for reply in [
        Reply::Answer(204, Vec::new(), Vec::new()),
        Reply::Answer(201, Vec::new(), b"not JSON".to_vec()),
        Reply::json(200, r#"{"status":"error"}"#),
    ] {
        once(&Server::always(reply)).exits(0);
    }
}

#[test]
fn a_server_that_asks_for_time_gets_it() {
    let server = Server::http(|request| match request.on_connection {
        1 => Reply::Answer(429, vec![("Retry-After", "1".to_owned())], Vec::new()),
        2 => {
            let date = ("Date", "Sun, 22 Nov 2026 10:00:00 GMT".to_owned());
            let later = ("Retry-After", "Sun, 22 Nov 2026 10:00:01 GMT".to_owned());
            Reply::Answer(503, vec![date, later], Vec::new())
        }
        _ => ok(),
    });
    let started = Instant::now();
    case(&["1"], &[entry(&server)]).run(&["send"]).exits(0);
    assert!(started.elapsed() >= Duration::from_secs(2), "{:?}", started.elapsed());
}

#[test]
fn used_up_attempts_leave_one_for_each_until_the_server_recovers() {
    let answers = [500, 500, 500, 500, 200, 500, 500, 500];
    let next = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::http(move |_| {
        let index = next.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Reply::json(answers[index], "{}")
    });
    let ran = many(4, &[entry(&server)]).run(&["send", "--json"]).exits(5);
    assert_eq!(tries(&ran), [(Some(500), 3), (Some(500), 1), (Some(200), 1), (Some(500), 3)]);
}

#[test]
fn a_server_that_is_down_is_left_alone_after_three_records() {
    let good = willing();
    let case = many(20, &[closed(), entry(&good)]);
    let ran = case.run(&["send", "--json"]).exits(5);
    let attempts: Vec<u64> = tries(&ran).iter().map(|(_, attempts)| *attempts).collect();
    assert_eq!(attempts[..20], [&[3, 1, 1][..], &[0; 17]].concat());
    assert_eq!(attempts[20..], [1; 20]);
    let ran = case.run(&["send"]).exits(5).complains("1.json, 10.json, 11.json: no connection: ");
    ran.complains(
        "12.json, 13.json, 14.json and 14 more: not tried, as those before failed because of the server",
    );
}

#[test]
fn a_server_that_does_not_answer_to_connect_is_given_up_in_time() {
    let (deaf, good) = (Deaf::new(), willing());
    let case = many(5, &[]);
    let dead = json!({ "url": format!("http://{}/", deaf.place()), "api_key": KEY });
    configure(&case, &[dead, entry(&good)], &json!({ "max_attempts": 1, "timeout": 1 }));
    let ran = case.run(&["send"]).exits(5).complains("1.json, 2.json, 3.json: no connection in time");
    ran.prints("5 of 5 records accepted");
}

#[test]
fn a_wrong_key_is_not_tried_with_every_record() {
    let server = Server::always(Reply::json(403, &format!(r#"{{"message":"bad key {KEY}"}}"#)));
    let ran = many(20, &[entry(&server)]).run(&["send"]).exits(1);
    assert_eq!(server.bodies().len(), 3);
    let ran =
        ran.complains("the server refuses the key (status 403): bad key ***").complains("Check `api_key`");
    assert!(!ran.stderr.contains(KEY), "{}", ran.story());
}

#[test]
fn refused_records_do_not_stop_the_others() {
    let server = Server::http(|request| {
        let last = request.body.windows(3).any(|part| part == b"\"9\"");
        Reply::json(if last { 200 } else { 422 }, "{}")
    });
    many(9, &[entry(&server)]).run(&["send"]).exits(5).prints("1 of 9 records accepted");
    assert_eq!(server.bodies().len(), 9);
}

#[test]
fn a_server_that_says_nothing_or_trickles_is_given_up_in_time() {
    for reply in [Reply::Silent, Reply::Trickle] {
        let server = Server::always(reply);
        let case = case(&["1"], &[]);
        configure(&case, &[entry(&server)], &json!({ "max_attempts": 1, "timeout": 1 }));
        fails_with(case.run(&["send", "--json"]), "no answer in time");
    }
}

#[test]
fn nonsense_is_no_answer() {
    for bytes in ["SSH-2.0-OpenSSH_9.6\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/3 200 OK\r\n\r\n"] {
        let ran = once(&Server::always(Reply::Raw(bytes.into())));
        fails_with(ran, "the answer is not HTTP");
    }
    let endless = ["HTTP/1.1 200 OK\r\n".to_owned(), "X-Y: 0123456789\r\n".repeat(100_000)].concat();
    once(&Server::always(Reply::Raw(endless.into()))).exits(1);
    fails_with(once(&Server::always(Reply::Cut)), "the connection was cut");
    fails_with(once(&Server::always(Reply::Raw(b"HTTP/1.1 2".to_vec()))), "the connection was cut");
}

#[test]
fn what_follows_the_status_does_not_undo_it() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nnonsense";
    for bytes in [cut, chunked] {
        once(&Server::always(Reply::Raw(bytes.into()))).exits(0);
    }
    let film = Server::always(Reply::Answer(200, Vec::new(), vec![b'a'; 10 << 20]));
    many(3, &[entry(&film)]).run(&["send"]).exits(0).prints("3 of 3");
    let refusal = Server::always(Reply::Answer(400, Vec::new(), vec![b'a'; 10 << 20]));
    let ran = once(&refusal).exits(1);
    let error = ran.document()["deliveries"][0]["error"].as_str().unwrap().chars().count();
    assert!(error < 300, "{}", ran.story());
}

#[test]
fn a_kept_connection_that_is_closed_is_no_attempt() {
    let unannounced = Server::http(|request| {
        // The second request of a connection meets a server that has just gone.
        if request.on_connection == 2 { Reply::Cut } else { ok() }
    });
    let leaving = Server::always(Reply::ThenClose(Box::new(ok())));
    for server in [unannounced, leaving] {
        let case = many(5, &[]);
        configure(&case, &[entry(&server)], &json!({ "max_attempts": 1 }));
        let ran = case.run(&["send", "--json"]).exits(0);
        assert_eq!(tries(&ran), [(Some(200), 1); 5]);
        assert_eq!(server.connections(), 5);
    }
}

#[test]
fn a_redirect_to_another_host_is_not_followed() {
    let thief = willing();
    for status in [301, 302, 303, 307, 308] {
        let server = Server::always(Reply::redirect(status, &thief.url("/api/submit_json")));
        let case = many(3, &[entry(&server)]);
        let ran = case.run(&["send"]).exits(1);
        ran.complains(&format!("the server sends us on to {}, where the key must not go", thief.place()));
        assert_eq!(server.bodies().len(), 1);
    }
    assert_eq!(thief.connections(), 0);
    let nowhere = Server::always(Reply::redirect(302, "::"));
    fails_with(once(&nowhere), "the server sends us on to an unusable address");
}

#[test]
fn a_redirect_within_the_server_keeps_method_and_body() {
    for status in [301, 302, 303, 307, 308] {
        let server = Server::http(move |request: &Request| {
            if request.line.contains("/moved") { ok() } else { Reply::redirect(status, "/moved") }
        });
        once(&server).exits(0);
        let requests = server.requests();
        assert_eq!(requests.len(), 2);
        assert_eq!(requests[1].line, "POST /moved HTTP/1.1");
        assert_eq!((&requests[1].body, requests[1].header("x-api-key")), (&requests[0].body, Some(KEY)));
        assert_eq!(server.connections(), 1);
    }
    let circle = Server::always(Reply::redirect(307, "/again"));
    fails_with(once(&circle), "(status 307)");
    assert!(circle.bodies().len() < 10);
}

#[test]
fn an_address_that_is_none_costs_its_server_only() {
    let good = willing();
    for (address, complaint) in [
        ("server.example/api", "its address does not start with http:// or https://"),
        ("ftp://server.example/api", "its address does not start with http:// or https://"),
        ("https://", "its address cannot be understood"),
    ] {
        let bad = json!({ "url": address, "api_key": "marked-key" });
        let ran = case(&["1"], &[bad, entry(&good)]).run(&["send"]).exits(5);
        let ran = ran.prints("server 1: 0 of 1 records accepted").complains(complaint);
        assert!(
            !ran.stderr.contains("marked-key") && !ran.stderr.contains("example/api\n"),
            "{}",
            ran.story()
        );
    }
    assert_eq!(good.bodies().len(), 3);
}

#[test]
fn settings_that_cannot_work_are_told_apart() {
    let server = willing();
    let cyrillic = json!({ "url": server.url("/"), "api_key": "ключ" });
    fails_with(
        case(&["1"], &[cyrillic]).run(&["send", "--json"]),
        "the key has characters that HTTP does not allow",
    );
    let unknown = json!({ "url": "http://no-such-host.invalid/", "api_key": KEY });
    let case = case(&["1"], &[]);
    configure(&case, &[unknown], &json!({ "max_attempts": 1 }));
    fails_with(case.run(&["send", "--json"]), "the name of the server is unknown");
    assert_eq!(server.connections(), 0);
}
