//! Runs the program in a temporary home folder, shows what it does and checks it.

use std::error::Error;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Variables of the machine that would change what the program does.
const FOREIGN_VARIABLES: [&str; 11] = [
    "GETAD_HOME",
    "GETAD_LANG",
    "FPTR10_SCENARIO",
    "CLICOLOR_FORCE",
    "RUST_LOG",
    "ALL_PROXY",
    "all_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
];
/// Longest text that is shown whole, lines.
const LINES: usize = 44;
/// Lines that stay at the beginning and the end of a longer one.
const EDGE: usize = 20;

/// The home folder, the program and what was not as expected.
pub struct Stage {
    home: TempDir,
    program: PathBuf,
    steps: usize,
    surprises: Vec<String>,
}

impl Stage {
    /// An empty home folder, removed when the demonstration ends.
    pub fn new(program: PathBuf) -> Result<Self, Box<dyn Error>> {
        let home = tempfile::Builder::new().prefix("getad-demo-").tempdir()?;
        println!("The home folder is {} (GETAD_HOME); it is removed at the end.", home.path().display());
        Ok(Self { home, program, steps: 0, surprises: Vec::new() })
    }

    /// The home folder.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Replaces a file of the home folder and gives what stood there.
    pub fn write(&self, name: &str, content: &str) -> Result<String, Box<dyn Error>> {
        let path = self.home().join(name);
        let before = if path.exists() { fs::read_to_string(&path)? } else { String::new() };
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, content)?;
        Ok(before)
    }

    /// Puts a program into the home folder.
    pub fn program(&self, name: &str, body: &str) -> Result<(), Box<dyn Error>> {
        let path = self.home().join(name);
        fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        fs::write(&path, format!("#!/bin/sh\n{body}\n"))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        Ok(())
    }

    /// Runs the program, shows what it says, and notes an exit code that is not `expected`.
    pub fn run(&mut self, arguments: &[&str], expected: i32, shows: &str) -> Result<Ran, Box<dyn Error>> {
        self.steps += 1;
        println!("\n=== {}. {shows}\n$ getad {}", self.steps, arguments.join(" "));
        let mut command = Command::new(&self.program);
        FOREIGN_VARIABLES.iter().for_each(|variable| {
            command.env_remove(variable);
        });
        command.env("GETAD_HOME", self.home()).env("GETAD_LANG", "en");
        let output = command.args(arguments).stdin(Stdio::null()).output()?;
        let ran = Ran { stdout: String::from_utf8(output.stdout)? };
        print!("{}{}", shortened(&ran.stdout), String::from_utf8_lossy(&output.stderr));
        println!(
            "exit code {}",
            output.status.code().map_or_else(|| "none".to_owned(), |code| code.to_string())
        );
        self.expect(
            &format!("getad {}: exit code {expected}", arguments.join(" ")),
            output.status.code() == Some(expected),
        );
        Ok(ran)
    }

    /// Notes that something is not as it should be.
    pub fn expect(&mut self, what: &str, is_so: bool) {
        if !is_so {
            println!("NOT AS EXPECTED: {what}");
            self.surprises.push(what.to_owned());
        }
    }

    /// Shows every file that the program has written.
    pub fn show_files(&self) -> Result<(), Box<dyn Error>> {
        println!("\n=== What is in the home folder now");
        let mut files = Vec::new();
        collect(self.home(), &mut files)?;
        files.sort();
        for path in files {
            let name = path.strip_prefix(self.home())?.display().to_string();
            // The stand-in for the driver, its scenario and its own journal.
            if !name.contains("fptr10") {
                println!(
                    "\n--- {name}\n{}",
                    shortened(&String::from_utf8_lossy(&fs::read(&path)?)).trim_end()
                );
            }
        }
        Ok(())
    }

    /// The outcome of the demonstration.
    pub fn conclude(self) -> Result<(), Box<dyn Error>> {
        if !self.surprises.is_empty() {
            return Err(format!("not as expected: {}", self.surprises.join("; ")).into());
        }
        println!("\nAll {} steps went as expected.", self.steps);
        Ok(())
    }
}

/// What the program printed.
pub struct Ran {
    stdout: String,
}

impl Ran {
    /// Entries of a list of the JSON document.
    pub fn count(&self, list: &str) -> usize {
        self.document()[list].as_array().map_or(0, Vec::len)
    }

    /// Kinds of the failures in the JSON document.
    pub fn kinds(&self) -> Vec<String> {
        let document = self.document();
        let failures = document["failures"].as_array().into_iter().flatten();
        failures.map(|failure| failure["kind"].as_str().unwrap_or("none").to_owned()).collect()
    }

    fn document(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_default()
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// The beginning and the end of a long text.
fn shortened(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let hidden = lines.len().saturating_sub(2 * EDGE);
    let kept: Vec<String> = match (lines.get(..EDGE), lines.get(lines.len().saturating_sub(EDGE)..)) {
        (Some(first), Some(last)) if lines.len() > LINES => {
            let note = format!("    … {hidden} more lines …");
            first
                .iter()
                .map(ToString::to_string)
                .chain([note])
                .chain(last.iter().map(ToString::to_string))
                .collect()
        }
        _ => lines.iter().map(ToString::to_string).collect(),
    };
    kept.iter().map(|line| format!("{line}\n")).collect()
}
