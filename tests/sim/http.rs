//! A web server on this computer, made after RFC 9112 for tests: it keeps every request as it came, byte for byte,
//! counts connections, and answers as the test wants, also in ways in which no server should.
//!
//! [`receiver`] answers like the server that the records are for: 200 with JSON for a document that it takes, 403 for
//! a wrong key, 400 for a document that is none.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Pause between the bytes of a server that trickles.
const TRICKLE: Duration = Duration::from_millis(100);
/// What is not connected by then never will be.
const QUEUED: Duration = Duration::from_millis(500);
/// Longest head of a request.
const HEAD_LIMIT: usize = 64 * 1024;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// Number of its connection, from 1.
    pub connection: usize,
    /// Number of it on its connection, from 1.
    pub on_connection: usize,
    /// Method and target.
    pub line: String,
    /// Headers in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What the server does with a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Answers properly and keeps the connection.
    Answer(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Answers so after a while.
    After(Duration, Box<Reply>),
    /// Answers properly, then closes the connection without having said so.
    ThenClose(Box<Reply>),
    /// Sends these bytes and closes the connection.
    Raw(Vec<u8>),
    /// Closes the connection.
    Cut,
    /// Says nothing until the client has gone.
    Silent,
    /// Sends an endless head, byte after byte, until the client has gone.
    Trickle,
}

impl Reply {
    /// An answer with a JSON body.
    pub fn json(status: u16, body: &str) -> Self {
        Self::Answer(status, vec![("Content-Type", "application/json".to_owned())], body.into())
    }

    /// An answer that sends the client on.
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::Answer(status, vec![("Location", location.to_owned())], Vec::new())
    }
}

