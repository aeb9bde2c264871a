"""getad pushes the health to a Zabbix server that has its template: values, discovery, triggers that fire and clear."""

from datetime import timedelta

from daemons import Failure, wait
from home import ATOL, MITSU, ROOT, Home

TEMPLATE = ROOT / "config/zabbix/template_getad.yaml"
HOST = "till-1"
WARNING, AVERAGE, HIGH, DISASTER, INFO = 2, 3, 4, 5, 1

# What the server shows of the register; `None` has no value, as the register did not say or it is no business of its brand.
SHOWN = {
    ATOL: {
        "fn_days_left": "400", "fn": "7380440700067159", "fn_need_replacement": "0", "fn_critical_error": "0",
        "ofd_unsent_count": "0", "ofd_first_unsent_age_days": "0", "ofd_first_unsent_at": None,
        "ofd_exchange_status": "Соединение не установлено", "last_error_ofd": "", "last_error_document": None,
        "shift_state_code": "1", "shift_number": "117", "paper_present": "1", "cover_opened": "0", "clock_skew_seconds": "2",
        "uptime_seconds": "86400", "errors_raised": "0", "error_fn_fault": "0", "error_printer_fault": None,
        "model": "АТОЛ 22 v2 Ф", "brand": "atol", "organization": 'ООО "Ромашка"', "firmware": "5.8.20",
        "link": "com:COM3@115200", "ffd_version": "120", "taxation_types": "УСН доход", "agent_sign": "Не агент",
        "service": "1", "bso": "0", "payments_address": "Зал № 1", "machine_number": None, "present": "1",
    },
    MITSU: {
        "fn_days_left": "400", "fn": "9999078902014447", "fn_critical_error": None, "ofd_exchange_status": None,
        "last_error_ofd": None, "error_fn_fault": None, "error_printer_fault": "0", "brand": "mitsu", "present": "1",
        "agent_sign": None,
    },
}

# Rounds of things that are wrong at the same time, with the problem that comes of each, and its severity.
ROUNDS = [
    [({"fn_days": 30}, "Истекает срок ФН", WARNING),
     ({"fn_critical_error": True}, "Критическая ошибка ФН", DISASTER),
     ({"ofd_unsent_count": 2, "ofd_first_unsent_age_days": 1}, "Чеки не уходят в ОФД 1 дн. и более", AVERAGE),
     ({"last_error": {"network": 'Нет соединения с "ofd.example"\nпорт'}}, "Проблема со связью с ОФД: ошибка сети", WARNING),
     ({"paper_present": False}, "Кончилась лента", HIGH),
     ({"errors": {"fn_fault": True}}, "Фатальная ошибка ФН", DISASTER)],
    [({"fn_days": 10}, "Истекает срок ФН. Требуется замена!", AVERAGE),
     ({"fn_need_replacement": True}, "Требуется срочная замена ФН (требование ККТ)", HIGH),
     ({"ofd_unsent_count": 2, "ofd_first_unsent_age_days": 5}, "Чеки не уходят в ОФД 5 дн. и более", HIGH),
     ({"last_error": {"ofd": "Ошибка 14"}}, "Ошибка ОФД", WARNING),
     ({"paper_near_end": True}, "Заканчивается лента", WARNING),
     ({"errors": {"wait_for_reboot": True}}, "Требуется перезагрузка ККТ", WARNING)],
    [({"fn_days": 3}, "Заканчивается срок ФН! Срочно замените ФН!", HIGH),
     ({"fn_resource_exhausted": True}, "Исчерпан ресурс ФН", WARNING),
     ({"ofd_unsent_count": 2, "ofd_first_unsent_age_days": 25}, "Чеки не уходят в ОФД 25 дн. и более", DISASTER),
     ({"last_error": {"fn": "Неверный ФН"}}, "Ошибка ФН при обмене с ОФД", WARNING),
     ({"cover_opened": True}, "Крышка ККТ открыта", WARNING),
     ({"clock_skew_seconds": -301}, "Часы ККТ расходятся с часами компьютера", WARNING)],
    [({"fn_days": -1}, "Срок ФН истёк", DISASTER),
     ({"fn_memory_overflow": True}, "Память ФН переполнена", AVERAGE),
     ({"shift_state": "expired"}, "Смена открыта больше 24 часов", AVERAGE),
     ({"read_before": timedelta(hours=49)}, "Нет свежих данных с кассы", WARNING),
     ({"errors": {"rtc_fault": True}}, "Ошибка часов реального времени", HIGH)],
]

