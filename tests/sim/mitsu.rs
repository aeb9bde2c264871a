//! A simulated Mitsu 1-F cash register, reached over TCP or a serial line.
//!
//! It answers the reading commands of the register's own protocol as the «MITSU 1-F Руководство
//! программиста» (ed. 1.5) describes them, with that guide's sample values. [`Register`] changes the
//! values, [`Fault`] spoils the exchange. Whatever arrives is kept ([`Received`]), and what a mere
//! reader must not send is marked with a [`Violation`].
//!
//! It has no fiscal state: only the test changes a value, and a command that would write is answered
//! with an error.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::mem;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Any free port of this computer, for [`Setup::serve_tcp`].
pub const ANY_PORT: &str = "127.0.0.1:0";
/// Ends the text of a serial frame.
pub const ETX: u8 = 0x03;
/// Ends a TCP packet that another one follows.
pub const ETB: u8 = 0x17;

/// Begins the frame of a serial command.
const STX: u8 = 0x02;
/// Bytes of that frame before its text: STX and the length.
const FRAME_HEAD: usize = 3;
/// Bytes after it: ETX and the check byte.
const FRAME_TAIL: usize = 2;
/// Longest text of a command, in bytes.
const MAX_COMMAND: usize = 2040;
/// Longest command that travels over Ethernet undivided.
const UNDIVIDED: usize = 536;
/// Longest packet of a divided text, its ETB not counted.
const PACKET: usize = 535;
/// The line speed with which the register leaves the factory.
const BAUD: u32 = 115_200;
/// A pause of this length inside a command ends it. The guide gives no figure.
const RECEIVE_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a blocked read or write may overlook that the server is being dropped.
const POLL: Duration = Duration::from_millis(50);

const ERROR_FN_QUERY: u16 = 40;
const ERROR_RECEIVE_TIMEOUT: u16 = 94;
const ERROR_UNKNOWN_PARAMETER: u16 = 96;
const ERROR_MISSING_PARAMETER: u16 = 97;
const ERROR_BAD_FORMAT: u16 = 99;
/// FSE of an FN that is not registered.
const FSE_NOT_REGISTERED: u8 = 0x02;

/// The reading commands, all that a client may send, each with its default answer: the guide's
/// sample, or a bare one where the guide has none.
const DEFAULTS: &str = r#"
GET DEV: <OK DEV='MITSU-1-F' />
GET VER: <OK VER='1.1.06' SIZE='295771' CRC32='7E714C76' SERIAL='065001234567890' MAC='00-22-00-48-00-51' STS='00000000'/>
GET DATE: <OK DATE='2023-02-06' />
GET TIME: <OK TIME='08:32:18' />
GET PRINTER: <OK PRINTER='2' BAUDRATE='115200' PAPER='80' FONT='0' WIDTH='576' LENGTH='48' />
GET LAN: <OK ADDR='192.168.1.101' PORT='8200' MASK='255.255.255.0' DNS='8.8.8.8' GW='192.168.1.1'/>
GET OFD: <OK ADDR='109.73.43.4' PORT='19086' CLIENT='1' TimerFN='60' TimerOFD='10' />
GET REG: <OK REG='7' FD='13' DATE='2023-02-10' TIME='18:39' BASE='2,3,4,32' T1013='009130557' T1188='001' T1189='4' T1190='4' T1209='4' T1037='0000123456029024' T1018='7704849611' T1017='7714731464' T1036='' T1062='0,1' MODE='0' ExtMODE='0' T1041='9999078902014447'><T1048> ООО "АБВГД"</T1048><T1009>123456, г.Москва, Красная площадь д.1</T1009><T1187>Москва, ул.Южная, д.32</T1187><T1046>АтласКарт</T1046><T1117>noreply@ofd.com </T1117><T1060>www.nalog.gov.ru</T1060></OK>
GET INFO=0: <OK SHIFT='16' STATE='1' COUNT='7' KeyValid='445'></OK>
GET INFO=F: <OK FN='9999078902014447' FFD='1.2' PHASE='0x03' REG='3|27' VALID='2024-07-17' LAST='80' DATE='2023-04-27' TIME='23:00' FLAG='0x08'> </OK>
GET INFO=O: <OK FN='9999078902014447' COUNT='63' FIRST='18' DATE='2023-01-11' TIME='18:15'></OK>
GET INFO=K: <OK Ext='1' NeedUpdate='0' D7='1'><URL>tcp://test.okp.atlas-kard.ru:31101</URL></OK>
GET INFO=M: <OK/>
GET INFO=N: <OK PENDING='0' STORAGE='0'/>
GET DOC=0: <OK FD='0' TYPE='0' STATE='0' SIZE='0'/>
GET COM: <OK COM='115200'/>
GET OISM: <OK/>
GET OKP: <OK/>
GET CASHIER: <OK/>
GET TAX: <OK/>
GET HEADER: <OK/>
GET CD: <OK/>
GET POWER: <OK/>
GET TIMEZONE: <OK/>
GET OPTION: <OK/>
DEVICE JOB=3: <OK/>
DEVICE JOB=5: <OK DRAWER='0'/>
"#;

