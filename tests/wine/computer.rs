//! A computer with Windows on it: a Wine prefix with both programs on its disk.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::ops::Deref;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::network::Network;
use crate::util::{Case, FOREIGN_VARIABLES, Ran};

/// Seconds after which a program under Wine is ended: far more than any of these tests takes.
const LIMIT: &str = "60";
/// How often a program is started that Wine did not get to start.
const STARTS: u32 = 3;
/// What `timeout` exits with when it had to end the program, and when it had to kill it.
const ENDED: [i32; 2] = [124, 137];
/// The home folder of the tests: letters that no Windows code page has together, and blanks.
const HOME: &str = "Касса № 1 – Ёлка";

/// Width of a program or library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// 32-bit.
    X86,
    /// 64-bit.
    X64,
}

impl Width {
    pub const BOTH: [Self; 2] = [Self::X86, Self::X64];

    pub fn other(self) -> Self {
        if self == Self::X86 { Self::X64 } else { Self::X86 }
    }

    /// Name of our program.
    pub fn program(self) -> &'static str {
        if self == Self::X86 { "getad.exe" } else { "getad64.exe" }
    }

    /// Our program, as it was built.
    pub fn built_program(self) -> PathBuf {
        built(self.program(), "tools/build-windows")
    }

    /// The simulated ATOL driver.
    pub fn driver(self) -> PathBuf {
        let folder = if self == Self::X86 { "x86" } else { "x64" };
        built(&format!("sim/{folder}/fptr10.dll"), "tools/build-windows --sim")
    }

    /// The compiler for Windows.
    pub fn compiler(self) -> Command {
        Command::new(if self == Self::X86 { "i686-w64-mingw32-gcc" } else { "x86_64-w64-mingw32-gcc" })
    }

    /// What tells `reg.exe` which half of the registry is meant.
    fn view(self) -> &'static str {
        if self == Self::X86 { "/reg:32" } else { "/reg:64" }
    }
}

/// A file of those that were built for Windows.
pub fn built(name: &str, by: &str) -> PathBuf {
    let named = std::env::var_os("GETAD_WINDOWS_DIR").map(PathBuf::from);
    let target = || std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let path = source_tree().join(named.unwrap_or_else(|| target().join("windows"))).join(name);
    assert!(path.is_file(), "{} is missing; it is built by `{by}`", path.display());
    path
}

fn source_tree() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A computer. Dropping it ends all its processes and removes its disk.
pub struct Computer {
    folder: TempDir,
    network: Option<Network>,
    environment: Vec<(String, String)>,
    commands: AtomicU32,
}

impl Computer {
    /// The computer of all tests that leave it as it is but for their home folders; making one
    /// takes longer than most tests. It lives as long as one of them runs.
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Computer>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let computer = Arc::new(Self::new());
            *shared = Arc::downgrade(&computer);
            computer
        })
    }

    /// A computer in the machine's own network, without serial ports.
    pub fn new() -> Self {
        Self::assemble(None, &[])
    }

    /// A computer with serial ports: `COM7` and the device that it is.
    pub fn with_ports(ports: &[(&str, &str)]) -> Self {
        Self::assemble(None, ports)
    }

    /// A computer in a network of its own.
    pub fn in_network(network: Network, ports: &[(&str, &str)]) -> Self {
        Self::assemble(Some(network), ports)
    }

    fn assemble(network: Option<Network>, ports: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let environment = prefix(&folder.path().join("prefix"));
        let computer = Self { folder, network, environment, commands: AtomicU32::new(0) };
        computer.connect(ports);
        let programs = computer.drive().join("getad");
        fs::create_dir(&programs).unwrap();
        for width in Width::BOTH {
            fs::copy(width.built_program(), programs.join(width.program())).unwrap();
        }
        // Keeps Wine running between the commands, and ends it should nobody else do so.
        computer.finish(computer.command("wineserver", &["-p30"])).exits(0);
        if !ports.is_empty() {
            wait_until(|| computer.lists(ports));
        }
        computer
    }

    /// Under load Wine's own driver registers the ports only after the first program has begun.
    fn lists(&self, ports: &[(&str, &str)]) -> bool {
        let query = ["reg", "query", r"HKLM\HARDWARE\DEVICEMAP\SERIALCOMM"];
        let listed = self.finish(self.command("wine", &query)).stdout;
        ports.iter().all(|(name, _)| listed.split_whitespace().any(|word| word == *name))
    }

    /// Serial ports are made when Wine starts, so they are told to it before.
    fn connect(&self, ports: &[(&str, &str)]) {
        let prefix = self.folder.path().join("prefix");
        let mut registry = OpenOptions::new().append(true).open(prefix.join("system.reg")).unwrap();
        writeln!(registry, "\n[Software\\\\Wine\\\\Ports] 1").unwrap();
        for (name, device) in ports {
            let link = prefix.join("dosdevices").join(name.to_lowercase());
            fs::remove_file(&link).ok();
            symlink(device, link).unwrap();
            writeln!(registry, "\"{name}\"=\"{device}\"").unwrap();
        }
    }

    /// Drive C.
    pub fn drive(&self) -> PathBuf {
        self.folder.path().join("prefix/drive_c")
    }

    /// An empty home folder with Cyrillic letters and blanks in its path.
    pub fn home(&self) -> Home<'_> {
        Home { computer: self, case: Case::within(&self.drive(), HOME) }
    }

    /// The name under which a file of drive C goes in Windows.
    pub fn windows_path(&self, path: &Path) -> String {
        let below = path.strip_prefix(self.drive()).expect("a file of drive C");
        format!("C:\\{}", below.to_str().unwrap().replace('/', "\\"))
    }

    /// Writes a value to the registry, in the half for programs of a width.
    #[track_caller]
    pub fn set(&self, view: Width, key: &str, name: &str, kind: &str, data: &str) {
        let arguments = ["reg", "add", key, "/v", name, "/t", kind, "/d", data, "/f", view.view()];
        self.finish(self.command("wine", &arguments)).exits(0);
    }

    /// Removes a key from the registry.
    #[track_caller]
    pub fn remove_key(&self, view: Width, key: &str) {
        let arguments = ["reg", "delete", key, "/f", view.view()];
        self.finish(self.command("wine", &arguments)).exits(0);
    }

    /// A program of the machine, such as `wine` with a program of Windows.
    pub fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("timeout");
        command.args(["--kill-after=5", LIMIT]);
        if let Some(network) = &self.network {
            command.args(network.entrance());
        }
        command.arg(program).args(arguments).stdin(Stdio::null());
        for variable in FOREIGN_VARIABLES {
            command.env_remove(variable);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command to its end. Its output goes to files: what Wine leaves running in the
    /// background would hold pipes open.
    #[track_caller]
    pub fn finish(&self, command: Command) -> Ran {
        self.start(command).wait(String::new)
    }

    /// Starts a command.
    pub fn start(&self, mut command: Command) -> Running {
        let number = self.commands.fetch_add(1, Ordering::Relaxed);
        let [stdout, stderr] =
            ["stdout", "stderr"].map(|name| self.folder.path().join(format!("{name}-{number}")));
        let file = |path: &Path| File::create(path).unwrap();
        let child = command.stdout(file(&stdout)).stderr(file(&stderr)).spawn().expect("`timeout` starts");
        Running { command, child, stdout, stderr }
    }

    /// Command lines of the processes that run on this computer.
    pub fn processes(&self) -> Vec<String> {
        let of_ours = format!("WINEPREFIX={}", self.folder.path().join("prefix").display());
        let folders = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
        let text = |file: PathBuf| String::from_utf8_lossy(&fs::read(file).unwrap_or_default()).into_owned();
        folders
            .filter(|folder| text(folder.join("environ")).split('\0').any(|variable| variable == of_ours))
            .map(|folder| text(folder.join("cmdline")).replace('\0', " "))
            .collect()
    }
}

