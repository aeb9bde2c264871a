//! Surroundings that are safe to search: a network of its own, 10.77.0.0/24, which nothing else is
//! in, and no serial port of the machine that the tests run on.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// Hardware address of the network cards.
pub const MAC: &str = "02:00:5E:10:00:01";

/// Sets the network up, says so, and keeps it until its standard input closes. A register that
/// listens elsewhere is reached at 10.77.0.9:8200 through the socket that `$1` names.
const SCRIPT: &str = r#"
    set -e
    for port in /dev/ttyS[0-9]* /dev/ttyUSB[0-9]* /dev/ttyACM[0-9]*; do
        [ ! -e "$port" ] || mount --bind /dev/null "$port"
    done
    ip link set lo up
    ip link add v0 address "$MAC" type veth peer name v1 address "$MAC"
    ip link set v0 up; ip link set v1 up
    ip addr add 10.77.0.1/24 dev v0
    ip addr add 10.77.0.9/24 dev v0
    if [ -n "$1" ]; then
        socat TCP-LISTEN:8200,bind=10.77.0.9,fork,reuseaddr UNIX-CONNECT:"$1" &
    fi
    echo ready
    read -r _ || true
    [ -z "$1" ] || kill $!
"#;

/// The network. Dropping it removes it.
pub struct Network {
    keeper: Child,
    relay: Option<(Child, TempDir)>,
    root: bool,
}

impl Network {
    /// Nobody else is there.
    pub fn empty() -> Self {
        Self::set_up(None)
    }

    /// A register that listens at `address` of this machine is at 10.77.0.9:8200 there.
    pub fn with_register(address: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listen = format!("UNIX-LISTEN:{},fork", folder.path().join("register").display());
        let relay = Command::new("socat").args([&listen, &format!("TCP:{address}")]).spawn();
        Self::set_up(Some((relay.expect("socat"), folder)))
    }

    fn set_up(relay: Option<(Child, TempDir)>) -> Self {
        let root = fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0);
        let socket = relay.as_ref().map(|(_, folder)| folder.path().join("register"));
        let mut keeper = Command::new("unshare")
            .args(if root { ["-n", "-m"].as_slice() } else { &["-r", "-n", "-m"] })
            .args(["sh", "-c", SCRIPT, "sh"])
            .args(socket)
            .env("MAC", MAC)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare");
        let mut ready = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        assert_eq!(ready, "ready\n", "a network cannot be set up here");
        Self { keeper, relay, root }
    }

    /// What to put before a command so that it runs there.
    pub fn entrance(&self) -> Vec<String> {
        let target = format!("--target={}", self.keeper.id());
        let user: &[&str] = if self.root { &[] } else { &["--user", "--preserve-credentials"] };
        let words = ["nsenter", &target, "--net", "--mount"].into_iter().chain(user.iter().copied());
        words.map(str::to_owned).collect()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
        if let Some((relay, _)) = &mut self.relay {
            let _ = relay.kill();
            let _ = relay.wait();
        }
    }
}