# Nothing is wrong, although much stands on the edge of it.
HARMLESS = [
    {"fn_days": 31, "read_before": timedelta(hours=47), "clock_skew_seconds": 300},
    {"last_error": {"ofd": "Нет ошибок ", "network": "OK"}},
    {"ofd_unsent_count": 500, "ofd_first_unsent_age_days": 0, "ofd_exchange_status": 3},
]


def test(zabbix, server, folder):
    home = Home(folder / "push")
    home.configure(zabbix={"server": f"127.0.0.1:{server.trapper_port}", "host": HOST})
    zabbix.import_file(TEMPLATE)
    zabbix.import_file(TEMPLATE)
    expect_dashboard(zabbix)
    # Values that do not change are stored once a second instead of once a day, so that a changed FN is soon confirmed.
    zabbix.create_host(HOST, "getad", {"{$GETAD.HEARTBEAT}": "1s"})
    home.register(ATOL)
    home.register(MITSU, last_error=None)
    discover(zabbix, home)
    expect_shown(zabbix, home)
    for faults in ROUNDS:
        home.register(ATOL, **{key: value for changes, _, _ in faults for key, value in changes.items()})
        expect_problems(zabbix, home, {problem: severity for _, problem, severity in faults})
        home.register(ATOL)
        expect_problems(zabbix, home, {})
    for changes in HARMLESS:
        nothing_but_the_cover(zabbix, home, changes)
    worse_and_worse(zabbix, home)
    what_is_unknown_changes_nothing(zabbix, home)
    a_new_fn(zabbix, home)
    a_damaged_file(zabbix, home)
    gone_and_back(zabbix, home)
    silence(zabbix)


def discover(zabbix, home):
    """A host that was made just now is unknown to the server for a second."""
    wait(lambda: home.try_getad("metrics", "--push").returncode == 0, 20, f"the server takes values of {HOST}")
    for serial in (ATOL, MITSU):
        wait(lambda serial=serial: f"getad.kkt.fn[{serial}]" in zabbix.items(HOST), 20, f"{serial} is discovered")


def push(home, code=0):
    home.getad("metrics", "--push", code=code)


def expect_taken(zabbix, home):
    """Pushes, and waits until what was pushed is what the server has."""
    push(home)
    reading = f"getad.kkt.read_at[{ATOL}]"
    document = home.getad("metrics", "--format", "zabbix", "--serial", ATOL)
    wait(lambda: f'"read_at":"{zabbix.value(HOST, reading)}"' in document, 20, "the server has the last reading")


def expect_shown(zabbix, home):
    """Items that discovery made have no value of the document that made them, only of a later one."""
    def differing():
        push(home)
        items = zabbix.items(HOST)
        shown = lambda key: items[key]["lastvalue"] if items[key]["lastclock"] != "0" else None
        return [(key, value, shown(f"getad.kkt.{key}[{serial}]")) for serial, values in SHOWN.items()
                for key, value in values.items() if shown(f"getad.kkt.{key}[{serial}]") != value]

    try:
        wait(lambda: not differing(), 20, "all values are there")
    except Failure:
        raise Failure(f"item, expected, shown: {differing()}") from None
    unsupported = {key: item["error"] for key, item in zabbix.items(HOST).items() if item["state"] != "0"}
    unknown = {trigger["description"]: trigger["error"] for trigger in zabbix.triggers(HOST) if trigger["state"] != "0"}
    expect("items and triggers that do not work", {**unsupported, **unknown}, {})
    expect("numbers for all", [zabbix.value(HOST, f"getad.{key}") for key in ("registers", "fn_days_left", "ofd_unsent_count")],
           ["2", "400", "0"])
    expect("text of a state", zabbix.items(HOST)[f"getad.kkt.shift_state_code[{ATOL}]"]["valuemap"]["mappings"][1]["newvalue"],
           "Открыта")


def expect_dashboard(zabbix):
    for template in ("getad", "getad by Zabbix agent"):
        found = zabbix.call("templatedashboard.get", templateids=zabbix.template_id(template), selectPages="extend", output="extend")
        kinds = sorted(widget["type"] for dashboard in found for page in dashboard["pages"] for widget in page["widgets"])
        expect(f"widgets of {template}", kinds, ["graphprototype"] * 2 + ["item"] * 4)