/// What [`Register::unregistered`] changes.
const UNREGISTERED: &str = "
GET REG: REG=0 FD=0 DATE=2000-00-00 TIME=00:00 BASE= T1037= T1018= T1017= T1062= T1041=
GET REG: T1048= T1009= T1187= T1046= T1117= T1060=
GET INFO=F: PHASE=0x01 REG=0|30 LAST=0
GET INFO=0: SHIFT=0 STATE=0 COUNT=0
";

/// A register and the way it behaves: what a server is started with.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// The values it answers with.
    pub register: Register,
    /// What goes wrong, and when. The last one that matches applies.
    pub faults: Vec<(When, Fault)>,
    /// Connections are accepted, but nothing is ever read from them.
    pub never_read: bool,
}

impl Setup {
    /// A register without faults.
    pub fn new(register: Register) -> Self {
        Self { register, ..Self::default() }
    }

    /// Adds a fault.
    pub fn fault(mut self, when: When, fault: Fault) -> Self {
        self.faults.push((when, fault));
        self
    }

    /// Serves an address, [`ANY_PORT`] for a free one: one exchange a connection, like the register.
    pub fn serve_tcp(self, address: &str) -> io::Result<Server> {
        let listener = TcpListener::bind(address)?;
        let place = listener.local_addr()?.to_string();
        Ok(Server::start(self, place, move |shared| serve_listener(&listener, shared)))
    }

    /// Serves a new pseudo-terminal, whose path is [`Server::place`].
    #[cfg(unix)]
    pub fn serve_pty(self) -> serialport::Result<Server> {
        use serialport::SerialPort as _;
        let (master, slave) = serialport::TTYPort::pair()?;
        let place = slave.name().unwrap_or_default();
        // Child processes inherit what `pair` has opened and would keep the terminal alive after
        // the server; the clones are closed there.
        let (mut master, slave) = (master.try_clone_native()?, slave.try_clone_native()?);
        master.set_timeout(POLL)?;
        Ok(Server::start(self, place, move |shared| {
            serve(&mut master, Wire::Serial, 1, shared);
            // Held until now: a terminal that nobody else has open would hang up.
            drop(slave);
        }))
    }

    /// Serves an existing serial device, such as one end of a `socat` pair.
    pub fn serve_device(self, path: &str) -> serialport::Result<Server> {
        let mut port = serialport::new(path, BAUD).timeout(POLL).open()?;
        Ok(Server::start(self, path.to_owned(), move |shared| {
            serve(&mut port, Wire::Serial, 1, shared);
        }))
    }
}

/// A running simulator. Dropping it ends its threads and frees its port.
pub struct Server {
    place: String,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(setup: Setup, place: String, work: impl FnOnce(&Shared) + Send + 'static) -> Self {
        let shared = Arc::new(Shared::default());
        shared.lock().setup = setup;
        let of_thread = Arc::clone(&shared);
        let thread = Some(thread::spawn(move || work(&of_thread)));
        Self { place, shared, thread }
    }

    /// Where a client finds it: `host:port`, or the path of a serial device.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Changes the register or its faults, from the next command on.
    pub fn update(&self, change: impl FnOnce(&mut Setup)) {
        change(&mut self.shared.lock().setup);
    }

    /// Everything received so far, oldest first.
    pub fn received(&self) -> Vec<Received> {
        self.shared.lock().received.clone()
    }

    /// What was received and should not have been sent.
    pub fn violations(&self) -> Vec<Received> {
        let mut received = self.received();
        received.retain(|one| one.violation.is_some());
        received
    }

