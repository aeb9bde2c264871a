"""Every alert of config/prometheus/getad.rules.yml fires when it should, alone, and not just before that.

`promtool test rules` evaluates the rules on series made here. Time starts at 0 there, so what happened "before" has a
negative timestamp.
"""

import json
import re
import subprocess
from pathlib import Path

from daemons import Failure

RULES = Path(__file__).resolve().parents[2] / "config/prometheus/getad.rules.yml"
DAY = 86400
# Seconds between two samples and two evaluations: the longest with which Prometheus takes a series for alive.
STEP = 240
SOON, HOUR = 2, 15
TILL = {"instance": "till-1", "job": "getad"}
KKT = {**TILL, "brand": "atol", "serial": "A1"}

# A register with nothing wrong, read and written down all the time. A value is one for all steps, or promtool's notation.
HEALTHY = {
    "getad_info": (TILL, 1),
    "getad_generated_timestamp_seconds": (TILL, "0+240x{steps}"),
    "getad_registers": (TILL, 1),
    "getad_unreadable_files": (TILL, 0),
    "getad_kkt_info": ({**KKT, "fn": "99"}, 1),
    "getad_kkt_read_timestamp_seconds": (KKT, "0+240x{steps}"),
    "getad_kkt_fn_remaining_seconds": (KKT, 31 * DAY),
    "getad_kkt_fn_need_replacement": (KKT, 0),
    "getad_kkt_fn_resource_exhausted": (KKT, 0),
    "getad_kkt_fn_memory_overflow": (KKT, 0),
    "getad_kkt_fn_critical_error": (KKT, 0),
    "getad_kkt_ofd_unsent_documents": (KKT, 0),
    "getad_kkt_paper_present": (KKT, 1),
    "getad_kkt_paper_near_end": (KKT, 0),
    "getad_kkt_cover_opened": (KKT, 0),
    "getad_kkt_shift_state": ({**KKT, "state": "expired"}, 0),
    "getad_kkt_clock_skew_seconds": (KKT, -300),
    "getad_kkt_error": ({**KKT, "flag": "rtc_fault"}, 0),
    "getad_kkt_last_error_info": ({**KKT, "source": "ofd", "text": " Нет ошибок "}, 1),
}


def kkt(name, value, **labels):
    return {f"getad_kkt_{name}": ({**KKT, **labels}, value)}


def days(count):
    return kkt("fn_remaining_seconds", count * DAY)


def unsent(age, count=1):
    return {**kkt("ofd_unsent_documents", count), **kkt("ofd_first_unsent_age_seconds", age * DAY)}


def error(flag):
    return kkt("error", 1, flag=flag)


def trouble(source, text):
    return kkt("last_error_info", 1, source=source, text=text)


# The last sample is that of half an hour.
GONE_CLOCK = "0+240x7 stale"


def off():
    """A computer that is switched off after half an hour."""
    return {name: (labels, GONE_CLOCK if "timestamp" in name else f"{value}x7 stale")
            for name, (labels, value) in HEALTHY.items()}


# What is unlike a healthy register, after how many steps one looks, and which alerts fire then. An alert that is missing
# on the right did not fire.
CASES = [
    ({}, SOON, []),
    (days(30), SOON, ["GetadFnEndsIn30Days"]),
    (days(11), SOON, ["GetadFnEndsIn30Days"]),
    (days(10), SOON, ["GetadFnEndsIn10Days"]),
    (days(4), SOON, ["GetadFnEndsIn10Days"]),
    (days(3), SOON, ["GetadFnEndsIn3Days"]),
    (days(0), SOON, ["GetadFnEndsIn3Days"]),
    (days(-1), SOON, ["GetadFnExpired"]),
    # Nobody writes the file any more: the days go by all the same.
    ({**days(31), "getad_generated_timestamp_seconds": (TILL, 0)}, 25 * HOUR, ["GetadFnEndsIn30Days"]),
    ({**days(31), "getad_generated_timestamp_seconds": (TILL, 0)}, 23 * HOUR, []),
    (kkt("fn_critical_error", 1), SOON, ["GetadFnCriticalError"]),
    (kkt("fn_need_replacement", 1), SOON, ["GetadFnNeedReplacement"]),
    ({**kkt("fn_need_replacement", 1), **days(-1)}, SOON, ["GetadFnExpired"]),
    (kkt("fn_resource_exhausted", 1), SOON, ["GetadFnResourceExhausted"]),
    ({**kkt("fn_resource_exhausted", 1), **kkt("fn_need_replacement", 1)}, SOON, ["GetadFnNeedReplacement"]),
    (kkt("fn_memory_overflow", 1), SOON, ["GetadFnMemoryOverflow"]),
    (unsent(0), SOON, []),
    (unsent(1), SOON, ["GetadUnsentFor1Day"]),
    (unsent(4), SOON, ["GetadUnsentFor1Day"]),
    (unsent(5), SOON, ["GetadUnsentFor5Days"]),
    (unsent(24), SOON, ["GetadUnsentFor5Days"]),
    (unsent(25), SOON, ["GetadUnsentFor25Days"]),
    (unsent(25, count=0), SOON, []),
    (trouble("network", "Нет соединения с сервером"), SOON, ["GetadExchangeError"]),
    (trouble("fn", ""), SOON, []),
    (trouble("fn", "ok"), SOON, []),
    (trouble("ofd", "Нет ошибок в ФН, но ФН не отвечает"), SOON, ["GetadExchangeError"]),
    (kkt("paper_present", 0), SOON, ["GetadNoPaper"]),
    (kkt("paper_near_end", 1), SOON, ["GetadPaperNearEnd"]),
    ({**kkt("paper_near_end", 1), **kkt("paper_present", 0)}, SOON, ["GetadNoPaper"]),
    (kkt("cover_opened", 1), SOON, ["GetadCoverOpened"]),
    (kkt("shift_state", 1, state="opened"), SOON, []),
    (kkt("shift_state", 1, state="expired"), SOON, ["GetadShiftExpired"]),
    (error("fn_fault"), SOON, ["GetadFatalError"]),
    (error("hard_fault"), SOON, ["GetadFatalError"]),
    (error("wait_for_reboot"), SOON, ["GetadError"]),
    (kkt("clock_skew_seconds", 301), SOON, ["GetadClockSkew"]),
    (kkt("clock_skew_seconds", -301), SOON, ["GetadClockSkew"]),
    ({**kkt("clock_skew_seconds", 90000), **error("rtc_fault")}, SOON, ["GetadFatalError"]),
    (kkt("read_timestamp_seconds", 0), 49 * HOUR, ["GetadRegisterStale"]),
    (kkt("read_timestamp_seconds", 0), 47 * HOUR, []),
    (kkt("read_timestamp_seconds", GONE_CLOCK), HOUR, ["GetadRegisterGone"]),
    # The whole computer is off: nothing for two days, then one alert for it and one for its register.
    (off(), HOUR, []),
    (off(), 49 * HOUR, ["GetadNoData", "GetadRegisterStale"]),
    ({"getad_unreadable_files": (TILL, 1)}, SOON, ["GetadUnreadableFiles"]),
]