def expect_problems(zabbix, home, problems, serial=ATOL):
    """Pushes once; then the problems are these."""
    push(home)
    expected = {f"Касса {serial}: {name}": severity for name, severity in problems.items()}
    expect_open(zabbix, HOST, expected)


def expect_open(zabbix, host, expected, seconds=20):
    """The problems, and no others, are open soon."""
    try:
        wait(lambda: zabbix.problems(host) == expected, seconds, "the problems are as expected")
    except Failure:
        raise Failure(f"expected problems: {expected}\nopen: {zabbix.problems(host)}") from None


def nothing_but_the_cover(zabbix, home, changes):
    """A problem that comes later shows that those which should not come had their time."""
    home.register(ATOL, **changes)
    expect_taken(zabbix, home)
    home.register(ATOL, **changes, cover_opened=True)
    expect_problems(zabbix, home, {"Крышка ККТ открыта": WARNING})
    home.register(ATOL)
    expect_problems(zabbix, home, {})


def worse_and_worse(zabbix, home):
    """What is less bad is not told beside something worse of its kind. What was told before stays as long as that."""
    no_paper, warned = {"Кончилась лента": HIGH}, {"Истекает срок ФН. Требуется замена!": AVERAGE}
    home.register(ATOL, paper_present=False, fn_days=10)
    expect_problems(zabbix, home, {**no_paper, **warned})
    home.register(ATOL, paper_present=False, paper_near_end=True, fn_days=-3)
    expect_taken(zabbix, home)
    expect_problems(zabbix, home, {**no_paper, **warned, "Срок ФН истёк": DISASTER})
    home.register(ATOL)
    # The dependent one is looked at again with a later value.
    wait(lambda: (push(home), zabbix.problems(HOST))[1] == {}, 15, "all problems clear")


def what_is_unknown_changes_nothing(zabbix, home):
    home.register(ATOL, cover_opened=True, errors={"fn_fault": True})
    problems = {"Крышка ККТ открыта": WARNING, "Фатальная ошибка ФН": DISASTER}
    expect_problems(zabbix, home, problems)
    unknown = {"cover_opened": None, "errors": None, "fn_valid_until": None, "fn_days_left": None, "shift_state": None}
    home.register(ATOL, **unknown)
    expect_taken(zabbix, home)
    home.register(ATOL, **unknown, paper_near_end=True)
    expect_problems(zabbix, home, {**problems, "Заканчивается лента": WARNING})
    expect("days of the FN, last known", zabbix.value(HOST, f"getad.kkt.fn_days_left[{ATOL}]"), "400")
    home.register(ATOL)
    expect_problems(zabbix, home, {})


def a_new_fn(zabbix, home):
    home.register(ATOL, fn="7380440700067160")
    expect_problems(zabbix, home, {"Изменился серийный номер ФН": INFO})
    wait(lambda: (push(home), zabbix.problems(HOST))[1] == {}, 15, "the new FN is confirmed")


def a_damaged_file(zabbix, home):
    """The others still arrive, and it is said."""
    (home.folder / "metrics/1.json").write_text("{")
    push(home, code=5)
    expect_open(zabbix, HOST, {"Файлы getad с данными касс повреждены": WARNING})
    home.forget("1")
    expect_problems(zabbix, home, {})


def gone_and_back(zabbix, home):
    home.forget(MITSU)
    expect_problems(zabbix, home, {"Кассы больше нет в данных": AVERAGE}, MITSU)
    home.register(MITSU, last_error=None)
    expect_problems(zabbix, home, {}, MITSU)


def silence(zabbix):
    """The server notices by its own clock, at half minutes, when nothing has come for some time."""
    macros = zabbix.call("host.get", hostids=zabbix.host_id(HOST), selectMacros=["macro", "value"])[0]["macros"]
    zabbix.call("host.update", hostid=zabbix.host_id(HOST), macros=[*macros, {"macro": "{$GETAD.NODATA}", "value": "5s"}])
    wait(lambda: zabbix.problems(HOST) == {"Нет данных от getad": AVERAGE}, 75, "silence is noticed")


def expect(what, actual, expected):
    if actual != expected:
        raise Failure(f"{what}: expected {expected}, got {actual}")