    /// How many TCP connections were accepted, those without a command included.
    pub fn connections(&self) -> usize {
        self.shared.lock().connections
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        self.shared.stopping.notify_all();
        // A listener sees the stop only when a client comes. Should none get through, its thread is
        // left behind rather than waited for.
        let listener = self.place.parse::<SocketAddr>();
        let asleep = listener.is_ok_and(|address| TcpStream::connect(address).is_err());
        if let Some(thread) = self.thread.take().filter(|_| !asleep) {
            // If the thread has panicked, the panic has said so itself.
            let _ = thread.join();
        }
    }
}

/// An address of this computer that refuses connections. While the second value lives nobody else
/// can take the port: it is the client's end of a connection, and nothing listens there.
pub fn refusing_port() -> io::Result<(SocketAddr, impl Sized)> {
    let listener = TcpListener::bind(ANY_PORT)?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    Ok((client.local_addr()?, (client, listener)))
}

/// The values that a register answers with. Commands are named like `GET REG`, `GET INFO='F'`,
/// `DEVICE JOB='3'`. Values go out in cp1251 and otherwise as given: entities are the caller's.
#[derive(Clone, Debug)]
pub struct Register {
    answers: BTreeMap<String, String>,
}

impl Default for Register {
    fn default() -> Self {
        let owned = |(command, text): (&str, &str)| (command.to_owned(), text.to_owned());
        Self { answers: lines(DEFAULTS).map(owned).collect() }
    }
}

impl Register {
    /// Replaces the whole answer to a command.
    pub fn answer(&mut self, command: &str, text: &str) -> &mut Self {
        text.clone_into(self.text(command));
        self
    }

    /// Replaces the whole answer to a command by any bytes.
    pub fn answer_bytes(&mut self, command: &str, bytes: &[u8]) -> &mut Self {
        *self.text(command) = bytes.iter().copied().map(char::from).collect();
        self
    }

    /// Lets a command fail with an error number and an FN state.
    pub fn error(&mut self, command: &str, number: u16, fse: u8) -> &mut Self {
        *self.text(command) = error_text(number, fse, &key(command));
        self
    }

    /// Replaces a part of an answer, which must have it.
    pub fn replace(&mut self, command: &str, part: &str, by: &str) -> &mut Self {
        let text = self.text(command);
        assert!(text.contains(part), "no {part} in {text}");
        *text = text.replacen(part, by, 1);
        self
    }

    /// Gives an attribute a value, or the child element if the answer has one of that name. A new
    /// name becomes the last attribute.
    pub fn set(&mut self, command: &str, name: &str, value: &str) -> &mut Self {
        let text = self.text(command);
        let child = with_value(text, &format!("<{name}>"), "</", value);
        let known = child.or_else(|| with_value(text, &format!(" {name}='"), "'", value));
        *text = known.unwrap_or_else(|| {
            let (attributes, tail) = text.split_at(attributes_end(text));
            format!("{attributes} {name}='{value}'{tail}")
        });
        self
    }

    /// The serial number of `GET VER`. T1013 of `GET REG` differs from it, as it does in the samples.
    pub fn serial(&mut self, serial: &str) -> &mut Self {
        self.set("GET VER", "SERIAL", serial)
    }

    /// The FN's number, in every answer that has it.
    pub fn fn_number(&mut self, number: &str) -> &mut Self {
        self.set("GET REG", "T1041", number);
        self.set("GET INFO='F'", "FN", number);
        self.set("GET INFO='O'", "FN", number)
    }

    /// The FN's edition, which only newer firmware tells.
    pub fn edition(&mut self, edition: &str) -> &mut Self {
        self.set("GET INFO='F'", "EDITION", edition)
    }

    /// How many documents the OFD has not got yet.
    pub fn unsent(&mut self, count: u32) -> &mut Self {
        self.set("GET INFO='O'", "COUNT", &count.to_string())
    }

    /// A register that was never registered: a date of zeros, empty registration data.
    pub fn unregistered(&mut self) -> &mut Self {
        for (command, values) in lines(UNREGISTERED) {
            for (name, value) in values.split(' ').filter_map(|pair| pair.split_once('=')) {
                self.set(command, name, value);
            }
        }
        self.error("GET INFO='O'", ERROR_FN_QUERY, FSE_NOT_REGISTERED)
    }

