"""A real agent asks getad by the shipped file of UserParameters, and the template for agents shows what it says."""

import json
import subprocess

from daemons import Failure, wait
from home import ATOL, ROOT, Home
from zabbix_push import TEMPLATE, expect_open

PARAMETERS = ROOT / "config/zabbix/getad.conf"
HOST, TEMPLATE_NAME = "till-agent", "getad by Zabbix agent"
CRITICAL = f"Касса {ATOL}: Критическая ошибка ФН"


def test(zabbix, server, folder):
    home = Home(folder / "agent")
    home.register(ATOL)
    zabbix.import_file(TEMPLATE)
    zabbix.create_host(HOST, TEMPLATE_NAME, {"{$GETAD.INTERVAL}": "1s"})
    wait(lambda: zabbix.knows_active_check(HOST, "getad.json"), 20, "the server tells the agent what to check")
    port = server.start_agent(HOST, linux_parameters(home, folder))
    expect_answers(home, port)
    expect_value(zabbix, f"getad.kkt.fn_days_left[{ATOL}]", "400")
    expect_value(zabbix, f"getad.kkt.organization[{ATOL}]", 'ООО "Ромашка"')
    home.register(ATOL, fn_critical_error=True)
    expect_open(zabbix, HOST, {CRITICAL: 5}, 30)
    home.register(ATOL)
    expect_open(zabbix, HOST, {}, 30)
    # A damaged file is complained about on stderr, which must not get into the value.
    (home.folder / "metrics/1.json").write_text("{")
    expect_value(zabbix, "getad.unreadable_files", "1")


def linux_parameters(home, folder):
    """The shipped file with the changes that its own comment asks for on Linux, and this home folder."""
    text = PARAMETERS.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("UserParameter=")]
    if not lines or not all(line.endswith(" 2>nul") for line in lines):
        raise Failure(f"{PARAMETERS}: a UserParameter lets stderr through")
    program = f"{home.program} --home {home.folder}"
    path = folder / "userparameters.conf"
    path.write_text(text.replace(r"C:\getad\getad.exe", program).replace(" 2>nul", " 2>/dev/null"))
    return path


def expect_answers(home, port):
    """What the agent hands out for each key is what getad prints."""
    asked = {
        "getad.discovery": ("--discovery",),
        f"getad.register[{ATOL}]": ("--format", "zabbix", "--serial", ATOL),
        f"getad.legacy[{ATOL}]": ("--format", "zabbix-legacy", "--serial", ATOL),
    }
    for key, arguments in asked.items():
        told = json.loads(agent_says(port, key))
        printed = json.loads(home.getad("metrics", *arguments))
        if timeless(told) != timeless(printed):
            raise Failure(f"{key}: {told}\ninstead of {printed}")


def agent_says(port, key):
    """A passive check, by Zabbix's own client."""
    ran = subprocess.run(["zabbix_get", "-s", "127.0.0.1", "-p", str(port), "-k", key], capture_output=True, text=True,
                         timeout=20, check=False)
    if ran.returncode or ran.stdout.startswith("ZBX_NOTSUPPORTED"):
        raise Failure(f"zabbix_get {key}: {ran.stdout}{ran.stderr}")
    return ran.stdout


def timeless(document):
    """Without what changes from second to second."""
    if isinstance(document, list):
        return [timeless(part) for part in document]
    if isinstance(document, dict):
        return {key: timeless(part) for key, part in document.items()
                if key not in ("generated_at", "age_seconds", "oldest_age_seconds")}
    return document


def expect_value(zabbix, key, value):
    wait(lambda: zabbix.value(HOST, key) == value, 30, f"{key} is {value}")
