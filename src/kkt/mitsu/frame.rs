//! Bytes on the line, both ways of the vendor's programming guide: what a request looks like, and
//! when an answer is whole.
//!
//! Serial: a request is STX, length (two bytes, low first), text, ETX, LRC (XOR of all before it);
//! an answer is text, ETX, LRC, with neither STX nor length. Ethernet: bare text both ways, long
//! ones cut into packets of which all but the last end with ETB.
//!
//! This module is pure: it neither waits nor reads, and it refuses nothing but what cannot become
//! an answer.

use super::answer::{self, Closing};
use crate::kkt::error::Malformation;

/// Longest answer that is taken, in bytes; real ones have up to 2 KB.
pub const ANSWER_LIMIT: usize = 0x1_0002;

/// Longest command that travels over Ethernet in one piece.
const WHOLE_PACKET: usize = 536;

/// Bytes of text in each packet of a longer one.
const PACKET: usize = 535;

/// Length of `<ERROR` and the byte that ends the name.
const ROOT_LIMIT: usize = 7;

const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const ETB: u8 = 0x17;

/// How texts are wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// COM port, real or virtual.
    Serial,
    /// Ethernet.
    Tcp,
}

impl Framing {
    /// The request as it is written, packet by packet.
    #[must_use]
    pub fn request(self, text: &str) -> Vec<Vec<u8>> {
        match self {
            Self::Serial => vec![serial_request(text.as_bytes())],
            Self::Tcp => tcp_request(text.as_bytes()),
        }
    }
}

fn serial_request(text: &[u8]) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX).to_le_bytes();
    let mut frame = vec![STX];
    frame.extend_from_slice(&length);
    frame.extend_from_slice(text);
    frame.push(ETX);
    frame.push(lrc(&frame));
    frame
}

fn tcp_request(text: &[u8]) -> Vec<Vec<u8>> {
    if text.len() <= WHOLE_PACKET {
        return vec![text.to_vec()];
    }
    let mut packets: Vec<Vec<u8>> = text.chunks(PACKET).map(<[u8]>::to_vec).collect();
    if let Some((_, others)) = packets.split_last_mut() {
        others.iter_mut().for_each(|packet| packet.push(ETB));
    }
    packets
}