    /// Puts `PREVname='decoy' name2='decoy'` before every attribute: newer firmware has names that
    /// end or begin like older ones.
    pub fn decoys(&mut self) -> &mut Self {
        let with_decoys = |word: &str| match word.split_once("='") {
            Some((name, _)) => format!("PREV{name}='decoy' {name}2='decoy' {word}"),
            None => word.to_owned(),
        };
        for text in self.answers.values_mut() {
            let (attributes, tail) = text.split_at(attributes_end(text));
            let words: Vec<String> = attributes.split(' ').map(with_decoys).collect();
            *text = words.join(" ") + tail;
        }
        self
    }

    fn text(&mut self, command: &str) -> &mut String {
        let key = key(command);
        assert_eq!(key.split(' ').count(), 2, "one verb, one parameter: {command}");
        self.answers.entry(key).or_insert_with(|| "<OK/>".to_owned())
    }

    /// To several questions: the attributes of all answers and the children of the last.
    fn reply(&self, questions: &[String]) -> String {
        let mut reply = error_text(ERROR_MISSING_PARAMETER, 0, "");
        for (index, question) in questions.iter().enumerate() {
            let Some(text) = self.answers.get(question) else {
                return error_text(ERROR_UNKNOWN_PARAMETER, 0, question);
            };
            match text.strip_prefix("<OK") {
                Some(more) if index > 0 => {
                    reply.truncate(attributes_end(&reply));
                    reply.push_str(more);
                }
                Some(_) => reply.clone_from(text),
                None => return text.clone(),
            }
        }
        reply
    }
}

/// Where the attributes of an answer's root end.
fn attributes_end(text: &str) -> usize {
    let root = text.split('>').next().unwrap_or(text);
    root.trim_end_matches(['/', ' ']).len()
}

fn with_value(text: &str, open: &str, close: &str, value: &str) -> Option<String> {
    let (before, rest) = text.split_once(open)?;
    let (_, after) = rest.split_once(close)?;
    Some(format!("{before}{open}{value}{close}{after}"))
}

/// PAR is the parameter that was asked for.
fn error_text(number: u16, fse: u8, question: &str) -> String {
    let parameter = question.split([' ', '=']).nth(1).unwrap_or_default();
    format!("<ERROR No='{number}' FSE='0x{fse:02X}' TAG='' PAR='{parameter}'/>")
}

/// A table written as `command: what` lines.
fn lines(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    table.lines().filter_map(|line| line.split_once(": "))
}

/// The questions of a command, each in its common form.
fn questions(command: &str) -> Option<Vec<String>> {
    let inner = command.strip_prefix('<')?.strip_suffix("/>")?;
    let mut words = inner.split_whitespace();
    let verb = words.next()?.to_ascii_uppercase();
    matches!(&*verb, "GET" | "DEVICE").then_some(())?;
    words.map(|word| question(&verb, word)).collect()
}

/// `GET NAME` (for `NAME='?'`) or `GET NAME=VALUE`, in capitals.
fn question(verb: &str, word: &str) -> Option<String> {
    let (name, value) = word.split_once('=')?;
    let value = match value.chars().next()? {
        quote @ ('\'' | '"') => value[1..].strip_suffix(quote)?,
        _ => value,
    };
    let question = match (name.to_ascii_uppercase(), value.to_ascii_uppercase()) {
        (name, value) if value == "?" => format!("{verb} {name}"),
        (name, value) => format!("{verb} {name}={value}"),
    };
    (!question.contains(['\'', '"', '<'])).then(|| match question.as_str() {
        "GET INFO=FN" => "GET INFO=F".to_owned(),
        "GET INFO=OFD" => "GET INFO=O".to_owned(),
        // The simulator has one registration, whatever the number.
        other if other.strip_prefix("GET REG=").is_some_and(|n| n.parse::<u32>().is_ok()) => {
            "GET REG".to_owned()
        }
        _ => question,
    })
}

/// The common form of the name by which a test calls a command; brackets, quotes and `='?'` are
/// optional in it.
fn key(command: &str) -> String {
    let command = command.trim_matches(['<', '/', '>']).to_ascii_uppercase();
    let common = command.split_once(' ').and_then(|(verb, word)| question(verb, word));
    common.unwrap_or(command)
}

/// Whether all of a command is documented as reading.
fn is_read(questions: &[String]) -> bool {
    let known = |question: &String| lines(DEFAULTS).any(|(known, _)| known == question);
    !questions.is_empty() && questions.iter().all(known)
}

