//! Text files of other programs: read within bounds, whatever their encoding.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1251};

/// Text of a file of at most `limit` bytes; the reason goes to the log when there is none.
pub fn read(path: &Path, limit: u64) -> Option<String> {
    match bytes(path, limit) {
        Ok(Some(bytes)) => Some(decode(&bytes)),
        Ok(None) => {
            log::debug!("{}: larger than {limit} bytes, not read", path.display());
            None
        }
        Err(error) => {
            log::debug!("{}: {error}", path.display());
            None
        }
    }
}

fn bytes(path: &Path, limit: u64) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

/// Text by its byte order mark; without one UTF-16 is told by its zero bytes, then UTF-8 is
/// taken if it is valid, else the code page of a Russian Windows.
pub fn decode(bytes: &[u8]) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let text = bytes.get(mark..).unwrap_or_default();
        return encoding.decode_without_bom_handling(text).0.into_owned();
    }
    let encoding = match bytes {
        [first, 0, ..] if *first != 0 => UTF_16LE,
        [0, second, ..] if *second != 0 => UTF_16BE,
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => return text.to_owned(),
            Err(_) => WINDOWS_1251,
        },
    };
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "<config>Касса</config>";

    #[test]
    fn every_usual_encoding_gives_the_same_text() {
        let little: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let ansi = [b"<config>".as_slice(), &[0xCA, 0xE0, 0xF1, 0xF1, 0xE0], b"</config>"].concat();
        for bytes in [
            TEXT.as_bytes().to_vec(),
            [b"\xEF\xBB\xBF".as_slice(), TEXT.as_bytes()].concat(),
            [b"\xFF\xFE".as_slice(), &little].concat(),
            [b"\xFE\xFF".as_slice(), &big].concat(),
            little,
            big,
            ansi,
        ] {
            assert_eq!(decode(&bytes), TEXT);
        }
        assert_eq!(decode(b""), "");
    }

    #[test]
    fn large_and_missing_files_give_nothing() -> std::io::Result<()> {
        let path = std::env::temp_dir().join(format!("getad-text-{}", std::process::id()));
        std::fs::write(&path, "12345")?;
        let (fits, large) = (read(&path, 5), read(&path, 4));
        std::fs::remove_file(&path)?;
        assert_eq!((fits.as_deref(), large), (Some("12345"), None));
        assert_eq!(read(&path, 5), None);
        Ok(())
    }
}