/// Answers like the server that the records are for.
pub fn receiver(key: &str) -> impl Fn(&Request) -> Reply + Send + Sync + 'static {
    let key = key.to_owned();
    move |request| {
        // The server's parser skips a byte order mark.
        let text = request.body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&request.body);
        let document: Result<serde_json::Value, _> = serde_json::from_slice(text);
        if request.header("x-api-key") != Some(&key) {
            return Reply::json(403, r#"{"status":"error","message":"Неверный API ключ"}"#);
        }
        match document {
            Ok(document) if document.is_object() => Reply::json(200, r#"{"status":"success"}"#),
            _ => Reply::json(400, r#"{"status":"error","message":"Неверный документ"}"#),
        }
    }
}

type Plan = Arc<dyn Fn(&Request) -> Reply + Send + Sync>;

/// A server. Dropping it closes its port.
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    seen: Arc<Seen>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Seen {
    requests: Mutex<Vec<Request>>,
    connections: AtomicUsize,
    ended: AtomicBool,
}

impl Server {
    /// Over plain connections.
    pub fn http(plan: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::start("http", None, Arc::new(plan))
    }

    /// Over secured connections.
    pub fn https(tls: Arc<ServerConfig>, plan: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::start("https", Some(tls), Arc::new(plan))
    }

    /// One that always answers the same.
    pub fn always(reply: Reply) -> Self {
        Self::http(move |_| reply.clone())
    }

    fn start(scheme: &'static str, tls: Option<Arc<ServerConfig>>, plan: Plan) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("its address");
        let seen = Arc::new(Seen::default());
        let accepting = thread::spawn({
            let seen = seen.clone();
            move || accept(&listener, tls.as_ref(), &plan, &seen)
        });
        Self { address, scheme, seen, accepting: Some(accepting) }
    }

    /// `127.0.0.1:PORT`.
    pub fn place(&self) -> String {
        self.address.to_string()
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// An address on this server.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// Every request until now.
    pub fn requests(&self) -> Vec<Request> {
        self.seen.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Bodies of every request until now.
    pub fn bodies(&self) -> Vec<Vec<u8>> {
        self.requests().into_iter().map(|request| request.body).collect()
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.seen.ended.store(true, Ordering::SeqCst);
        // Wakes the one that accepts.
        TcpStream::connect(self.address).ok();
        if let Some(accepting) = self.accepting.take() {
            accepting.join().ok();
        }
    }
}

/// A port that does not answer to connect, as if a firewall swallowed the packets: nobody accepts, and its queue is
/// full.
pub struct Deaf {
    address: SocketAddr,
    _listener: TcpListener,
    _queue: Vec<TcpStream>,
}

impl Deaf {
    /// Fills the queue.
    pub fn new() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("its address");
        let connect = || TcpStream::connect_timeout(&address, QUEUED).ok();
        let queue = std::iter::from_fn(connect).collect();
        Self { address, _listener: listener, _queue: queue }
    }

    /// `127.0.0.1:PORT`.
    pub fn place(&self) -> String {
        self.address.to_string()
    }
}

fn accept(listener: &TcpListener, tls: Option<&Arc<ServerConfig>>, plan: &Plan, seen: &Arc<Seen>) {
    for stream in listener.incoming() {
        if seen.ended.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let number = seen.connections.fetch_add(1, Ordering::SeqCst) + 1;
        let (plan, seen, tls) = (plan.clone(), seen.clone(), tls.cloned());
        thread::spawn(move || {
            stream.set_nodelay(true).ok();
            let socket = stream.try_clone();
            match tls {
                None => converse(stream, number, &plan, &seen).ok(),
                Some(tls) => ServerConnection::new(tls).ok().and_then(|connection| {
                    converse(StreamOwned::new(connection, stream), number, &plan, &seen).ok()
                }),
            };
            if let Ok(socket) = socket {
                socket.shutdown(Shutdown::Both).ok();
            }
        });
    }
}

/// One connection, until somebody ends it.
fn converse(mut stream: impl Read + Write, number: usize, plan: &Plan, seen: &Seen) -> io::Result<()> {
    let mut held = Vec::new();
    for on_connection in 1.. {
        let Some(request) = receive(&mut stream, &mut held, number, on_connection)? else { return Ok(()) };
        if !request.line.starts_with(|c: char| c.is_ascii_uppercase()) {
            reply(&mut stream, Reply::Answer(400, Vec::new(), b"Bad Request".to_vec()))?;
            return Ok(());
        }
        seen.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        if !reply(&mut stream, plan(&request))? {
            return Ok(());
        }
    }
    Ok(())
}

/// The next request; `None` when the client has closed the connection before one.
fn receive(
    stream: &mut impl Read,
    held: &mut Vec<u8>,
    connection: usize,
    on_connection: usize,
) -> io::Result<Option<Request>> {
    let end = loop {
        // No method begins like this, such as what a client of TLS says: that has no end to wait for.
        if held.first().is_some_and(|byte| !byte.is_ascii_uppercase()) {
            break 0;
        }
        if let Some(at) = held.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break at;
        }
        if held.len() > HEAD_LIMIT || !more(stream, held)? {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&held[..end]).into_owned();
    held.drain(..held.len().min(end + 4));
    let mut lines = head.split("\r\n");
    let line = lines.next().unwrap_or_default().to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut request = Request { connection, on_connection, line, headers, body: Vec::new() };
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while held.len() < length {
        if !more(stream, held)? {
            return Ok(None);
        }
    }
    request.body = held.drain(..length).collect();
    Ok(Some(request))
}

fn more(stream: &mut impl Read, held: &mut Vec<u8>) -> io::Result<bool> {
    let mut chunk = [0; 16 * 1024];
    let count = stream.read(&mut chunk)?;
    held.extend_from_slice(&chunk[..count]);
    Ok(count > 0)
}

/// Whether the connection is kept.
fn reply(stream: &mut (impl Read + Write), reply: Reply) -> io::Result<bool> {
    match reply {
        Reply::Answer(status, headers, body) => {
            let mut bytes = format!("HTTP/1.1 {status} As Wanted\r\nContent-Length: {}\r\n", body.len());
            for (name, value) in headers {
                bytes += &format!("{name}: {value}\r\n");
            }
            stream.write_all(&[bytes.as_bytes(), b"\r\n", &body].concat())?;
            stream.flush()?;
            Ok(true)
        }
        Reply::After(pause, then) => {
            thread::sleep(pause);
            self::reply(stream, *then)
        }
        Reply::ThenClose(first) => {
            self::reply(stream, *first)?;
            Ok(false)
        }
        Reply::Raw(bytes) => {
            stream.write_all(&bytes)?;
            stream.flush()?;
            Ok(false)
        }
        Reply::Cut => Ok(false),
        Reply::Silent => {
            while stream.read(&mut [0; 1024])? > 0 {}
            Ok(false)
        }
        Reply::Trickle => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nX-Slow: ")?;
            loop {
                stream.write_all(b"a")?;
                stream.flush()?;
                thread::sleep(TRICKLE);
            }
        }
    }
}
