//! The trapper of a Zabbix server, made after the manual's "Zabbix sender protocol" and "Header":
//! takes values for the hosts and items that it knows, and misbehaves when told to.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// How a server answers.
#[derive(Debug, Clone)]
pub enum Manner {
    /// By the rules; it knows one host with the item `getad.json`.
    Knows(&'static str),
    /// With these bytes.
    Says(Vec<u8>),
    /// With a JSON document in a frame of its own.
    Answers(Value),
    /// By closing the connection.
    Closes,
    /// Never; the connection stays open.
    Silent,
    /// A byte at a time, without coming to an end.
    Drips,
}

/// A running server; its threads end with the test process.
pub struct Trapper {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Result<Value, String>>>>,
}

impl Trapper {
    /// Listens on a free port of this computer.
    pub fn start(manner: Manner) -> Self {
        Self::at((Ipv4Addr::LOCALHOST, 0), manner)
    }

    /// Listens at an address.
    pub fn at(address: impl std::net::ToSocketAddrs, manner: Manner) -> Self {
        let listener = TcpListener::bind(address).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let received = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&received);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (taken, manner) = (Arc::clone(&taken), manner.clone());
                // A client may hang up whenever it likes.
                thread::spawn(move || serve(stream, &manner, &taken).ok());
            }
        });
        Self { address, received }
    }

    /// Address as it stands in a configuration.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// What came: requests, or what was wrong with them.
    pub fn received(&self) -> Vec<Result<Value, String>> {
        self.received.lock().expect("no test thread has failed").clone()
    }
}

fn serve(
    mut stream: TcpStream,
    manner: &Manner,
    received: &Mutex<Vec<Result<Value, String>>>,
) -> io::Result<()> {
    let request = take(&mut stream)?;
    received.lock().expect("no test thread has failed").push(request.clone());
    match manner {
        Manner::Knows(host) => stream.write_all(&framed(&judged(&request, host))),
        Manner::Says(bytes) => stream.write_all(bytes),
        Manner::Answers(answer) => stream.write_all(&framed(answer)),
        Manner::Closes => Ok(()),
        Manner::Silent => stream.read(&mut [0]).map(drop),
        Manner::Drips => drip(stream),
    }
}

/// Announces an answer and never comes to its end.
fn drip(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(b"ZBXD\x01\x00\xf0\x00\x00\x00\x00\x00\x00")?;
    loop {
        stream.write_all(b" ")?;
        thread::sleep(Duration::from_millis(20));
    }
}

/// Reads one frame to its end, as its header says.
fn take(stream: &mut TcpStream) -> io::Result<Result<Value, String>> {
    let mut header = [0; 13];
    stream.read_exact(&mut header)?;
    if header[..5] != *b"ZBXD\x01" || header[9..] != [0; 4] {
        return Ok(Err(format!("header {header:?}")));
    }
    let length = u32::from_le_bytes([header[5], header[6], header[7], header[8]]);
    let mut body = vec![0; length as usize];
    stream.read_exact(&mut body)?;
    Ok(serde_json::from_slice(&body).map_err(|error| error.to_string()))
}

fn framed(answer: &Value) -> Vec<u8> {
    let body = answer.to_string();
    let length = u32::try_from(body.len()).expect("short").to_le_bytes();
    [b"ZBXD\x01", &length[..], &[0; 4], body.as_bytes()].concat()
}

/// What a server that knows one host says to a request.
fn judged(request: &Result<Value, String>, host: &str) -> Value {
    let Some(values) =
        request.as_ref().ok().filter(|r| r["request"] == "sender data").and_then(|r| r["data"].as_array())
    else {
        return json!({ "response": "failed", "info": "cannot parse the request" });
    };
    let known = values
        .iter()
        .filter(|value| value["host"] == host && value["key"] == "getad.json" && value["value"].is_string());
    let (processed, total) = (known.count(), values.len());
    let failed = total - processed;
    let info = format!("processed: {processed}; failed: {failed}; total: {total}; seconds spent: 0.000048");
    json!({ "response": "success", "info": info })
}