/// Which commands a fault concerns.
#[derive(Clone, Debug)]
pub enum When {
    /// All.
    Always,
    /// One, named as for [`Register`].
    Command(&'static str),
    /// The nth thing that this server receives, from 1.
    Nth(usize),
}

/// What goes wrong with an exchange, or is merely unusual; by default nothing.
#[derive(Clone, Debug, Default)]
pub struct Fault {
    /// Pause before the answer.
    pub delay: Duration,
    /// Pause between the packets of a divided answer.
    pub packet_pause: Duration,
    /// Pause after each byte.
    pub byte_pause: Duration,
    /// Bytes that come before the answer.
    pub before: Vec<u8>,
    /// Bytes that come in its place.
    pub instead: Option<Vec<u8>>,
    /// Bytes that follow it.
    pub after: Vec<u8>,
    /// The request's own bytes come in its place.
    pub echo: bool,
    /// Value of an additional attribute that stands before all others.
    pub filler: String,
    /// That attribute is stretched until the text has at least so many bytes.
    pub size: usize,
    /// The text ends with `</ANS>`, like a sample of the guide.
    pub generic_closing: bool,
    /// The check byte is wrong (serial).
    pub wrong_lrc: bool,
    /// Sending ends after so many bytes.
    pub limit: Option<usize>,
    /// What happens then, if not what the register does: a connection closes, a serial line stays.
    pub ending: Option<Ending>,
}

/// What happens to the line after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It stays open for another command.
    KeepOpen,
    /// It closes. A pseudo-terminal vanishes for good.
    Close,
    /// The connection is reset. A serial line closes.
    Reset,
}

impl Fault {
    /// No answer ever, while the line stays open.
    pub fn silence() -> Self {
        let (limit, ending) = (Some(0), Some(Ending::KeepOpen));
        Self { limit, ending, ..Self::default() }
    }

    /// The answer's text as it is to arrive.
    fn text(&self, answer: &str) -> String {
        let mut text = answer.to_owned();
        if self.generic_closing {
            let self_closed = text.strip_suffix("/>").map(|open| format!("{open}>"));
            text = self_closed.unwrap_or_else(|| text.trim_end_matches("</OK>").to_owned());
            text.push_str("</ANS>");
        }
        if !self.filler.is_empty() || self.size > 0 {
            let at = text.find([' ', '/', '>']).unwrap_or(text.len());
            text.insert_str(at, &format!(" FILL='{}'", self.filler));
            let missing = self.size.saturating_sub(text.chars().count());
            text.insert_str(at + " FILL='".len(), &"x".repeat(missing));
        }
        text
    }

    /// All that is to be sent, in the packets in which it is sent.
    fn packets(&self, wire: Wire, answer: &str, request: &[u8]) -> Vec<Vec<u8>> {
        let text = cp1251(&self.text(answer));
        let mut packets = match &self.instead {
            Some(bytes) => vec![bytes.clone()],
            None if self.echo => vec![request.to_vec()],
            None if wire == Wire::Serial => vec![framed(&text, self.wrong_lrc)],
            None => divided(&text),
        };
        packets.insert(0, self.before.clone());
        packets.push(self.after.clone());
        let mut left = self.limit.unwrap_or(usize::MAX);
        for packet in &mut packets {
            packet.truncate(left);
            left -= packet.len();
        }
        packets.retain(|packet| !packet.is_empty());
        packets
    }
}

/// Something that a client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The command without framing; what is not UTF-8 in it is replaced.
    pub text: String,
    /// All its bytes.
    pub raw: Vec<u8>,
    /// The connection it came on, from 1. A serial line is one connection.
    pub connection: usize,
    /// When it was complete.
    pub at: Instant,
    /// Why it should not have been sent.
    pub violation: Option<Violation>,
}

/// Why something should not have been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// Not a documented reading command, or no command at all.
    NotARead,
    /// A command or a packet has more bytes than it may.
    TooLong,
    /// A serial frame of which this part is wrong.
    BadFrame(&'static str),
    /// The rest of the command did not come in time.
    Incomplete,
}

