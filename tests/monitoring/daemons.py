"""Programs that run beside a test: started on free ports of loopback, watched while they are awaited, ended with it.

Whatever happens to the test, `Daemons` ends every program that it started, with its children, and removes the folder
that they worked in. Should the test itself be killed, the kernel ends them in its place.
"""

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

# PostgreSQL and Zabbix refuse to run as root; this name is only used where root may not make user namespaces.
UNPRIVILEGED_USER = "postgres"
# A path of a unix socket ends at 107 bytes; this much is kept for what the programs append.
LONGEST_FOLDER = 70


class Failure(Exception):
    """What was expected did not come true."""


def wait(condition, seconds, what):
    """The first true value of `condition()`; a value that is not there yet counts as false."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            value = condition()
        except (KeyError, IndexError):
            value = None
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"not within {seconds:g} s: {what}")
        time.sleep(0.1)


def free_port():
    """A port below the range from which the kernel serves clients, so that none takes it before it is used."""
    for _ in range(200):
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise Failure("no free port between 20000 and 32000")


def listening(port):
    """True when something accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Daemons:
    """A folder and the programs that run in it."""

    def __init__(self):
        folder = tempfile.gettempdir()
        self.folder = Path(tempfile.mkdtemp(prefix="getad-mon-", dir=folder if len(folder) < LONGEST_FOLDER else "/tmp"))
        self._running = []
        self._as_user = self._unprivileged()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for program, signal_to_end in reversed(self._running):
            self._end(program, signal_to_end)
        shutil.rmtree(self.folder, ignore_errors=True)

    def command(self, *arguments):
        """A command as the user that the daemons run as, who is not root."""
        return [*self._as_user, *map(str, arguments)]

    def run(self, *arguments, text=None):
        """Runs a command of that user to its end; what it printed."""
        done = subprocess.run(self.command(*arguments), input=text, capture_output=True, text=True, cwd=self.folder,
                              timeout=60, check=False)
        if done.returncode:
            raise Failure(f"{arguments}: exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    def start(self, name, arguments, ready, privileged=False, stop=signal.SIGTERM, seconds=30):
        """Starts a program whose output goes to `NAME.log`, and waits until `ready()`."""
        wrapper = [] if privileged else self._as_user
        with open(self.log(name), "ab") as log:
            program = subprocess.Popen([*wrapper, "setpriv", "--pdeathsig", "TERM", *map(str, arguments)],
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                                       start_new_session=True)
        self._running.append((program, stop))
        try:
            wait(lambda: ready() or program.poll() is not None, seconds, f"{name} is ready")
            if program.poll() is not None:
                raise Failure(f"{name} ended with exit code {program.returncode}")
        except Failure as failure:
            raise Failure(f"{failure}\n{self.said(name)}") from None
        return program

    def start_on_a_port(self, name, arguments_for, ready=listening, **more):
        """Starts a server on a free port, another one should somebody else be faster; gives the port."""
        for attempt in (1, 2, 3):
            port = free_port()
            try:
                self.start(name, arguments_for(port), lambda port=port: ready(port), **more)
                return port
            except Failure:
                if attempt == 3:
                    raise

    def stop(self, program):
        """Ends one program before the others."""
        for entry in [entry for entry in self._running if entry[0] is program]:
            self._running.remove(entry)
            self._end(*entry)

    def log(self, name):
        return self.folder / f"{name}.log"

    def said(self, name):
        """The end of what a program said, but for requests that went well."""
        text = self.log(name).read_text(errors="replace") if self.log(name).exists() else ""
        told = [line for line in text.splitlines() if not line.endswith((" Accepted", " Closing")) and " [200]: " not in line]
        return "\n".join([f"--- {name}", *told[-40:]])

    def said_by_all(self):
        return "\n".join(self.said(path.stem) for path in sorted(self.folder.glob("*.log")))

    def _unprivileged(self):
        """How a command becomes that of a user other than root. In a user namespace of its own the files stay root's,
        so that the folder may lie anywhere."""
        if os.geteuid() != 0:
            return []
        namespace = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
        if subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode == 0:
            return namespace
        shutil.chown(self.folder, UNPRIVILEGED_USER)
        return ["setpriv", f"--reuid={UNPRIVILEGED_USER}", f"--regid={UNPRIVILEGED_USER}", "--init-groups"]

    @staticmethod
    def _end(program, signal_to_end):
        """Asks the program to end, and ends what then is left of it and its children."""
        if program.poll() is None:
            program.send_signal(signal_to_end)
            try:
                program.wait(15)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(program.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        program.wait(15)
