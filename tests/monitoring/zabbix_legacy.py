"""The unchanged template of the zabbix-atol script, fed with `--format zabbix-legacy` at the script's own path."""

import legacy_template
from daemons import Failure, wait
from home import ATOL, Home
from zabbix_push import expect, expect_open

HOST = "till-legacy"

# What the template shows of a healthy register: its own words, so far as they are right.
SHOWN = {
    "kkt.daysRemain": "400", "kkt.FNdeadline": "400", "kkt.SerNFN": "7380440700067159", "kkt.RegNKKT": ATOL,
    "kkt.models": "АТОЛ 22 v2 Ф", "kkt.ver.po": "5.8.20", "kkt.isCoverOpened": "Закрыта", "kkt.isPaperPresent": "Есть",
    "kkt.isPaperNearEnd": "Нет", "kkt.fnNeedReplacement": "Нет", "kkt.fnExhausted": "Нет", "kkt.fnMemoryOverflow": "false",
    "kkt.fnCriticalError": "Ошибок нет", "kkt.exchangeStatus": "Соединение установлено", "unsentCount": "0",
    "kkt.doc.fn.age": "0", "kkt.NomberShift": "117", "kkt.ErrFNDocumentNumber": "0", "kkt.ErrFNCommandCode": "0",
    "kkt.ErrFNOfdErrorText": "", "kkt.ErrRtcFault": "false", "kkt.ErrWaitForReboot": "Нет",
    "registrationNumber": "0000000001058375", "organizationName": 'ООО "Ромашка"', "organizationVATIN": "7700000000",
    "ofdVATIN": "7709364346", "taxationTypes": "2", "ffdVersion": "120", "kkt.DateTimeLastSendToOFD": "2026-11-22 11:20:05",
}
# The script gives these only when the register has them.
WITHOUT_VALUE = {"machineNumber"}

# Changes, and the problems that the template makes of them, all of them.
SICK = [
    ({"fn_days": 8, "ofd_unsent_count": 3, "ofd_first_unsent_age_days": 4}, {
        "Истекает срок ФН": 1, f"У {HOST} истекает срок ФН Требуется замена!": 3,
        "Заканчивается срок у ФН! Осталось менее 10 дней!": 2, "Чеки не уходят более 4": 5,
        "Есть не отправленные документы 3": 3}),
    ({"fn_need_replacement": True, "cover_opened": True, "paper_present": False, "paper_near_end": True,
      "ofd_exchange_status": 1, "last_error": {"document": 4711}}, {
        "Требуется срочная замена ФН! (Требование ККТ)": 5, "Крышка ККТ открыта!": 2, "В кассе кончилась лента!": 4,
        "В кассе заканчивается лента!": 2, "Проблема со связью с ОФД": 1, "Есть документы с ошибками": 1}),
]


def test(zabbix, server, folder):
    data = folder / "data.json"
    home = Home(folder / "legacy")
    home.configure(zabbix={"data_file": str(data), "data_format": "zabbix-legacy"})
    home.register(ATOL)
    home.getad("metrics")
    zabbix.import_text(legacy_template.xml(), "xml")
    zabbix.create_host(HOST, legacy_template.NAME, agent_interface=True)
    wait(lambda: zabbix.knows_active_check(HOST, legacy_template.MASTER), 20, "the server tells the agent what to check")
    agent_reads(server, folder, data)
    expect_shown(zabbix)
    expect("problems of a healthy register", zabbix.problems(HOST), {})
    for changes, problems in SICK:
        becomes(zabbix, home, data, problems, **changes)
        becomes(zabbix, home, data, {})
    # Nothing is known of the FN: nothing is made up of that. The script's 0 fired the worst of the triggers.
    unknown = {"fn_days_left": None, "fn_valid_until": None, "ofd_unsent_count": None}
    becomes(zabbix, home, data, {"Крышка ККТ открыта!": 2}, **unknown, cover_opened=True)


def agent_reads(server, folder, data):
    """The file lies at a path of Windows; an alias lets an agent on Linux find it under that name."""
    alias = folder / "alias.conf"
    alias.write_text(f"Alias={legacy_template.MASTER}:vfs.file.contents[{data},utf-8]\n")
    server.start_agent(HOST, alias)


def expect_shown(zabbix):
    def differing():
        return {key: zabbix.value(HOST, key) for key, value in SHOWN.items() if zabbix.value(HOST, key) != value}

    try:
        wait(lambda: not differing(), 30, "the agent has read the file")
    except Failure:
        raise Failure(f"shown otherwise: {differing()}") from None
    # What it asks of the computer (services, ping) is not there on Linux.
    unsupported = {key for key, item in zabbix.items(HOST).items() if item["state"] != "0" and item["type"] == "18"}
    expect("items of the file that do not work", unsupported, WITHOUT_VALUE)


def becomes(zabbix, home, data, problems, **changes):
    """The agent looks once an hour, so that what it would say is said in its place."""
    home.register(ATOL, **changes)
    home.getad("metrics")
    zabbix.send_as_agent(HOST, legacy_template.MASTER, data.read_text(encoding="utf-8"))
    expect_open(zabbix, HOST, problems)
