//! Proxies on this computer, made after RFC 9110 (CONNECT) and RFC 1928, 1929 (SOCKS 5). Both keep where they were
//! asked to connect to, and by whom.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A proxy; it ends with the tests.
pub struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// What a client wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// `HOST:PORT` to connect to, as the client wrote it.
    pub target: String,
    /// What it said about itself: the header, or `user:password`.
    pub credentials: Option<String>,
}

impl Proxy {
    /// One that speaks HTTP; every name leads to this computer.
    pub fn http() -> Self {
        Self::start(http)
    }

    /// One that speaks SOCKS 5; every name leads to this computer.
    pub fn socks() -> Self {
        Self::start(socks)
    }

    /// One that speaks HTTP and connects nobody.
    pub fn refusing() -> Self {
        Self::start(|stream| {
            head(stream)?;
            stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")?;
            Ok(None)
        })
    }

    fn start(greet: fn(&mut TcpStream) -> io::Result<Option<Asked>>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("its address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let proxy = Self { address, asked: asked.clone() };
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let asked = asked.clone();
                thread::spawn(move || {
                    if let Ok(Some(wish)) = greet(&mut stream) {
                        let port = wish.target.rsplit(':').next().and_then(|port| port.parse().ok());
                        asked.lock().unwrap_or_else(PoisonError::into_inner).push(wish);
                        relay(stream, port.unwrap_or(0)).ok();
                    }
                });
            }
        });
        proxy
    }

    /// `127.0.0.1:PORT`.
    pub fn place(&self) -> String {
        self.address.to_string()
    }

    /// What clients wanted until now.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn head(stream: &mut TcpStream) -> io::Result<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(byte(stream)?);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn http(stream: &mut TcpStream) -> io::Result<Option<Asked>> {
    let head = head(stream)?;
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (words.next(), words.next());
    if method != Some("CONNECT") {
        stream.write_all(b"HTTP/1.1 405 CONNECT only\r\nContent-Length: 0\r\n\r\n")?;
        return Ok(None);
    }
    let named = lines.filter_map(|line| line.split_once(": "));
    let credentials = named
        .filter(|(name, _)| name.eq_ignore_ascii_case("proxy-authorization"))
        .map(|(_, value)| value.to_owned())
        .next();
    stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
    Ok(Some(Asked { target: target.unwrap_or_default().to_owned(), credentials }))
}

fn socks(stream: &mut TcpStream) -> io::Result<Option<Asked>> {
    let (_version, count) = (byte(stream)?, byte(stream)?);
    let methods = bytes(stream, count.into())?;
    let mut credentials = None;
    if methods.contains(&2) {
        stream.write_all(&[5, 2])?;
        byte(stream)?;
        let (user, password) = (counted(stream)?, counted(stream)?);
        credentials = Some(format!("{user}:{password}"));
        stream.write_all(&[1, 0])?;
    } else {
        stream.write_all(&[5, 0])?;
    }
    let request = bytes(stream, 4)?;
    let host = match request[3] {
        1 => bytes(stream, 4)?.iter().map(u8::to_string).collect::<Vec<_>>().join("."),
        3 => counted(stream)?,
        _ => return Ok(None),
    };
    let port = u16::from_be_bytes([byte(stream)?, byte(stream)?]);
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    Ok(Some(Asked { target: format!("{host}:{port}"), credentials }))
}

fn byte(stream: &mut TcpStream) -> io::Result<u8> {
    bytes(stream, 1).map(|bytes| bytes[0])
}

fn bytes(stream: &mut TcpStream, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn counted(stream: &mut TcpStream) -> io::Result<String> {
    let count = byte(stream)?;
    Ok(String::from_utf8_lossy(&bytes(stream, count.into())?).into_owned())
}

/// Carries bytes both ways until both sides have ended.
fn relay(mut client: TcpStream, port: u16) -> io::Result<()> {
    let mut server = TcpStream::connect(("127.0.0.1", port))?;
    let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
    let back = thread::spawn(move || {
        io::copy(&mut from_server, &mut to_client).ok();
        to_client.shutdown(Shutdown::Write).ok();
    });
    io::copy(&mut client, &mut server).ok();
    server.shutdown(Shutdown::Write).ok();
    back.join().ok();
    Ok(())
}
