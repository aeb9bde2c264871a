//! What kind of file a library is, told from its first bytes.
//!
//! Owns the two executable formats as far as that question needs them: PE ("PE Format",
//! Microsoft) and ELF ("Tool Interface Standard, Executable and Linking Format"). Both are
//! understood on every system. Nothing is loaded here and no offset of the file is trusted.

use std::io::{Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};

/// Offset at which an MZ header keeps the place of the new header.
const NEW_HEADER_AT: u64 = 0x3C;
/// Bit of a PE file's characteristics: it is a library, not a program.
const PE_IS_LIBRARY: u16 = 0x2000;
/// ELF file type: shared object.
const ELF_SHARED: u16 = 3;

/// Processor that a library was built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Machine {
    /// 32-bit Intel.
    X86,
    /// 64-bit Intel.
    X64,
    /// Another one, by its number in the file's format.
    Other(u16),
}

impl Machine {
    /// The processor that this very program was built for.
    pub const OWN: Self = if cfg!(target_arch = "x86_64") {
        Self::X64
    } else if cfg!(target_arch = "x86") {
        Self::X86
    } else {
        Self::Other(OTHER_OWN)
    };

    /// Width of its addresses; 0 when it is not known.
    #[must_use]
    pub fn bits(self) -> u32 {
        match self {
            Self::X86 => 32,
            Self::X64 => 64,
            Self::Other(_) => 0,
        }
    }
}

/// Number of 64-bit ARM, the only other processor that we are built for, in PE and in ELF.
const OTHER_OWN: u16 = if cfg!(windows) { 0xAA64 } else { 0xB7 };

/// Format of a library file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Of Windows.
    Pe,
    /// Of Linux and its relatives.
    Elf,
}

impl Format {
    /// The one that this system loads.
    pub const OWN: Self = if cfg!(windows) { Self::Pe } else { Self::Elf };
}

/// Why a file is no library.
#[derive(Debug, thiserror::Error)]
pub enum NotALibrary {
    /// It has no bytes.
    #[error("the file is empty")]
    Empty,
    /// It ends within its header.
    #[error("the file is cut short within its header")]
    Truncated,
    /// It is of the time before Windows 95.
    #[error("it is a 16-bit library, which no supported system loads")]
    SixteenBit,
    /// It has an MZ header and nothing behind it that we know.
    #[error("it is an MS-DOS program, not a library")]
    Dos,
    /// It is an executable, not a library.
    #[error("it is a program, not a library")]
    Program,
    /// Its beginning is that of no library format.
    #[error("it is not a library: neither a PE nor an ELF header")]
    Foreign,
    /// The system cannot read it.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
}

/// Tells format and processor of a library from its header.
///
/// # Errors
/// [`NotALibrary`] says what the file is instead.
pub fn inspect(mut file: impl Read + Seek) -> Result<(Format, Machine), NotALibrary> {
    let mut magic = [0; 4];
    let got = fill(&mut file, 0, &mut magic)?;
    match magic {
        _ if got == 0 => Err(NotALibrary::Empty),
        [b'M', b'Z', ..] if got >= 2 => inspect_pe(file).map(|machine| (Format::Pe, machine)),
        [0x7F, b'E', b'L', b'F'] => inspect_elf(file).map(|machine| (Format::Elf, machine)),
        _ => Err(NotALibrary::Foreign),
    }
}

fn inspect_pe(mut file: impl Read + Seek) -> Result<Machine, NotALibrary> {
    let place: [u8; 4] = exact(&mut file, NEW_HEADER_AT)?;
    let place = u64::from(u32::from_le_bytes(place));
    let signature: [u8; 4] = exact(&mut file, place)?;
    match signature {
        [b'P', b'E', 0, 0] => {}
        [b'N', b'E', ..] | [b'L', b'E' | b'X', ..] => return Err(NotALibrary::SixteenBit),
        _ => return Err(NotALibrary::Dos),
    }
    let machine = u16::from_le_bytes(exact(&mut file, place + 4)?);
    let characteristics = u16::from_le_bytes(exact(&mut file, place + 22)?);
    if characteristics & PE_IS_LIBRARY == 0 {
        return Err(NotALibrary::Program);
    }
    Ok(match machine {
        0x014C => Machine::X86,
        0x8664 => Machine::X64,
        other => Machine::Other(other),
    })
}

fn inspect_elf(mut file: impl Read + Seek) -> Result<Machine, NotALibrary> {
    let order: [u8; 1] = exact(&mut file, 5)?;
    let number = |bytes| if order == [2] { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) };
    if number(exact(&mut file, 16)?) != ELF_SHARED {
        return Err(NotALibrary::Program);
    }
    Ok(match number(exact(&mut file, 18)?) {
        3 => Machine::X86,
        62 => Machine::X64,
        other => Machine::Other(other),
    })
}