impl Drop for Computer {
    fn drop(&mut self) {
        let mut command = self.command("wineserver", &["-k"]);
        // What does not end now ends when nobody has used it for a while.
        let _ = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// A fresh prefix and the environment to use it with.
fn prefix(folder: &Path) -> Vec<(String, String)> {
    let script = source_tree().join("tools/wine-prefix");
    let made = Command::new(script).arg(folder).output().expect("tools/wine-prefix starts");
    assert!(made.status.success(), "tools/wine-prefix: {}", String::from_utf8_lossy(&made.stderr));
    let lines = String::from_utf8(made.stdout).unwrap();
    lines.lines().filter_map(|line| line.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}

/// A command that has been started.
pub struct Running {
    command: Command,
    child: std::process::Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Running {
    /// Under load Wine now and then gives up before it has started a program: it ends with 1 and
    /// without a word. Our programs never do: whatever fails is said.
    fn was_not_started(&self, status: ExitStatus) -> bool {
        let is_empty = |file: &PathBuf| fs::metadata(file).is_ok_and(|metadata| metadata.len() == 0);
        status.code() == Some(1) && is_empty(&self.stdout) && is_empty(&self.stderr)
    }

    /// Waits for its end.
    #[track_caller]
    pub fn wait(mut self, listing: impl FnOnce() -> String) -> Ran {
        let mut status = self.child.wait().unwrap();
        for _ in 1..STARTS {
            if !self.was_not_started(status) {
                break;
            }
            status = self.command.status().unwrap();
        }
        let [stdout, stderr] = [&self.stdout, &self.stderr].map(|file| fs::read(file).unwrap());
        let ran = Ran::new(&self.command, Output { status, stdout, stderr }, listing());
        assert!(
            !status.code().is_some_and(|code| ENDED.contains(&code)),
            "not done in time\n{}",
            ran.story()
        );
        ran
    }
}

/// A home folder on a computer.
pub struct Home<'a> {
    computer: &'a Computer,
    case: Case,
}

impl Deref for Home<'_> {
    type Target = Case;

    fn deref(&self) -> &Case {
        &self.case
    }
}

impl Home<'_> {
    /// Its name in Windows.
    pub fn windows_path(&self) -> String {
        self.computer.windows_path(self.case.home())
    }

    /// Puts a file into it.
    pub fn copy(&self, from: &Path, name: &str) -> &Self {
        fs::copy(from, self.case.home().join(name)).unwrap();
        self
    }

    /// One of our programs with arguments, in English, with this home folder.
    pub fn command(&self, width: Width, arguments: &[&str]) -> Command {
        let program = format!("C:\\getad\\{}", width.program());
        let home = self.windows_path();
        let all = [&[program.as_str(), "--home", &home, "--lang", "en"], arguments].concat();
        self.computer.command("wine", &all)
    }

    /// Runs one of our programs to its end.
    #[track_caller]
    pub fn getad(&self, width: Width, arguments: &[&str]) -> Ran {
        self.finish(self.command(width, arguments))
    }

    /// Runs a prepared command to its end.
    #[track_caller]
    pub fn finish(&self, command: Command) -> Ran {
        self.computer.start(command).wait(|| self.case.listing())
    }
}

/// Waits for what no event tells: Windows says when a process begins and ends, but the machine
/// around Wine is a moment behind. The pause between two looks is for the other tests' sake.
#[track_caller]
pub fn wait_until(condition: impl Fn() -> bool) {
    let limit = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < limit, "it did not happen");
        thread::sleep(Duration::from_millis(10));
    }
}