/// Text in the register's character set. U+0080 to U+00FF stand for the bytes 0x80 to 0xFF; any
/// other character that this table lacks becomes `?`.
pub fn cp1251(text: &str) -> Vec<u8> {
    let code = |letter| match letter {
        'А'..='я' => u32::from(letter) - u32::from('А') + 0xC0,
        'Ё' => 0xA8,
        'ё' => 0xB8,
        '№' => 0xB9,
        '–' => 0x96,
        '—' => 0x97,
        _ => u32::from(letter),
    };
    let byte = |letter| u8::try_from(code(letter)).unwrap_or(b'?');
    text.chars().map(byte).collect()
}

/// The check byte of serial frames: all bytes XORed.
pub fn lrc(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

/// The text of a command, or what is wrong with its bytes.
type Command = Result<Vec<u8>, Violation>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wire {
    Tcp,
    Serial,
}

impl Wire {
    /// The first command in `bytes` and how many of them it takes up; None while it is incomplete.
    fn take(self, bytes: &[u8]) -> Option<(Command, usize)> {
        match self {
            Self::Tcp => {
                // Inside a command `>` is written as an entity, so it can only be the end.
                let end = bytes.iter().position(|byte| *byte == b'>');
                let text = bytes.iter().filter(|byte| **byte != ETB);
                let too_long = (text.count() > MAX_COMMAND).then_some(bytes.len());
                let length = end.map(|end| end + 1).or(too_long)?;
                Some((undivided(&bytes[..length]), length))
            }
            Self::Serial => match unframed(bytes)? {
                Ok(text) => Some((Ok(text.to_vec()), FRAME_HEAD + text.len() + FRAME_TAIL)),
                // Nothing of a bad frame can be trusted, not even its length.
                Err(part) => Some((Err(Violation::BadFrame(part)), bytes.len())),
            },
        }
    }
}

/// An answer on a serial line: neither STX nor length.
fn framed(answer: &[u8], wrong_lrc: bool) -> Vec<u8> {
    let mut frame = [answer, &[ETX]].concat();
    let check = lrc(&frame);
    frame.push(if wrong_lrc { !check } else { check });
    frame
}

/// The text of a complete command frame, or the part of the frame that is wrong.
fn unframed(bytes: &[u8]) -> Option<Result<&[u8], &'static str>> {
    if *bytes.first()? != STX {
        return Some(Err("STX"));
    }
    let length = usize::from(u16::from_le_bytes([*bytes.get(1)?, *bytes.get(2)?]));
    if length == 0 || length > MAX_COMMAND {
        return Some(Err("length"));
    }
    let end = FRAME_HEAD + length;
    let (etx, check) = (*bytes.get(end)?, *bytes.get(end + 1)?);
    Some(match (etx, check == lrc(&bytes[..=end])) {
        (ETX, true) => Ok(&bytes[FRAME_HEAD..end]),
        (ETX, false) => Err("LRC"),
        _ => Err("ETX"),
    })
}

/// An answer on Ethernet: all packets but the last end with ETB.
fn divided(answer: &[u8]) -> Vec<Vec<u8>> {
    let mut packets: Vec<Vec<u8>> = answer.chunks(PACKET).map(<[u8]>::to_vec).collect();
    if let Some((_, others)) = packets.split_last_mut() {
        others.iter_mut().for_each(|packet| packet.push(ETB));
    }
    packets
}

fn undivided(raw: &[u8]) -> Command {
    let packets: Vec<&[u8]> = raw.split(|byte| *byte == ETB).collect();
    let text = packets.concat();
    let packet_too_long = packets.iter().any(|packet| packet.len() > PACKET);
    if text.len() > MAX_COMMAND || (raw.len() > UNDIVIDED && packet_too_long) {
        return Err(Violation::TooLong);
    }
    Ok(text)
}

/// What the threads of a server and its owner have in common.
#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    stopping: Condvar,
}

#[derive(Default)]
struct State {
    setup: Setup,
    received: Vec<Received>,
    connections: usize,
    stopped: bool,
}

