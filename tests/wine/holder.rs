//! A program of Windows that holds a file open while a test looks at what others can do with it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::computer::{Computer, Running, Width, wait_until};

/// Opens the first file for reading or writing, which others may read only; adds to it when it is for writing; says
/// so by making the second file and ends when that is gone.
const PROGRAM: &str = r#"
#include <windows.h>
int wmain(int count, wchar_t **words) {
    DWORD access = count == 4 && words[3][0] == 'w' ? FILE_APPEND_DATA : GENERIC_READ, done;
    HANDLE held = CreateFileW(words[1], access, FILE_SHARE_READ, 0, OPEN_EXISTING, 0, 0);
    if (count != 4 || held == INVALID_HANDLE_VALUE) return 1;
    if (access == FILE_APPEND_DATA && !WriteFile(held, "\r\n", 2, &done, 0)) return 2;
    CloseHandle(CreateFileW(words[2], GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_DELETE, 0, CREATE_NEW, 0, 0));
    while (GetFileAttributesW(words[2]) != INVALID_FILE_ATTRIBUTES) Sleep(10);
    return 0;
}
"#;

/// What the file is held for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// Nobody may write or replace it meanwhile.
    Reading,
    /// As programs hold their logs: it is written, others may read.
    Writing,
}

/// A file that is held.
pub struct Held {
    sign: PathBuf,
    program: Running,
}

/// Has a program hold a file of drive C.
#[track_caller]
pub fn hold(computer: &Computer, file: &Path, purpose: For) -> Held {
    let program = build(computer);
    let sign = file.with_file_name("held");
    let how = if purpose == For::Writing { "write" } else { "read" };
    let arguments = [program.as_str(), &computer.windows_path(file), &computer.windows_path(&sign), how];
    let program = computer.start(computer.command("wine", &arguments));
    wait_until(|| sign.exists());
    Held { sign, program }
}

impl Held {
    /// Lets it go.
    #[track_caller]
    pub fn release(self) {
        fs::remove_file(&self.sign).unwrap();
        self.program.wait(String::new).exits(0);
    }
}

fn build(computer: &Computer) -> String {
    let folder = tempfile::tempdir_in(computer.drive()).unwrap().keep();
    let (source, program) = (folder.join("hold.c"), folder.join("hold.exe"));
    fs::write(&source, PROGRAM).unwrap();
    let built = Width::X86.compiler().args(["-municode", "-o"]).args([&program, &source]).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    computer.windows_path(&program)
}
