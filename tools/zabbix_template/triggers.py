"""When something is wrong. `{key}` in an expression stands for the item of that key, `{$...}` is a user macro.

Conditions that are harmless by themselves are silent while a worse one of the same kind holds: they depend on it.
"""

from dataclasses import dataclass

from items import ERRORS


@dataclass(frozen=True)
class Trigger:
    """Of a register, unless it is one of `HOST`."""

    id: str
    severity: str
    name: str
    expression: str
    depends: tuple = ()
    opdata: str = ""
    description: str = ""


# What registers say when there is no error.
NO_ERROR = '(?is)^\\s*(нет ошибок|ошибок нет|no error|ok)?\\s*$'

MACROS = {
    "{$GETAD.FN.DAYS.WARN}": ("30", "Дней до окончания ФН: пора готовить замену"),
    "{$GETAD.FN.DAYS.AVERAGE}": ("10", "Дней до окончания ФН: требуется замена"),
    "{$GETAD.FN.DAYS.HIGH}": ("3", "Дней до окончания ФН: требуется срочная замена"),
    "{$GETAD.UNSENT.DAYS.AVERAGE}": ("1", "Возраст не отправленного документа, дней"),
    "{$GETAD.UNSENT.DAYS.HIGH}": ("5", "Возраст не отправленного документа, дней"),
    "{$GETAD.UNSENT.DAYS.DISASTER}": ("25", "Возраст не отправленного документа, дней; на 30-й ККТ блокируется"),
    "{$GETAD.CLOCK.SKEW}": ("300", "Допустимое расхождение часов ККТ и компьютера, секунд"),
    "{$GETAD.AGE.MAX}": ("2d", "Возраст данных кассы, с которого они считаются устаревшими"),
    "{$GETAD.NODATA}": ("2d", "Время без данных от getad"),
    "{$GETAD.ERROR.NONE}": (NO_ERROR, "Регулярное выражение: такой текст ошибки означает, что ошибки нет"),
    "{$GETAD.HEARTBEAT}": ("1d", "Как часто сохранять значения, которые не меняются"),
    "{$GETAD.LIFETIME}": ("7d", "Через сколько удалять элементы кассы, которой больше нет в данных"),
}
AGENT_MACROS = {"{$GETAD.INTERVAL}": ("10m", "Как часто агент спрашивает getad")}


def of(macro):
    """A macro that may be given for one register alone: `{$MACRO:"serial"}`."""
    return f'{{${macro}:"{{#SERIAL}}"}}'


def fn(id, severity, what, depends=()):
    days = of(f"GETAD.FN.DAYS.{id.upper()}")
    return Trigger(f"fn_days_{id}", severity, what, f"last({{fn_days_left}})<={days}", depends,
                   "Осталось {ITEM.LASTVALUE1}")


def unsent(id, depends=()):
    days = of(f"GETAD.UNSENT.DAYS.{id.upper()}")
    return Trigger(f"unsent_{id}", id.upper(), f"Чеки не уходят в ОФД {days} дн. и более",
                   f"last({{ofd_first_unsent_age_days}})>={days}", depends, "Возраст первого: {ITEM.LASTVALUE1}")


def raised(id, severity, name, key, depends=(), value=1):
    return Trigger(id, severity, name, f"last({{{key}}})={value}", depends)


def reported(id, severity, name, key, depends=()):
    return Trigger(id, severity, name, f'find({{{key}}},,"regexp","{{$GETAD.ERROR.NONE}}")=0', depends, "{ITEM.LASTVALUE1}")


# Faults of the register after which it sells nothing, and others that only need care. All else is AVERAGE.
FLAG_SEVERITY = {
    "fn_fault": "DISASTER", "hard_fault": "DISASTER", "invalid_fn": "HIGH", "memory_manager_fault": "HIGH",
    "rtc_fault": "HIGH", "no_serial_number": "HIGH", "wait_for_reboot": "WARNING", "ofd_timeout": "WARNING",
}

REGISTER = [
    Trigger("fn_expired", "DISASTER", "Срок ФН истёк", "last({fn_days_left})<0", (), "Осталось {ITEM.LASTVALUE1}"),
    fn("high", "HIGH", "Заканчивается срок ФН! Срочно замените ФН!", ("fn_expired",)),
    fn("average", "AVERAGE", "Истекает срок ФН. Требуется замена!", ("fn_days_high",)),
    fn("warn", "WARNING", "Истекает срок ФН", ("fn_days_average",)),
    raised("fn_critical_error", "DISASTER", "Критическая ошибка ФН", "fn_critical_error"),
    raised("fn_need_replacement", "HIGH", "Требуется срочная замена ФН (требование ККТ)", "fn_need_replacement",
           ("fn_expired",)),
    raised("fn_resource_exhausted", "WARNING", "Исчерпан ресурс ФН", "fn_resource_exhausted", ("fn_need_replacement",)),
    raised("fn_memory_overflow", "AVERAGE", "Память ФН переполнена", "fn_memory_overflow"),
    Trigger("fn_changed", "INFO", "Изменился серийный номер ФН", "countunique({fn},#2)>1", (), "{ITEM.LASTVALUE1}",
            "Закрывается сам, когда новый номер подтверждён (см. {$GETAD.HEARTBEAT})."),
    unsent("disaster"),
    unsent("high", ("unsent_disaster",)),
    unsent("average", ("unsent_high",)),
    reported("error_network", "WARNING", "Проблема со связью с ОФД: ошибка сети", "last_error_network"),
    reported("error_ofd", "WARNING", "Ошибка ОФД", "last_error_ofd"),
    reported("error_fn", "WARNING", "Ошибка ФН при обмене с ОФД", "last_error_fn"),
    raised("paper_out", "HIGH", "Кончилась лента", "paper_present", value=0),
    raised("paper_low", "WARNING", "Заканчивается лента", "paper_near_end", ("paper_out",)),
    raised("cover", "WARNING", "Крышка ККТ открыта", "cover_opened"),
    raised("shift_expired", "AVERAGE", "Смена открыта больше 24 часов", "shift_state_code", value=2),
    *(raised(name, FLAG_SEVERITY.get(name, "AVERAGE"), text, f"error_{name}") for name, text in ERRORS.items()),
    Trigger("clock_skew", "WARNING", "Часы ККТ расходятся с часами компьютера",
            f"abs(last({{clock_skew_seconds}}))>{of('GETAD.CLOCK.SKEW')}", ("rtc_fault",), "{ITEM.LASTVALUE1}"),
    raised("gone", "AVERAGE", "Кассы больше нет в данных", "present", value=0),
    Trigger("stale", "WARNING", "Нет свежих данных с кассы", f"last({{age_seconds}})>{of('GETAD.AGE.MAX')}", ("gone",),
            "Возраст: {ITEM.LASTVALUE1}"),
]

HOST = [
    Trigger("nodata", "AVERAGE", "Нет данных от getad", "nodata({MASTER},{$GETAD.NODATA})=1"),
    Trigger("unreadable_files", "WARNING", "Файлы getad с данными касс повреждены", "last({unreadable_files})>0", (),
            "Файлов: {ITEM.LASTVALUE1}"),
]
