//! A Bot API server for one bot: the methods `sendMessage` and `getChat`, after <https://core.telegram.org/bots/api>.
//!
//! It refuses what the real one refuses: an unknown token or chat, an empty or too long text. Answers can be put before
//! that, one per request, in the order in which they are given.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Token of the bot.
pub const TOKEN: &str = "987654321:AAsim-Secret_Token00";
/// The chat that the bot is in.
pub const CHAT: i64 = -1_009_876_543_210;

/// UTF-16 code units of the longest text.
const LONGEST_TEXT: usize = 4096;
/// As long as a test waits for a request.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is answered instead of what would be.
#[derive(Debug, Clone)]
pub enum Reply {
    /// What would be answered anyway.
    Usual,
    /// `ok` is false: code, description, `parameters`.
    Refusal(u16, String, Value),
    /// `ok` is false; the description begins with this and quotes the whole request.
    Quotation(u16, &'static str),
    /// A status with headers and a body of any sort.
    Raw(u16, &'static str, String),
    /// The message is taken, and nothing is ever answered.
    Silence,
}

/// A request that came in.
#[derive(Debug, Clone)]
pub struct Request {
    /// Method and path.
    pub line: String,
    /// The body.
    pub body: Value,
    /// When.
    pub at: Instant,
}

#[derive(Default)]
struct State {
    replies: VecDeque<Reply>,
    requests: Vec<Request>,
    texts: Vec<String>,
    chats: Vec<i64>,
}

/// The server; it ends with this.
pub struct Telegram {
    address: SocketAddr,
    state: Arc<(Mutex<State>, Condvar)>,
    stopped: Arc<AtomicBool>,
}

impl Telegram {
    /// Starts it at a free port.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = State { chats: vec![CHAT], ..State::default() };
        let state = Arc::new((Mutex::new(state), Condvar::new()));
        let stopped = Arc::new(AtomicBool::new(false));
        let (shared, stop) = (state.clone(), stopped.clone());
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let shared = shared.clone();
                thread::spawn(move || serve(&stream, &shared));
            }
        });
        Self { address, state, stopped }
    }

    /// Its address for `notification.api_url`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Section `notification` that has messages sent here, each tried once.
    pub fn settings(&self) -> Value {
        json!({
            "enabled": true, "max_attempts": 1, "delay": 0, "api_url": format!("http://{}", self.address),
            "authentication": { "encryption": false, "bot_token": TOKEN, "chat_id": CHAT },
        })
    }

    /// Answers the next request without an answer of its own with this.
    pub fn reply(&self, reply: Reply) -> &Self {
        self.lock().replies.push_back(reply);
        self
    }

    /// Lets the bot into another chat.
    pub fn join(&self, chat: i64) -> &Self {
        self.lock().chats.push(chat);
        self
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Request> {
        self.lock().requests.clone()
    }

    /// Texts of the messages that were taken.
    pub fn texts(&self) -> Vec<String> {
        self.lock().texts.clone()
    }

    /// Waits until so many requests have come in.
    pub fn wait_for(&self, count: usize) {
        let (state, news) = &*self.state;
        let guard = state.lock().expect("no panic");
        let waited = news.wait_timeout_while(guard, PATIENCE, |state| state.requests.len() < count);
        assert!(!waited.expect("no panic").1.timed_out(), "{count} requests do not come");
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.0.lock().expect("no panic")
    }
}

impl Drop for Telegram {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        TcpStream::connect(self.address).ok();
    }
}

fn serve(stream: &TcpStream, shared: &(Mutex<State>, Condvar)) {
    let mut reader = BufReader::new(stream);
    while let Some((head, body)) = read_request(&mut reader) {
        let line = head.first().map_or("", |line| line.trim_end_matches(" HTTP/1.1")).to_owned();
        let mut state = shared.0.lock().expect("no panic");
        state.requests.push(Request { line: line.clone(), body: body.clone(), at: Instant::now() });
        let reply = state.replies.pop_front();
        let answer = match reply {
            None | Some(Reply::Usual) => state.take(&line, &body),
            Some(Reply::Refusal(code, text, parameters)) => refusal(code, &text, parameters),
            Some(Reply::Quotation(code, text)) => {
                refusal(code, &format!("{text} {} {body}", head.join(" ")), Value::Null)
            }
            Some(Reply::Raw(status, headers, body)) => (status, headers, body),
            Some(Reply::Silence) => {
                shared.1.notify_all();
                drop(state);
                // The client decides when this ends.
                reader.read_to_end(&mut Vec::new()).ok();
                return;
            }
        };
        shared.1.notify_all();
        drop(state);
        if write_answer(stream, &answer).is_err() {
            return;
        }
    }
}

type Answer = (u16, &'static str, String);

impl State {
    fn take(&mut self, line: &str, body: &Value) -> Answer {
        let text = body["text"].as_str().unwrap_or_default();
        let known = body["chat_id"].as_i64().is_some_and(|chat| self.chats.contains(&chat));
        let none = Value::Null;
        let asks = line.ends_with("/getChat");
        if !line.starts_with("POST /bot") || !(asks || line.ends_with("/sendMessage")) {
            return refusal(404, "Not Found", none);
        }
        if !line.starts_with(&format!("POST /bot{TOKEN}/")) {
            return refusal(401, "Unauthorized", none);
        }
        if !known {
            return refusal(400, "Bad Request: chat not found", none);
        }
        if asks {
            let chat = json!({ "id": body["chat_id"], "type": "supergroup", "title": "Кассы" });
            return (200, "", json!({ "ok": true, "result": chat }).to_string());
        }
        if text.trim().is_empty() {
            return refusal(400, "Bad Request: message text is empty", none);
        }
        if text.encode_utf16().count() > LONGEST_TEXT {
            return refusal(400, "Bad Request: message is too long", none);
        }
        self.texts.push(text.to_owned());
        let chat = json!({ "id": body["chat_id"], "type": "supergroup", "title": "Кассы" });
        let result =
            json!({ "message_id": self.texts.len(), "date": 1_700_000_000, "chat": chat, "text": text });
        (200, "", json!({ "ok": true, "result": result }).to_string())
    }
}

fn refusal(code: u16, text: &str, parameters: Value) -> Answer {
    let mut document = json!({ "ok": false, "error_code": code, "description": text });
    if !parameters.is_null() {
        document["parameters"] = parameters;
    }
    (code, "", document.to_string())
}

fn read_request(reader: &mut impl BufRead) -> Option<(Vec<String>, Value)> {
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|&read| read > 0)?;
        match line.trim() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let mut headers = head.iter().filter_map(|line| line.split_once(':'));
    let length = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let mut body = vec![0; length.map_or(Ok(0), |(_, value)| value.trim().parse()).ok()?];
    reader.read_exact(&mut body).ok()?;
    Some((head, serde_json::from_slice(&body).unwrap_or(Value::Null)))
}

fn write_answer(mut stream: &TcpStream, (status, headers, body): &Answer) -> std::io::Result<()> {
    let head = format!("HTTP/1.1 {status} Status\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())
}