fn exact<const N: usize>(file: &mut (impl Read + Seek), at: u64) -> Result<[u8; N], NotALibrary> {
    let mut bytes = [0; N];
    if fill(file, at, &mut bytes)? < N {
        return Err(NotALibrary::Truncated);
    }
    Ok(bytes)
}

/// Reads as much of `bytes` as the file has at `at`.
fn fill(file: &mut (impl Read + Seek), at: u64, bytes: &mut [u8]) -> std::io::Result<usize> {
    file.seek(SeekFrom::Start(at))?;
    let mut part = Vec::with_capacity(bytes.len());
    file.take(bytes.len() as u64).read_to_end(&mut part)?;
    bytes.iter_mut().zip(&part).for_each(|(to, from)| *to = *from);
    Ok(part.len())
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Cursor;

    use super::*;

    /// The header of a PE file, as short as one can be.
    pub(in crate::kkt::atol) fn pe(signature: &[u8; 4], machine: u16, characteristics: u16) -> Vec<u8> {
        let mut file = vec![0; 0x40];
        file[..2].copy_from_slice(b"MZ");
        file[0x3C] = 0x40;
        file.extend_from_slice(signature);
        file.extend_from_slice(&machine.to_le_bytes());
        file.extend_from_slice(&[0; 16]);
        file.extend_from_slice(&characteristics.to_le_bytes());
        file
    }

    /// The header of a little-endian ELF file.
    pub(in crate::kkt::atol) fn elf(kind: u16, machine: u16) -> Vec<u8> {
        let mut file = b"\x7FELF\x02\x01\x01".to_vec();
        file.resize(16, 0);
        file.extend_from_slice(&kind.to_le_bytes());
        file.extend_from_slice(&machine.to_le_bytes());
        file
    }

    fn told(bytes: &[u8]) -> Result<(Format, Machine), String> {
        inspect(Cursor::new(bytes)).map_err(|error| error.to_string())
    }

    #[test]
    fn libraries_of_both_formats_are_told_apart() {
        assert_eq!(told(&pe(b"PE\0\0", 0x014C, 0x2102)), Ok((Format::Pe, Machine::X86)));
        assert_eq!(told(&pe(b"PE\0\0", 0x8664, 0x2022)), Ok((Format::Pe, Machine::X64)));
        assert_eq!(told(&pe(b"PE\0\0", 0xAA64, 0x2022)), Ok((Format::Pe, Machine::Other(0xAA64))));
        assert_eq!(told(&elf(3, 62)), Ok((Format::Elf, Machine::X64)));
        assert_eq!(told(&elf(3, 3)), Ok((Format::Elf, Machine::X86)));
        assert_eq!(told(&elf(3, 183)), Ok((Format::Elf, Machine::Other(183))));
    }

    #[test]
    fn big_endian_elf_is_read_in_its_order() {
        let mut file = elf(3, 0);
        file[5] = 2;
        file[16..20].copy_from_slice(&[0, 3, 0, 8]);
        assert_eq!(told(&file), Ok((Format::Elf, Machine::Other(8))));
    }

    #[test]
    fn what_is_no_library_is_named() {
        let cases: [(&[u8], NotALibrary); 10] = [
            (b"", NotALibrary::Empty),
            (b"M", NotALibrary::Foreign),
            (b"MZ", NotALibrary::Truncated),
            (b"\x7FELF", NotALibrary::Truncated),
            (b"This is no library.", NotALibrary::Foreign),
            ("текст".as_bytes(), NotALibrary::Foreign),
            (&pe(b"NE\x05\x3C", 0, 0), NotALibrary::SixteenBit),
            (&pe(b"\0\0\0\0", 0, 0), NotALibrary::Dos),
            (&pe(b"PE\0\0", 0x014C, 0x0102), NotALibrary::Program),
            (&elf(2, 62), NotALibrary::Program),
        ];
        for (bytes, wanted) in cases {
            assert_eq!(told(bytes), Err(wanted.to_string()), "{bytes:?}");
        }
    }

    #[test]
    fn a_header_cut_anywhere_is_refused() {
        for whole in [pe(b"PE\0\0", 0x8664, 0x2022), elf(3, 62)] {
            for length in 0..whole.len() {
                assert!(told(&whole[..length]).is_err(), "{length} of {} bytes", whole.len());
            }
        }
    }

    #[test]
    fn a_new_header_far_behind_the_end_is_a_cut_file() {
        let mut file = pe(b"PE\0\0", 0x8664, 0x2022);
        file[0x3C..0x40].copy_from_slice(&[0xFF; 4]);
        assert_eq!(told(&file), Err(NotALibrary::Truncated.to_string()));
    }
}
