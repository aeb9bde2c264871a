//! The libraries that a library of Windows needs, told from its import table ("PE Format", Microsoft).
//!
//! Nothing is loaded here, and no offset of the file is trusted: what leads nowhere ends the list.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Largest library that is looked into, bytes; the driver has some ten million.
const SIZE_LIMIT: u64 = 256 * 1024 * 1024;
/// Most libraries of a list; real ones have some twenty.
const MOST: usize = 512;
/// Longest name of a library.
const LONGEST_NAME: usize = 255;
/// Size of a section's header, and of an entry of the import table.
const SECTION: usize = 40;
const ENTRY: usize = 20;

/// Names of the libraries that a library needs; empty when it has no table that could be read.
///
/// # Errors
/// When the file cannot be read.
pub fn of(library: &Path) -> io::Result<Vec<String>> {
    let mut bytes = Vec::new();
    File::open(library)?.take(SIZE_LIMIT).read_to_end(&mut bytes)?;
    Ok(names(&bytes).unwrap_or_default())
}

fn names(file: &[u8]) -> Option<Vec<String>> {
    let image = Image::parse(file)?;
    let table = image.place(image.imports)?;
    let entries = file.get(table..)?.chunks_exact(ENTRY).take(MOST);
    let names = entries.map(|entry| number(entry, 12)).take_while(|name| name.is_some_and(|name| name != 0));
    Some(names.flatten().filter_map(|name| image.text(name)).collect())
}

/// A file with what is needed to find places in it.
struct Image<'a> {
    file: &'a [u8],
    sections: Vec<&'a [u8]>,
    imports: u32,
}

impl<'a> Image<'a> {
    fn parse(file: &'a [u8]) -> Option<Self> {
        let header = number(file, 0x3C)? as usize;
        if file.get(header..header.checked_add(4)?)? != b"PE\0\0" {
            return None;
        }
        let count = short(file, header + 6)?;
        let optional = header + 24;
        let directories = match short(file, optional)? {
            0x10B => optional + 96,
            0x20B => optional + 112,
            _ => return None,
        };
        let sections = optional + usize::from(short(file, header + 20)?);
        let sections = file.get(sections..)?.chunks_exact(SECTION).take(count.into()).collect();
        // The import table is the second directory.
        Some(Self { file, sections, imports: number(file, directories + 8)? })
    }

    /// Where in the file stands what is at an address of the loaded library.
    fn place(&self, address: u32) -> Option<usize> {
        self.sections.iter().find_map(|section| {
            let within = address.checked_sub(number(section, 12)?)?;
            (within < number(section, 16)?)
                .then(|| (number(section, 20)? as usize).checked_add(within as usize))?
        })
    }

    fn text(&self, address: u32) -> Option<String> {
        let rest = self.file.get(self.place(address)?..)?;
        let name =
            rest.iter().take(LONGEST_NAME).take_while(|&&byte| byte != 0).copied().collect::<Vec<u8>>();
        String::from_utf8(name).ok().filter(|name| !name.is_empty())
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A library with one section, at address 0x1000 and place 0x200, that holds the import table.
    fn library(magic: u16, libraries: &[&str]) -> Vec<u8> {
        let mut file = vec![0; 0x200];
        let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
        let size: u16 = if magic == 0x10B { 224 } else { 240 };
        put(0, b"MZ");
        put(0x3C, &0x40_u32.to_le_bytes());
        put(0x40, b"PE\0\0");
        put(0x46, &1_u16.to_le_bytes());
        put(0x54, &size.to_le_bytes());
        put(0x58, &magic.to_le_bytes());
        put(0x58 + usize::from(size) - 128 + 8, &0x1000_u32.to_le_bytes());
        let section = 0x58 + usize::from(size);
        put(section + 12, &0x1000_u32.to_le_bytes());
        put(section + 16, &0x400_u32.to_le_bytes());
        put(section + 20, &0x200_u32.to_le_bytes());
        let mut texts = Vec::new();
        for library in libraries {
            let name = 0x1000 + ENTRY * (libraries.len() + 1) + texts.len();
            let mut entry = [0; ENTRY];
            entry[12..16].copy_from_slice(&u32::try_from(name).unwrap().to_le_bytes());
            file.extend_from_slice(&entry);
            texts.extend_from_slice(library.as_bytes());
            texts.push(0);
        }
        file.extend_from_slice(&[0; ENTRY]);
        file.extend_from_slice(&texts);
        file
    }

    #[test]
    fn libraries_are_listed_in_both_widths() {
        for magic in [0x10B, 0x20B] {
            let file = library(magic, &["KERNEL32.dll", "MSVCP140.dll"]);
            assert_eq!(names(&file).unwrap(), ["KERNEL32.dll", "MSVCP140.dll"], "{magic:x}");
        }
        assert_eq!(names(&library(0x10B, &[])).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn no_file_is_trusted() {
        let whole = library(0x20B, &["KERNEL32.dll"]);
        for end in 0..whole.len() {
            names(&whole[..end]);
        }
        for at in 0..whole.len() {
            for value in [0, 0x7F, 0xFF] {
                let mut broken = whole.clone();
                broken[at] = value;
                names(&broken);
            }
        }
        assert_eq!(names(b"\x7FELF"), None);
    }
}
