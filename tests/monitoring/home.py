"""A home folder with files of health, as `getad probe` leaves them, and the real program that works on it."""

import json
import os
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

from daemons import Failure

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "tests/fixtures/metrics/home/metrics"
ATOL, MITSU = "00123456790012", "065001234567890"


def program():
    """The program to test: `GETAD`, or what cargo built last."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    path = Path(os.environ.get("GETAD", target / "debug/getad"))
    if not path.exists():
        raise Failure(f"{path} is missing: cargo build")
    return path


class Home:
    """Its registers are healthy and were read just now, unless something else is said of them."""

    def __init__(self, folder):
        self.folder = folder
        self.program = program()
        (folder / "metrics").mkdir(parents=True)

    def configure(self, **sections):
        """Writes service.json."""
        (self.folder / "service.json").write_text(json.dumps(sections), encoding="utf-8")

    def register(self, serial, fn_days=400, read_before=timedelta(), fn=None, **changes):
        """Writes the health of a register, with `changes` in it. `None` is unknown; a dictionary changes a nested one."""
        file = json.loads((SAMPLES / f"{serial}.json").read_text(encoding="utf-8"))
        now = datetime.now()
        file["read_at"] = moment(now - read_before)
        file["fn_serial"] = fn or file["fn_serial"]
        health = file["health"]
        health.update(healthy(now, fn_days))
        for key, value in changes.items():
            health[key] = health[key] | value if isinstance(value, dict) else value
        self._write(serial, file)

    def forget(self, serial):
        (self.folder / f"metrics/{serial}.json").unlink()

    def getad(self, *arguments, code=0):
        """What the program prints; raises when its exit code is not `code`."""
        ran = self.try_getad(*arguments)
        if ran.returncode != code:
            raise Failure(f"getad {arguments}: exit code {ran.returncode}\n{ran.stdout}{ran.stderr}")
        return ran.stdout

    def try_getad(self, *arguments):
        return subprocess.run([self.program, "--home", self.folder, "--lang", "en", *arguments], capture_output=True, text=True,
                              timeout=30, check=False, stdin=subprocess.DEVNULL)

    def _write(self, serial, file):
        path = self.folder / f"metrics/{serial}.json"
        whole = path.with_suffix(".new")
        whole.write_text(json.dumps(file, ensure_ascii=False), encoding="utf-8")
        whole.rename(path)


def healthy(now, fn_days):
    """Values of every brand with which nothing is wrong."""
    end = datetime(now.year, now.month, now.day) + timedelta(days=fn_days)
    return {
        "fn_days_left": fn_days, "fn_valid_until": moment(end), "fn_need_replacement": False,
        "fn_resource_exhausted": False, "fn_memory_overflow": False, "ofd_unsent_count": 0, "ofd_first_unsent_at": None,
        "ofd_first_unsent_age_days": None, "paper_present": True, "paper_near_end": False, "cover_opened": False,
        "shift_state": "opened", "clock_at": moment(now), "clock_skew_seconds": 2,
    }


def moment(time):
    return time.strftime("%Y-%m-%d %H:%M:%S")
