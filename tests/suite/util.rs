//! The harness: a home folder of its own for every test, the real binary, and a report of
//! everything one wants to see when a test fails.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// Variables of the machine that would change what the program does.
pub const FOREIGN_VARIABLES: [&str; 18] = [
    "GETAD_HOME",
    "GETAD_LANG",
    "GETAD_KEY",
    "LC_ALL",
    "LC_MESSAGES",
    "LANG",
    "FPTR10_SCENARIO",
    "RUST_LOG",
    "ALL_PROXY",
    "all_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// A home folder and the binary.
pub struct Case {
    folder: TempDir,
    home: PathBuf,
}

impl Case {
    /// An empty home folder.
    pub fn new() -> Self {
        Self::named("home")
    }

    /// An empty home folder of a given name.
    pub fn named(name: &str) -> Self {
        Self::within(&std::env::temp_dir(), name)
    }

    /// An empty home folder of a given name, somewhere below a folder.
    pub fn within(folder: &Path, name: &str) -> Self {
        let folder = tempfile::tempdir_in(folder).expect("a temporary folder");
        let home = folder.path().join(name);
        fs::create_dir(&home).expect("the home folder");
        Self { folder, home }
    }

    /// The home folder.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The folder around the home folder.
    pub fn outside(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file below the home folder.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.home.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, content).expect("the file");
        self
    }

    /// Reads a file below the home folder.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.home.join(name))
            .unwrap_or_else(|error| panic!("{name}: {error}\n{}", self.listing()))
    }

    /// Reads a JSON file below the home folder.
    pub fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// True when there is such a file below the home folder.
    pub fn has(&self, name: &str) -> bool {
        self.home.join(name).exists()
    }

    /// Names of the files in a folder below the home folder, sorted.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.home.join(folder)) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The binary with arguments, in English, with this home folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_getad"));
        for variable in FOREIGN_VARIABLES {
            command.env_remove(variable);
        }
        command.arg("--home").arg(&self.home).args(["--lang", "en"]).args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs the binary to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.finish(self.command(arguments))
    }

    /// Runs a prepared command to its end.
    pub fn finish(&self, mut command: Command) -> Ran {
        let output = command.output().expect("the binary starts");
        Ran::new(&command, output, self.listing())
    }

    /// Every file below the home folder with its beginning.
    pub fn listing(&self) -> String {
        let mut text = String::new();
        list(&self.home, &self.home, &mut text);
        text
    }
}

fn list(root: &Path, folder: &Path, text: &mut String) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            list(root, &path, text);
            continue;
        }
        let shown = path.strip_prefix(root).unwrap_or(&path).display();
        let content = fs::read(&path).unwrap_or_default();
        let content: String = String::from_utf8_lossy(&content).chars().take(1500).collect();
        writeln!(text, "--- {shown}\n{content}").expect("memory");
    }
}

/// A process that has ended.
pub struct Ran {
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
    story: String,
}

impl Ran {
    /// What a command did, and what it left behind.
    pub fn new(command: &Command, output: Output, listing: String) -> Self {
        let stdout = String::from_utf8(output.stdout).expect("stdout is UTF-8");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let story = format!(
            "{command:?}\nexit: {}\n--- stdout\n{stdout}\n--- stderr\n{stderr}\n{listing}",
            output.status
        );
        Self { code: output.status.code(), stdout, stderr, story }
    }

    /// Everything one wants to see when a test fails.
    pub fn story(&self) -> &str {
        &self.story
    }

    /// Demands an exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.story);
        self
    }

    /// Demands a text on stdout.
    #[track_caller]
    pub fn prints(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "stdout lacks {text:?}\n{}", self.story);
        self
    }

    /// Demands a text on stderr.
    #[track_caller]
    pub fn complains(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "stderr lacks {text:?}\n{}", self.story);
        self
    }

    /// The JSON document on stdout, which must be alone there.
    #[track_caller]
    pub fn document(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{}", self.story))
    }

    /// The only register of a `probe` that must have read one.
    #[track_caller]
    pub fn register(&self) -> Value {
        self.only("registers")
    }

    /// The only failure of a `probe` that must have failed with one.
    #[track_caller]
    pub fn failure(&self) -> Value {
        self.only("failures")
    }

    #[track_caller]
    fn only(&self, list: &str) -> Value {
        let document = self.document();
        assert_eq!(document[list].as_array().map(Vec::len), Some(1), "{list}\n{}", self.story);
        document[list][0].clone()
    }
}

/// Variants of the driver simulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Driver {
    /// The whole driver.
    Current,
    /// One that lacks what an old driver lacks.
    Old,
    /// A library of the right name and none of the right functions.
    Foreign,
}

/// The driver simulator, built once.
pub fn driver(variant: Driver) -> &'static Path {
    static BUILT: [OnceLock<PathBuf>; 3] = [const { OnceLock::new() }; 3];
    let (index, name, flag) = match variant {
        Driver::Current => (0, "current", None),
        Driver::Old => (1, "old", Some("-DFPTR10_OLD")),
        Driver::Foreign => (2, "foreign", Some("-DFPTR10_FOREIGN")),
    };
    BUILT[index].get_or_init(|| build_driver(name, flag))
}

fn build_driver(name: &str, flag: Option<&str>) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sim").join(name);
    fs::create_dir_all(&folder).expect("a folder for the simulator");
    let library = folder.join("libfptr10.so");
    // Another test process may be using the library: it is replaced whole.
    let fresh = folder.join(format!("libfptr10.so.{}", std::process::id()));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sim/fptr10.c");
    let built = Command::new("cc")
        .args(["-std=c99", "-O1", "-shared", "-fPIC"])
        .args(flag)
        .arg("-o")
        .arg(&fresh)
        .arg(source)
        .output()
        .expect("a C compiler");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    fs::rename(&fresh, &library).expect("the simulator in its place");
    library
}