fn lrc(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

/// Gathers an answer from the blocks in which it comes.
///
/// What comes before `<OK` or `<ERROR` is noise and skipped. Over Ethernet the answer ends with its
/// closing tag. On a serial line it ends with the ETX that follows the closing tag, if the byte
/// after it is the right LRC; an ETX inside the text is text. When nothing ends it, the line's
/// silence does, and [`Gathering::fault`] says what is wrong.
#[derive(Debug)]
pub struct Gathering {
    framing: Framing,
    received: Vec<u8>,
    start: Option<usize>,
    closing: Closing,
    check: u8,
    end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Not in sight.
    Open,
    /// The last byte was an ETX behind the closing tag.
    Etx,
    /// Such an ETX was followed by a wrong check byte.
    Spoilt,
    /// The text ends before this place.
    At(usize),
}

impl Gathering {
    /// Nothing received yet.
    #[must_use]
    pub fn new(framing: Framing) -> Self {
        Self {
            framing,
            received: Vec::new(),
            start: None,
            closing: Closing::default(),
            check: 0,
            end: End::Open,
        }
    }

    /// Takes the next bytes; true when the answer is whole. What follows it is ignored.
    ///
    /// # Errors
    /// [`Malformation::TooLong`] beyond [`ANSWER_LIMIT`].
    pub fn push(&mut self, block: &[u8]) -> Result<bool, Malformation> {
        for &byte in block {
            if self.is_whole() {
                break;
            }
            if self.framing == Framing::Tcp && byte == ETB {
                continue;
            }
            if self.received.len() >= ANSWER_LIMIT {
                return Err(Malformation::TooLong);
            }
            self.take(byte);
        }
        Ok(self.is_whole())
    }

    /// All that came, noise included, ETB of packets excluded.
    #[must_use]
    pub fn received(&self) -> &[u8] {
        &self.received
    }

    /// The text of a whole answer.
    #[must_use]
    pub fn text(&self) -> Option<&[u8]> {
        match (self.start, self.end) {
            (Some(start), End::At(end)) => self.received.get(start..end),
            _ => None,
        }
    }

    /// Why what has come is no answer, supposing that no more will come.
    #[must_use]
    pub fn fault(&self) -> Malformation {
        if self.end == End::Spoilt || (!self.closing.is_closed() && self.ends_with_wrong_check()) {
            return Malformation::Checksum;
        }
        if self.start.is_some() || answer::may_begin(&self.received) {
            return Malformation::Truncated;
        }
        Malformation::Foreign
    }

    fn is_whole(&self) -> bool {
        matches!(self.end, End::At(_))
    }

    fn take(&mut self, byte: u8) {
        let at = self.received.len();
        self.received.push(byte);
        if self.end == End::Etx {
            self.end = if byte == self.check { End::At(at - 1) } else { End::Spoilt };
        }
        if self.is_whole() {
            return;
        }
        match self.start {
            Some(_) => self.follow(byte),
            None => self.seek_start(byte),
        }
        if !self.closing.is_closed() {
            return;
        }
        match self.framing {
            Framing::Tcp => self.end = End::At(at + 1),
            Framing::Serial if byte == ETX => self.end = End::Etx,
            Framing::Serial => {}
        }
    }

    fn follow(&mut self, byte: u8) {
        self.closing.push(byte);
        self.check ^= byte;
    }

    /// The name of the outermost tag is known to be whole only with the byte after it.
    fn seek_start(&mut self, byte: u8) {
        if !answer::ends_name(byte) {
            return;
        }
        let window = self.received.len().saturating_sub(ROOT_LIMIT);
        let tail = self.received.get(window..).unwrap_or_default().to_vec();
        let Some(bracket) = answer::root_start(&tail) else { return };
        self.start = Some(window + bracket);
        tail.into_iter().skip(bracket).for_each(|byte| self.follow(byte));
    }

    /// A damaged closing tag: the frame ends as it should and the check byte betrays it.
    fn ends_with_wrong_check(&self) -> bool {
        match self.received.as_slice() {
            [text @ .., ETX, check] if self.framing == Framing::Serial => lrc(text) ^ ETX != *check,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(framing: Framing, bytes: &[u8]) -> Option<String> {
        let mut gathering = Gathering::new(framing);
        gathering.push(bytes).unwrap();
        gathering.text().map(answer::decode)
    }

    fn fault(framing: Framing, bytes: &[u8]) -> Malformation {
        let mut gathering = Gathering::new(framing);
        assert_eq!(gathering.push(bytes), Ok(false), "{bytes:?}");
        gathering.fault()
    }

    fn framed(text: &[u8]) -> Vec<u8> {
        let mut frame = [text, &[ETX]].concat();
        frame.push(lrc(&frame));
        frame
    }

    #[test]
    fn a_serial_request_has_stx_length_etx_and_lrc() {
        let frame = serial_request(b"<GET DEV='?'/>");
        assert_eq!(frame.get(..4), Some([0x02, 0x0E, 0x00, b'<'].as_slice()));
        assert_eq!(frame.get(16..), Some([b'>', 0x03, 0x01].as_slice()));
    }

    #[test]
    fn a_long_command_is_cut_into_packets_for_ethernet() {
        let lengths = |size| tcp_request(&vec![b'x'; size]).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(lengths(14), [14]);
        assert_eq!(lengths(536), [536]);
        assert_eq!(lengths(537), [536, 2]);
        assert_eq!(lengths(1606), [536, 536, 536, 1]);
        let packets = tcp_request(&[b'x'; 537]);
        assert_eq!(packets.iter().map(|packet| packet.ends_with(&[ETB])).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn a_serial_answer_ends_with_etx_and_lrc() {
        let frame = framed(b"<OK DEV='MITSU-1-F'/>");
        assert_eq!(frame.get(21..), Some([0x03, 0x41].as_slice()));
        assert_eq!(whole(Framing::Serial, &frame).as_deref(), Some("<OK DEV='MITSU-1-F'/>"));
    }

    #[test]
    fn an_etx_inside_the_text_is_text() {
        for text in [
            b"<OK A='x\x03y'/>".as_slice(),
            b"<OK><T1048>\x03\x03\x03</T1048></OK>",
            // Here the byte after the ETX is the LRC of all before it.
            b"<OK A='\x03@'/>",
            // Blanks between the closing tag and the ETX belong to the text.
            b"<OK/>\r\n",
        ] {
            assert_eq!(whole(Framing::Serial, &framed(text)), Some(answer::decode(text)));
        }
    }

    #[test]
    fn an_answer_may_come_in_any_pieces() {
        let frame = framed(b"<OK FN='9999'><URL>tcp://x</URL> </OK>");
        for size in 1..frame.len() {
            let mut gathering = Gathering::new(Framing::Serial);
            let wholes: Vec<bool> = frame.chunks(size).map(|chunk| gathering.push(chunk).unwrap()).collect();
            assert_eq!(wholes.iter().position(|whole| *whole), Some(wholes.len() - 1), "pieces of {size}");
        }
    }

    #[test]
    fn noise_around_an_answer_is_skipped() {
        let frame = [b"\0\xFF<\x02<OKAY ".as_slice(), &framed(b"<OK DEV='M'/>"), b"noise"].concat();
        assert_eq!(whole(Framing::Serial, &frame).as_deref(), Some("<OK DEV='M'/>"));
        assert_eq!(whole(Framing::Tcp, b"\r\n<OK DEV='M'/>\r\n").as_deref(), Some("<OK DEV='M'/>"));
    }

    #[test]
    fn a_network_answer_ends_with_its_closing_tag() {
        for text in
            ["<OK/>", "<ok DEV='M' />", "<OK A='1'></OK>", "<OK><T/>x</ANS>", "<ERROR No='40'></ERROR>"]
        {
            assert_eq!(whole(Framing::Tcp, text.as_bytes()).as_deref(), Some(text));
        }
        for text in ["<OK A='1'>", "<OK><T1048>x</T1048>", "<OK><T/>", "<OK></OKAY>", "<O"] {
            assert_eq!(fault(Framing::Tcp, text.as_bytes()), Malformation::Truncated, "{text}");
        }
    }

    #[test]
    fn the_etb_of_packets_is_no_text() {
        assert_eq!(
            whole(Framing::Tcp, b"<OK><T1048>\x17x</T1048\x17></OK>").as_deref(),
            Some("<OK><T1048>x</T1048></OK>")
        );
    }

    #[test]
    fn a_wrong_check_byte_is_told_from_an_answer_cut_short() {
        let frame = framed(b"<OK DEV='M'/>");
        let spoilt = |at: usize| {
            let mut bytes = frame.clone();
            bytes[at] ^= 0x40;
            bytes
        };
        for at in [1, 5, 10, 12, frame.len() - 1] {
            assert_eq!(fault(Framing::Serial, &spoilt(at)), Malformation::Checksum, "byte {at}");
        }
        for length in [1, 2, 5, 12, 13, 14] {
            let cut = frame.get(..length).unwrap();
            assert_eq!(fault(Framing::Serial, cut), Malformation::Truncated, "{length} bytes");
        }
    }

    #[test]
    fn what_is_not_this_protocol_is_foreign() {
        for text in ["SSH-2.0-dropbear\r\n", "HTTP/1.0 400\r\n\r\n<html></html>", "OK", "<GET DEV='?'/>"] {
            assert_eq!(fault(Framing::Tcp, text.as_bytes()), Malformation::Foreign, "{text}");
        }
        let echo = serial_request(b"<GET DEV='?'/>");
        assert_eq!(fault(Framing::Serial, &echo), Malformation::Foreign);
    }

    #[test]
    fn an_endless_answer_is_refused() {
        let mut gathering = Gathering::new(Framing::Tcp);
        let longest = [b"<OK A='".as_slice(), &vec![b'x'; ANSWER_LIMIT - 7]].concat();
        assert_eq!(gathering.push(&longest), Ok(false));
        assert_eq!(gathering.push(b"x"), Err(Malformation::TooLong));
    }

    #[test]
    fn the_longest_announceable_text_is_taken() {
        let filler = "x".repeat(0xFFFF - "<OK A=''/>".len());
        let text = format!("<OK A='{filler}'/>");
        assert_eq!(whole(Framing::Serial, &framed(text.as_bytes())), Some(text));
    }
}