impl State {
    /// Notes what was received and finds the answer to it; none if the register is to keep silent.
    fn answer(&mut self, command: &Command, raw: &[u8], connection: usize) -> Option<(String, Fault)> {
        let text = String::from_utf8_lossy(command.as_deref().unwrap_or(raw)).into_owned();
        let questions = command.as_ref().ok().and_then(|_| questions(&text));
        let violation = match (command, &questions) {
            (Err(violation), _) => Some(*violation),
            (Ok(_), Some(questions)) if is_read(questions) => None,
            (Ok(_), _) => Some(Violation::NotARead),
        };
        let (raw, at) = (raw.to_vec(), Instant::now());
        self.received.push(Received { text, raw, connection, at, violation });
        let answer = match (&questions, command) {
            (Some(questions), _) => self.setup.register.reply(questions),
            // What the register does then is not documented, and it has no sign for "repeat".
            (None, Err(Violation::BadFrame(_))) => return None,
            (None, Err(Violation::Incomplete)) => error_text(ERROR_RECEIVE_TIMEOUT, 0, ""),
            (None, _) => error_text(ERROR_BAD_FORMAT, 0, ""),
        };
        Some((answer, self.fault(&questions.unwrap_or_default())))
    }

    /// The fault that concerns what was received last.
    fn fault(&self, questions: &[String]) -> Fault {
        let concerned = |when: &When| match when {
            When::Always => true,
            When::Command(named) => questions.contains(&key(named)),
            When::Nth(number) => *number == self.received.len(),
        };
        let last = self.setup.faults.iter().rev().find(|(when, _)| concerned(when));
        last.map(|(_, fault)| fault.clone()).unwrap_or_default()
    }
}

impl Shared {
    /// A test that panics inside [`Server::update`] must not take the server's threads with it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stopped(&self) -> bool {
        self.lock().stopped
    }

    /// None when the server is being dropped.
    fn pause(&self, time: Duration) -> Option<()> {
        if !time.is_zero() {
            let waiting = |state: &mut State| !state.stopped;
            drop(self.stopping.wait_timeout_while(self.lock(), time, waiting));
        }
        (!self.stopped()).then_some(())
    }

    /// None when the client has gone or the server is being dropped.
    fn send(&self, packets: &[Vec<u8>], fault: &Fault, wire: Wire, line: &mut impl Write) -> Option<()> {
        // A single byte never blocks where there is room for any, so a serial client that has
        // stopped reading cannot keep the server from being dropped.
        let one_by_one = wire == Wire::Serial || !fault.byte_pause.is_zero();
        let piece = if one_by_one { 1 } else { usize::MAX };
        self.pause(fault.delay)?;
        for (index, packet) in packets.iter().enumerate() {
            if index > 0 {
                self.pause(fault.packet_pause)?;
            }
            for piece in packet.chunks(piece) {
                self.write(piece, line)?;
                self.pause(fault.byte_pause)?;
            }
        }
        Some(())
    }

    fn write(&self, mut bytes: &[u8], line: &mut impl Write) -> Option<()> {
        while !bytes.is_empty() {
            match line.write(bytes) {
                Ok(written @ 1..) => bytes = &bytes[written..],
                Err(error) if is_wait(&error) && !self.stopped() => {}
                _ => return None,
            }
        }
        Some(())
    }
}

fn is_wait(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}

fn serve_listener(listener: &TcpListener, shared: &Shared) {
    thread::scope(|scope| {
        for (number, stream) in (1..).zip(listener.incoming()) {
            if shared.stopped() {
                break;
            }
            shared.lock().connections = number;
            if let Ok(mut line) = stream.and_then(TcpLine::new) {
                scope.spawn(move || {
                    if serve(&mut line, Wire::Tcp, number, shared) != Ending::Reset {
                        // If this fails, the client has broken the connection itself.
                        let _ = line.read_rest();
                    }
                });
            }
        }
    });
}

/// Answers commands until the client has gone, a fault ends it, or the server is being dropped.
fn serve(line: &mut (impl Read + Write), wire: Wire, number: usize, shared: &Shared) -> Ending {
    if shared.lock().setup.never_read {
        shared.pause(Duration::MAX);
    }
    let usual = if wire == Wire::Tcp { Ending::Close } else { Ending::KeepOpen };
    let (mut pending, mut last) = (Vec::new(), Instant::now());
    let mut chunk = [0; PACKET];
    while !shared.stopped() {
        match line.read(&mut chunk) {
            Ok(count @ 1..) => {
                pending.extend_from_slice(&chunk[..count]);
                last = Instant::now();
            }
            Err(error) if is_wait(&error) => {}
            _ => break,
        }
        let overdue = !pending.is_empty() && last.elapsed() >= RECEIVE_TIMEOUT;
        let incomplete = overdue.then_some((Err(Violation::Incomplete), pending.len()));
        let Some((command, length)) = wire.take(&pending).or(incomplete) else {
            continue;
        };
        let raw: Vec<u8> = pending.drain(..length).collect();
        let answer = shared.lock().answer(&command, &raw, number);
        if let Some((answer, fault)) = answer {
            let packets = fault.packets(wire, &answer, &raw);
            let ending = fault.ending.unwrap_or(usual);
            if shared.send(&packets, &fault, wire, line).is_none() || ending != Ending::KeepOpen {
                return ending;
            }
        }
    }
    Ending::Close
}

