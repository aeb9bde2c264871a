//! `send` over secured connections and through proxies.

use serde_json::{Value, json};

use crate::http_sim::{Server, receiver};
use crate::proxy_sim::{Asked, Proxy};
use crate::send::{KEY, case, configure, entry, willing};
use crate::tls_sim::{Authority, self_signed};
use crate::util::{Case, Ran};

const HOST: &str = "127.0.0.1";

fn secured(tls: std::sync::Arc<rustls::ServerConfig>) -> Server {
    Server::https(tls, receiver(KEY))
}

/// Sends three records to a server with a file of authorities.
fn send(server: &Server, ca_file: Option<&str>) -> (Case, Ran) {
    let case = case(&["1", "2", "3"], &[]);
    let mut more = json!({});
    if let Some(pem) = ca_file {
        case.write("own.pem", pem);
        more["ca_file"] = "own.pem".into();
    }
    configure(&case, &[entry(server)], &more);
    let ran = case.run(&["send"]);
    (case, ran)
}

#[track_caller]
fn is_refused(server: &Server, ca_file: Option<&str>, complaint: &str) {
    let (_case, ran) = send(server, ca_file);
    ran.exits(1).complains(complaint).complains("2.json, 3.json: not tried");
    assert_eq!((server.connections(), server.bodies().len()), (1, 0), "no key may go to such a server");
}

#[test]
fn a_servers_authority_in_ca_file_is_believed_over_one_connection() {
    let authority = Authority::new();
    let server = secured(authority.server(HOST));
    let (case, ran) = send(&server, Some(&authority.pem));
    ran.exits(0);
    assert_eq!(server.bodies()[0], case.read("date/1.json").into_bytes());
    assert_eq!((server.bodies().len(), server.connections()), (3, 1));
}

#[test]
fn a_servers_own_certificate_in_ca_file_is_believed() {
    let (tls, pem) = self_signed();
    let server = secured(tls.clone());
    send(&server, Some(&pem)).1.exits(0);
    is_refused(&secured(tls.clone()), None, "its issuer is unknown, or it is signed by itself");
    is_refused(&secured(tls), Some(&self_signed().1), "its issuer is unknown, or it is signed by itself");
}

#[test]
fn the_systems_authorities_are_believed() {
    let authority = Authority::new();
    let server = secured(authority.server(HOST));
    let case = case(&["1"], &[entry(&server)]);
    case.write("system.pem", &authority.pem);
    let mut command = case.command(&["send"]);
    command.env("SSL_CERT_FILE", case.home().join("system.pem")).env_remove("SSL_CERT_DIR");
    case.finish(command).exits(0);
}

#[test]
fn certificates_that_do_not_fit_are_told_apart() {
    let authority = Authority::new();
    let pem = Some(authority.pem.as_str());
    is_refused(&secured(authority.expired_server(HOST)), pem, "not accepted: it has expired");
    is_refused(&secured(authority.future_server(HOST)), pem, "not accepted: it is not valid yet");
    is_refused(
        &secured(authority.server("other.example")),
        pem,
        "not accepted: it is made out to another name",
    );
    is_refused(&secured(authority.server(HOST)), None, "not accepted: its issuer is unknown");
}

#[test]
fn a_port_without_tls_is_told_and_gets_nothing() {
    let server = willing();
    let url = format!("https://{}/", server.place());
    let case = case(&["1"], &[json!({ "url": url, "api_key": KEY })]);
    case.run(&["send"]).exits(1).complains("no secure connection").complains("write http://");
    assert_eq!(server.bodies().len(), 0);
}

#[test]
fn a_ca_file_that_is_none_is_told() {
    let server = secured(Authority::new().server(HOST));
    let case = case(&["1"], &[]);
    configure(&case, &[entry(&server)], &json!({ "ca_file": "absent.pem" }));
    case.run(&["send"]).exits(1).complains("absent.pem: ").complains("-----BEGIN CERTIFICATE-----");
    for content in ["", "no PEM", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
        case.write("own.pem", content);
        configure(&case, &[entry(&server)], &json!({ "ca_file": "own.pem" }));
        case.run(&["send"]).exits(1).complains("own.pem: ");
    }
    assert_eq!(server.bodies().len(), 0);
}

/// Sends a record to a server whose name only the proxy can resolve.
fn through(proxy: &str, server: &Server, scheme: &str, ca_file: Option<&str>) -> Ran {
    let url = format!("{scheme}://till.invalid:{}/", server.port());
    let case = case(&["1"], &[]);
    case.write("own.pem", ca_file.unwrap_or_default());
    let mut more = json!({ "proxy": proxy, "max_attempts": 1 });
    more["ca_file"] = ca_file.map_or(Value::Null, |_| "own.pem".into());
    configure(&case, &[json!({ "url": url, "api_key": KEY })], &more);
    case.run(&["send"])
}

#[test]
fn proxies_of_both_sorts_carry_both_sorts_of_connections() {
    let authority = Authority::new();
    let (plain, tls) = (willing(), secured(authority.server("till.invalid")));
    let (http, socks) = (Proxy::http(), Proxy::socks());
    for (proxy, scheme) in [(&http, "http"), (&socks, "socks5h")] {
        let address = format!("{scheme}://user:pass@{}", proxy.place());
        through(&address, &plain, "http", None).exits(0);
        through(&address, &tls, "https", Some(&authority.pem)).exits(0);
        let credentials = if scheme == "http" { "Basic dXNlcjpwYXNz" } else { "user:pass" };
        let wish = |server: &Server| Asked {
            target: format!("till.invalid:{}", server.port()),
            credentials: Some(credentials.to_owned()),
        };
        assert_eq!(proxy.asked(), [wish(&plain), wish(&tls)]);
    }
    assert_eq!((plain.bodies().len(), tls.bodies().len()), (2, 2));
    let case = case(&["1"], &[]);
    configure(&case, &[entry(&plain)], &json!({ "proxy": format!("socks5://{}", socks.place()) }));
    case.run(&["send"]).exits(0);
    let wish = Asked { target: plain.place(), credentials: None };
    assert_eq!(socks.asked().last(), Some(&wish));
}

#[test]
fn a_proxy_that_does_not_connect_is_told() {
    let server = willing();
    let refusing = Proxy::refusing();
    let ran = through(&format!("http://{}", refusing.place()), &server, "http", None).exits(1);
    ran.complains("the proxy did not connect to the server").complains("CONNECT");
    let ran = through("gopher://127.0.0.1:1", &server, "http", None).exits(1);
    ran.complains("the address of the proxy cannot be understood").complains("socks5://HOST:PORT");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for scheme in ["http", "socks5h"] {
        through(&format!("{scheme}://{closed}"), &server, "http", None).exits(1).complains("no connection");
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn without_a_proxy_of_its_own_the_environment_decides() {
    let (server, proxy) = (willing(), Proxy::http());
    let url = format!("http://till.invalid:{}/", server.port());
    let case = case(&["1"], &[json!({ "url": url, "api_key": KEY }), entry(&server)]);
    let mut command = case.command(&["send"]);
    command.env("HTTP_PROXY", format!("http://{}", proxy.place())).env("NO_PROXY", "127.0.0.1");
    case.finish(command).exits(0);
    assert_eq!((proxy.asked().len(), server.connections()), (1, 2));
}