# Annotations are told whole for these.
TOLD = {
    "GetadFnEndsIn10Days": (days(4), {
        "summary": "Касса A1 (till-1): истекает срок ФН, осталось 4 дн.", "description": "Требуется замена ФН."}),
    "GetadRegisterStale": (kkt("read_timestamp_seconds", -2 * DAY), {
        "summary": "Касса A1 (till-1): нет свежих данных",
        "description": "Последний раз прочитана 2d 0h 8m 0s назад. Выполните getad probe и смотрите, что он скажет."}),
}


def check(folder):
    """Runs all cases; raises with what promtool says of those that fail."""
    expect_every_alert()
    tests = [fires_alone(*case) for case in CASES] + [a_new_fn()] + [tells(*case) for case in TOLD.items()]
    path = folder / "getad.rules.test.yml"  # JSON is YAML too
    path.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": f"{STEP}s", "tests": tests}))
    ran = subprocess.run(["promtool", "test", "rules", path], capture_output=True, text=True, timeout=60, check=False)
    if ran.returncode:
        raise Failure(f"promtool test rules:\n{ran.stdout}{ran.stderr}")
    return len(tests)


def expect_every_alert():
    defined = set(re.findall(r"alert: (\w+)", RULES.read_text(encoding="utf-8")))
    fired = {alert for _, _, alerts in CASES for alert in alerts} | {"GetadFnChanged"}
    if defined != fired:
        raise Failure(f"alerts without a case, or cases without an alert: {defined ^ fired}")


def fires_alone(changes, steps, alerts):
    return {"interval": f"{STEP}s", "input_series": series(changes, steps), "promql_expr_test": [firing(steps, alerts)]}


def firing(steps, alerts):
    return {"expr": 'count by (alertname) (ALERTS{alertstate="firing"})', "eval_time": f"{steps * STEP}s",
            "exp_samples": [{"labels": f'{{alertname="{alert}"}}', "value": 1} for alert in alerts]}


def a_new_fn():
    """An hour with one FN, then another: told for a day, then no longer."""
    old, new = ({**KKT, "fn": number} for number in ("98", "99"))
    steps = 26 * HOUR
    inputs = [*series({"getad_kkt_info": (old, f"1x{HOUR - 1} stale")}, steps),
              notation("getad_kkt_info", new, f"_x{HOUR} 1x{steps}")]
    looks = [firing(HOUR - 1, []), firing(HOUR + SOON, ["GetadFnChanged"]), firing(24 * HOUR, ["GetadFnChanged"]),
             firing(steps, [])]
    return {"interval": f"{STEP}s", "input_series": inputs, "promql_expr_test": looks}


def tells(alert, case):
    changes, annotations = case
    return {"interval": f"{STEP}s", "input_series": series(changes, SOON), "alert_rule_test": [{
        "eval_time": f"{SOON * STEP}s", "alertname": alert,
        "exp_alerts": [{"exp_labels": {**KKT, "severity": "warning"}, "exp_annotations": annotations}]}]}


def series(changes, steps):
    """A healthy register with changes. What differs in a label (another flag, another text) stands beside the healthy one."""
    kept = {name: state for name, state in HEALTHY.items()
            if name not in changes or (changes[name][0] != state[0] and name != "getad_kkt_info")}
    return [notation(name, labels, value, steps) for name, (labels, value) in [*kept.items(), *changes.items()]]


def notation(name, labels, value, steps=0):
    listed = ",".join(f"{label}={json.dumps(text, ensure_ascii=False)}" for label, text in labels.items())
    values = value.format(steps=steps) if isinstance(value, str) else f"{value}x{steps}"
    return {"series": f"{name}{{{listed}}}", "values": values}
