"""A real Prometheus scrapes the text file that getad writes, through a real node_exporter, and evaluates the shipped rules."""

import json
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from daemons import Failure, wait
from home import ATOL, MITSU, ROOT, Home

RULES = ROOT / "config/prometheus/getad.rules.yml"
DASHBOARD = ROOT / "config/prometheus/grafana-dashboard.json"
# Loopback is never reached by a proxy that the environment names.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))

CONFIGURATION = """\
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [{rules}]
scrape_configs:
  - job_name: getad
    static_configs: [{{targets: ['127.0.0.1:{exporter}']}}]
"""

# Metrics of the healthy register, without `getad_kkt_`.
SHOWN = {
    "fn_remaining_seconds": 400 * 86400, "fn_critical_error": 0, "ofd_unsent_documents": 0, "paper_present": 1,
    "cover_opened": 0, "clock_skew_seconds": 2, "shift_number": 117,
}
UNKNOWN = ["ofd_first_unsent_age_seconds", "last_error_info"]
SICK = {"fn_days": 8, "ofd_unsent_count": 3, "ofd_first_unsent_age_days": 25, "cover_opened": True, "paper_present": False,
        "shift_state": "expired", "errors": {"fn_fault": True}, "last_error": {"ofd": 'Отказ "14" \\ нет\nсвязи'}}
ALERTS = {"GetadFnEndsIn10Days", "GetadUnsentFor25Days", "GetadCoverOpened", "GetadNoPaper", "GetadShiftExpired",
          "GetadFatalError", "GetadExchangeError"}


def test(daemons):
    folder = daemons.folder / "prometheus"
    home = Home(folder / "home")
    (folder / "textfile").mkdir()
    home.configure(prometheus={"textfile": str(folder / "textfile/getad.prom")})
    home.register(ATOL)
    home.register(MITSU, last_error=None)
    home.getad("metrics")
    check_with_promtool(home, folder)
    exporter = daemons.start_on_a_port("node_exporter", lambda port: [
        "prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile",
        f"--collector.textfile.directory={folder}/textfile", f"--web.listen-address=127.0.0.1:{port}"], privileged=True)
    server = Prometheus(daemons, folder, exporter)
    wait(lambda: server.values("getad_kkt_read_timestamp_seconds"), 30, "Prometheus has scraped")
    expect_shown(server)
    wait(lambda: server.values("getad:kkt_fn_days_left") == {ATOL: 400, MITSU: 400}, 20, "the rules are evaluated")
    expect_alerts(server, set())
    home.register(ATOL, **SICK)
    home.getad("metrics")
    expect_alerts(server, ALERTS)
    expect_text(server)
    expect_dashboard(server)
    home.register(ATOL)
    home.getad("metrics")
    expect_alerts(server, set())


def check_with_promtool(home, folder):
    """The text, sick and healthy, and the rules: nothing to remark."""
    home.register(ATOL, **SICK)
    for text in (home.getad("metrics", "--format", "prometheus"), (folder / "textfile/getad.prom").read_text()):
        promtool("check", "metrics", text=text)
    promtool("check", "rules", RULES)
    home.register(ATOL)
    home.getad("metrics")


def promtool(*arguments, text=None):
    ran = subprocess.run(["promtool", *arguments], input=text, capture_output=True, text=True, timeout=60, check=False)
    if ran.returncode or ran.stderr:
        raise Failure(f"promtool {arguments}: {ran.stdout}{ran.stderr}")


class Prometheus:
    """A server that scrapes the exporter once a second."""

    def __init__(self, daemons, folder, exporter):
        configuration = folder / "prometheus.yml"
        configuration.write_text(CONFIGURATION.format(rules=RULES, exporter=exporter))
        self._port = daemons.start_on_a_port("prometheus", lambda port: [
            "prometheus", f"--config.file={configuration}", f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"], ready=answers, privileged=True)

    def query(self, expression):
        return self._ask("query", query=expression)["result"]

    def values(self, expression):
        """Value by serial number."""
        return {sample["metric"].get("serial"): float(sample["value"][1]) for sample in self.query(expression)}

    def alerts(self):
        return {alert["labels"]["alertname"] for alert in self._ask("alerts")["alerts"] if alert["state"] == "firing"}

    def rule_errors(self):
        groups = self._ask("rules")["groups"]
        return [(rule["name"], rule["lastError"]) for group in groups for rule in group["rules"] if rule.get("lastError")]

    def _ask(self, what, **parameters):
        address = f"http://127.0.0.1:{self._port}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        try:
            with OPENER.open(address, timeout=20) as answer:
                return json.loads(answer.read())["data"]
        except urllib.error.HTTPError as error:
            raise Failure(f"{what} {parameters}: {error.read().decode()}") from None


def answers(port):
    """It listens before it serves."""
    try:
        with OPENER.open(f"http://127.0.0.1:{port}/-/ready", timeout=5):
            return True
    except OSError:
        return False


def expect_shown(server):
    if server.query("node_textfile_scrape_error")[0]["value"][1] != "0":
        raise Failure("the exporter cannot read the text")
    shown = {name: server.values(f"getad_kkt_{name}").get(ATOL) for name in SHOWN}
    if shown != SHOWN:
        raise Failure(f"expected {SHOWN}, got {shown}")
    made_up = [name for name in UNKNOWN if server.values(f"getad_kkt_{name}")]
    if made_up:
        raise Failure(f"unknown, and yet there: {made_up}")


def expect_alerts(server, expected):
    try:
        wait(lambda: server.alerts() == expected, 30, "the alerts are as expected")
    except Failure:
        raise Failure(f"expected {expected}, got {server.alerts()}") from None
    if errors := server.rule_errors():
        raise Failure(f"rules that cannot be evaluated: {errors}")


def expect_text(server):
    """A text with everything that wants escaping arrives as it was."""
    texts = [sample["metric"]["text"] for sample in server.query("getad_kkt_last_error_info")]
    if texts != [SICK["last_error"]["ofd"]]:
        raise Failure(f"text of the error: {texts}")


def expect_dashboard(server):
    """Every query of the Grafana dashboard has a result when there are sick and healthy registers."""
    expressions = re.findall(r'"expr": "((?:[^"\\]|\\.)*)"', DASHBOARD.read_text(encoding="utf-8"))
    empty = [text for text in (json.loads(f'"{expression}"') for expression in expressions)
             if not server.query(text.replace("$instance", ".*").replace("$serial", ".*"))]
    if empty or len(expressions) < 5:
        raise Failure(f"queries of the dashboard without a result: {empty}")