/// A TCP connection. The last byte received stays in the socket until more is read or the connection
/// closes in an orderly way: closing a socket with unread bytes is all that std has to reset one.
struct TcpLine {
    stream: TcpStream,
    unread: usize,
}

impl TcpLine {
    fn new(stream: TcpStream) -> io::Result<Self> {
        // Packets and slow bytes are to leave one by one.
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(POLL))?;
        stream.set_write_timeout(Some(POLL))?;
        Ok(Self { stream, unread: 0 })
    }

    fn read_rest(&mut self) -> io::Result<()> {
        let unread = mem::take(&mut self.unread);
        self.stream.read_exact(&mut [0][..unread])
    }
}

impl Read for TcpLine {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_rest()?;
        let count = self.stream.peek(buffer)?;
        self.unread = count.min(1);
        self.stream.read_exact(&mut buffer[..count - self.unread])?;
        Ok(count)
    }
}

impl Write for TcpLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GET_DEV: &[u8] = b"<GET DEV='?'/>";

    fn command_frame(text: &[u8]) -> Vec<u8> {
        let length = u16::try_from(text.len()).unwrap_or(u16::MAX).to_le_bytes();
        let mut frame = [&[STX], &length[..], text, &[ETX]].concat();
        frame.push(lrc(&frame));
        frame
    }

    #[test]
    fn frames_are_those_of_the_vectors() {
        let frame = command_frame(GET_DEV);
        assert_eq!(frame[..5], [0x02, 0x0E, 0x00, 0x3C, 0x47]);
        assert_eq!(frame[frame.len() - 3..], [0x3E, 0x03, 0x01]);
        assert_eq!(unframed(&frame), Some(Ok(GET_DEV)));
        let answer = framed(b"<OK DEV='MITSU-1-F'/>", false);
        assert_eq!(answer[answer.len() - 2..], [0x03, 0x41]);
    }

    #[test]
    fn every_reading_command_gets_its_sample_in_whatever_form() {
        let register = Register::default();
        for (command, sample) in lines(DEFAULTS) {
            let value = if command.contains('=') { "" } else { "=?" };
            let asked = questions(&format!("<{}{value} />", command.to_lowercase()));
            assert_eq!(register.reply(&asked.expect(command)), sample);
        }
        let asked = questions("<get Date=\"?\" TIME='?'/>").expect("a command");
        assert_eq!(register.reply(&asked), "<OK DATE='2023-02-06' TIME='08:32:18' />");
    }

    #[test]
    fn tcp_closes_after_an_answer_and_notes_what_is_no_reading() {
        let server = Setup::default().serve_tcp(ANY_PORT).expect("a port");
        for (command, answer) in [("<GET DEV='?'/>", "DEV="), ("<DEVICE JOB='1'/>", "No='96'")] {
            let mut stream = TcpStream::connect(server.place()).expect("a connection");
            stream.write_all(command.as_bytes()).expect("sent");
            let received = io::read_to_string(stream).expect("an answer");
            assert!(received.contains(answer), "{received}");
        }
        let noted: Vec<_> = server.received().iter().map(|one| one.violation).collect();
        assert_eq!(noted, [None, Some(Violation::NotARead)]);
    }

    #[cfg(unix)]
    #[test]
    fn a_terminal_answers_every_client_that_opens_it() {
        let server = Setup::default().serve_pty().expect("a terminal");
        for _ in 0..2 {
            let builder = serialport::new(server.place(), BAUD).timeout(RECEIVE_TIMEOUT);
            let mut port = builder.open().expect("opened");
            port.write_all(&command_frame(GET_DEV)).expect("sent");
            let mut answer = framed(b"<OK DEV='MITSU-1-F' />", false);
            let expected = answer.clone();
            port.read_exact(&mut answer).expect("an answer");
            assert_eq!(answer, expected);
        }
    }
}
