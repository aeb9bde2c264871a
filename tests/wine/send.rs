//! Delivery from Windows: sockets, secured connections, the authorities of the system.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::computer::{Computer, Home, Width};
use crate::http_sim::{Reply, Server, receiver};
use crate::proxy_sim::Proxy;
use crate::tls_sim::{Authority, self_signed};

const KEY: &str = "key-of-the-tests";
const HOST: &str = "127.0.0.1";

fn entry(server: &Server) -> Value {
    json!({ "url": server.url("/api/submit_json"), "api_key": KEY })
}

fn configure(home: &Home<'_>, servers: &[Value], more: &Value) {
    let mut sending = json!({ "url_list": servers, "max_attempts": 2, "delay": 0 });
    for (key, value) in more.as_object().into_iter().flatten() {
        sending[key] = value.clone();
    }
    home.write("service.json", json!({ "sending_data": sending }).to_string());
    for name in ["1", "2", "3"] {
        let record = format!("{{\r\n    \"organizationName\": \"ООО «Ёж» {name}\"\r\n}}");
        home.write(&format!("date/{name}.json"), record);
    }
}

#[test]
fn records_arrive_byte_for_byte_over_plain_and_secured_connections() {
    let computer = Computer::shared();
    let authority = Authority::new();
    for width in Width::BOTH {
        let plain = Server::http(receiver(KEY));
        let secured = Server::https(authority.server(HOST), receiver(KEY));
        let failing = Server::always(Reply::json(500, r#"{"message":"ошибка базы"}"#));
        let home = computer.home();
        home.write("own.pem", &authority.pem);
        let servers = [entry(&plain), entry(&secured), entry(&failing)];
        configure(&home, &servers, &json!({ "ca_file": "own.pem" }));
        let ran = home.getad(width, &["send"]).exits(5);
        let ran = ran.prints(&format!("server 2 ({}): 3 of 3 records accepted", secured.place()));
        ran.complains("the server failed (status 500): ошибка базы");
        for server in [&plain, &secured] {
            let records = ["1", "2", "3"].map(|name| home.read(&format!("date/{name}.json")).into_bytes());
            assert_eq!((server.bodies(), server.connections()), (records.to_vec(), 1));
        }
        assert_eq!(failing.bodies().len(), 4);
        assert_eq!(home.json("_resources/delivery.json")["servers"].as_array().unwrap().len(), 3);
    }
}

#[test]
fn certificates_are_judged_and_a_servers_own_one_is_believed() {
    let computer = Computer::shared();
    let authority = Authority::new();
    let (own, pem) = self_signed();
    for width in Width::BOTH {
        let believed = Server::https(own.clone(), receiver(KEY));
        let expired = Server::https(authority.expired_server(HOST), receiver(KEY));
        let other = Server::https(authority.server("other.example"), receiver(KEY));
        let home = computer.home();
        home.write("own.pem", format!("{pem}{}", authority.pem));
        let servers = [entry(&believed), entry(&expired), entry(&other)];
        configure(&home, &servers, &json!({ "ca_file": "own.pem" }));
        let ran = home.getad(width, &["send"]).exits(5);
        let ran = ran.prints(&format!("server 1 ({}): 3 of 3", believed.place()));
        ran.complains("it has expired").complains("it is made out to another name");
        configure(&home, &servers[..1], &json!({}));
        home.getad(width, &["send"]).exits(1).complains("its issuer is unknown, or it is signed by itself");
    }
}

#[test]
fn what_cannot_be_reached_is_told_apart() {
    let computer = Computer::shared();
    let closed = TcpListener::bind((HOST, 0)).unwrap().local_addr().unwrap();
    let proxy = Proxy::socks();
    for width in Width::BOTH {
        let home = computer.home();
        let server =
            Server::http(|request| if request.connection == 1 { Reply::Cut } else { Reply::json(200, "") });
        let dead = json!({ "url": format!("http://{closed}/"), "api_key": KEY });
        let unknown = json!({ "url": "http://no-such-host.invalid/", "api_key": KEY });
        configure(&home, &[dead, unknown, entry(&server)], &json!({}));
        let ran = home.getad(width, &["send", "--lang", "ru"]).exits(5);
        let ran = ran.complains("нет соединения").complains("имя сервера неизвестно");
        ran.prints(&format!("сервер 3 ({}): принято записей: 3 из 3", server.place()));
        configure(&home, &[entry(&server)], &json!({ "proxy": format!("socks5://{}", proxy.place()) }));
        home.getad(width, &["send"]).exits(0);
    }
    assert_eq!(proxy.asked().len(), 2);
}
