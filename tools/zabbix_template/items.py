"""What is taken out of the document that `getad metrics --format zabbix` prints, and under which name it is shown.

Names are the words that those who look after registers know. What is unknown (`null`, or a key that an older getad does
not write) leaves an item as it was: it is never a zero.
"""

from dataclasses import dataclass

# Unchanged values are stored this seldom.
HEARTBEAT = "{$GETAD.HEARTBEAT}"

YES_NO = "Да/Нет"
ALARM = "Ошибка"

VALUE_MAPS = {
    YES_NO: {"0": "Нет", "1": "Да"},
    ALARM: {"0": "Ошибок нет", "1": "Ошибка!"},
    "Бумага": {"0": "Закончилась", "1": "Есть"},
    "Мало бумаги": {"0": "Достаточно", "1": "Мало бумаги!"},
    "Крышка": {"0": "Закрыта", "1": "Открыта!"},
    "Смена": {"0": "Закрыта", "1": "Открыта", "2": "Открыта больше 24 часов!"},
    "Версия ФФД": {"100": "1.0", "105": "1.05", "110": "1.1", "120": "1.2"},
    "Данные": {"0": "Нет в данных", "1": "Есть в данных"},
}

# Texts of the bits of a number, from the lowest bit on, and of zero.
EXCHANGE = ("Соединение не установлено", [
    "Соединение установлено", "Есть сообщение для ОФД", "Ожидание сообщения от ОФД", "Есть команда от ОФД",
    "Изменились настройки соединения с ОФД", "Ожидание ответа на команду от ОФД"])
TAXATION = ("Не указаны", [
    "ОСН", "УСН доход", "УСН доход минус расход", "ЕНВД", "ЕСХН", "Патент"])
AGENT = ("Не агент", [
    "Банковский платёжный агент", "Банковский платёжный субагент", "Платёжный агент", "Платёжный субагент",
    "Поверенный", "Комиссионер", "Агент"])


@dataclass(frozen=True)
class Item:
    """One dependent item. `key` is also the name in the document unless `source` says otherwise."""

    key: str
    name: str
    kind: str
    component: str
    units: str = ""
    value_map: str = ""
    source: str = ""
    bits: tuple = ()
    description: str = ""


def flag(key, name, component, value_map=YES_NO):
    return Item(key, name, "flag", component, value_map=value_map)


FN = [
    Item("fn_days_left", "Осталось дней ФН", "number", "fn", "!дн.",
         description="Считается от даты окончания ФН на сегодня; отрицательное: срок истёк."),
    Item("fn_valid_until", "Срок действия ФН", "text", "fn"),
    Item("fn", "Серийный номер ФН", "text", "fn"),
    flag("fn_need_replacement", "Требуется срочная замена ФН", "fn"),
    flag("fn_resource_exhausted", "Исчерпан ресурс ФН", "fn"),
    flag("fn_memory_overflow", "Память ФН переполнена", "fn"),
    flag("fn_critical_error", "Критическая ошибка ФН", "fn", ALARM),
]

OFD = [
    Item("ofd_unsent_count", "Количество не отправленных документов", "number", "ofd", "!шт."),
    Item("ofd_first_unsent_at", "Дата первого не отправленного документа", "text", "ofd"),
    Item("ofd_first_unsent_age_days", "Возраст не отправленного документа в ФН", "age", "ofd", "!дн.",
         description="0, когда не отправленных документов нет. Через 30 дней ККТ блокируется."),
    Item("ofd_last_sent_at", "Последняя отправка в ОФД", "text", "ofd"),
    Item("ofd_exchange_status", "Статус информационного обмена с ОФД", "bits", "ofd", bits=EXCHANGE),
    flag("ofd_message_read", "Чтение сообщения от ОФД", "ofd"),
    Item("last_error_network", "Ошибка сети", "report", "ofd"),
    Item("last_error_ofd", "Ошибка ОФД", "report", "ofd"),
    Item("last_error_fn", "Ошибка ФН", "report", "ofd"),
    Item("last_error_document", "Номер документа, на котором произошла ошибка", "number", "ofd"),
    Item("last_error_command", "Команда ФН, на которой произошла ошибка", "number", "ofd"),
    Item("last_error_time", "Дата и время последнего успешного соединения с ОФД", "text", "ofd"),
]

STATE = [
    Item("shift_state_code", "Состояние смены", "number", "kkt", value_map="Смена"),
    Item("shift_number", "Номер смены", "number", "kkt"),
    Item("shift_changed_at", "Дата закрытия смены", "text", "kkt"),
    flag("paper_present", "Наличие бумаги", "kkt", "Бумага"),
    flag("paper_near_end", "Заканчивается ли бумага", "kkt", "Мало бумаги"),
    flag("cover_opened", "Состояние крышки", "kkt", "Крышка"),
    Item("uptime_seconds", "Время работы ККТ с включения", "number", "kkt", "uptime"),
    Item("clock_at", "Часы ККТ", "text", "kkt"),
    Item("clock_skew_seconds", "Расхождение часов ККТ и компьютера", "number", "kkt", "s"),
    Item("errors_raised", "Количество ошибок ККТ", "number", "errors"),
]

ERRORS = {
    "no_serial_number": "Не введён заводской номер ККТ",
    "rtc_fault": "Ошибка часов реального времени",
    "settings_fault": "Ошибка в настройках",
    "counters_fault": "Ошибка счётчиков",
    "user_memory_fault": "Ошибка пользовательской памяти",
    "service_counters_fault": "Ошибка сервисных регистров",
    "attributes_fault": "Ошибка реквизитов",
    "fn_fault": "Фатальная ошибка ФН",
    "invalid_fn": "Установлен ФН из другой ККТ",
    "hard_fault": "Фатальная аппаратная ошибка",
    "memory_manager_fault": "Ошибка диспетчера памяти",
    "scripts_fault": "Шаблоны повреждены или отсутствуют",
    "wait_for_reboot": "Требуется перезагрузка ККТ",
    "universal_counters_fault": "Ошибка универсальных счётчиков",
    "ofd_timeout": "ОФД не отвечает вовремя",
    "printer_offline": "Принтер не отвечает",
    "cutter_fault": "Застрял отрезчик",
    "printer_fault": "Ошибка принтера",
}

FLAGS = [flag(f"error_{name}", text, "errors", ALARM) for name, text in ERRORS.items()]

PASSPORT = [
    Item("serial", "Заводской номер ККТ", "text", "passport"),
    Item("brand", "Марка", "text", "passport"),
    Item("model", "Модель", "text", "passport"),
    Item("firmware", "Версия прошивки", "text", "passport"),
    Item("link", "Подключение", "text", "passport"),
    Item("rnm", "Регистрационный номер ККТ", "text", "passport"),
    Item("organization", "Название организации", "text", "passport"),
    Item("inn", "ИНН организации", "text", "passport"),
    Item("address", "Адрес расчётов", "text", "passport"),
    Item("payments_address", "Место расчётов", "text", "passport", source="registration_payments_address"),
    Item("email", "E-mail организации", "text", "passport", source="registration_organization_email"),
    Item("ofd", "Название ОФД", "text", "passport"),
    Item("ofd_inn", "ИНН ОФД", "text", "passport", source="registration_ofd_vatin"),
    Item("fns_url", "Адрес сайта ФНС", "text", "passport", source="registration_fns_url"),
    Item("machine_number", "Номер автомата", "text", "passport", source="registration_machine_number"),
    Item("ffd_version", "Версия ФФД", "number", "passport", value_map="Версия ФФД", source="registration_ffd_version"),
    Item("taxation_types", "Системы налогообложения", "bits", "passport", bits=TAXATION,
         source="registration_taxation_types"),
    Item("agent_sign", "Признак агента", "bits", "passport", bits=AGENT, source="registration_agent_sign"),
] + [
    Item(key, name, "flag", "passport", value_map=YES_NO, source=f"registration_{key}") for key, name in {
        "auto_mode": "Признак автоматического режима",
        "offline_mode": "Признак автономного режима",
        "encryption": "Признак шифрования",
        "internet": "Признак ККТ для расчётов в сети Интернет",
        "service": "Признак расчётов за услуги",
        "bso": "Признак АС БСО",
        "lottery": "Признак проведения лотереи",
        "gambling": "Признак проведения азартных игр",
        "excise": "Признак торговли подакцизными товарами",
        "machine_installation": "Признак установки принтера в автомате",
    }.items()
]

FRESHNESS = [
    Item("present", "Касса в данных", "present", "getad", value_map="Данные"),
    Item("read_at", "Время чтения кассы", "text", "getad"),
    Item("age_seconds", "Возраст данных кассы", "number", "getad", "s"),
]

# Of every register.
REGISTER = FN + OFD + STATE + FLAGS + PASSPORT + FRESHNESS

KNOWN_DAYS = '$.registers[?(@.fn_days_left =~ "^-?[0-9]+$")].fn_days_left.min()'
KNOWN_UNSENT = '$.registers[?(@.ofd_unsent_count =~ "^[0-9]+$")].ofd_unsent_count.sum()'

# Of the computer and all its registers; `source` is a whole JSONPath.
HOST = [
    Item("registers", "Количество касс", "number", "getad", source="$.registers_count"),
    Item("fn_days_left", "Осталось дней ФН, наименьшее по кассам", "number", "fn", "!дн.", source=KNOWN_DAYS),
    Item("ofd_unsent_count", "Не отправленных документов по всем кассам", "number", "ofd", "!шт.", source=KNOWN_UNSENT),
    Item("oldest_age_seconds", "Возраст самых старых данных", "number", "getad", "s", source="$.oldest_age_seconds"),
    Item("unreadable_files", "Повреждённых файлов с данными", "number", "getad", source="$.unreadable_files"),
    Item("version", "Версия getad", "text", "getad", source="$.version"),
    Item("generated_at", "Время формирования данных", "text", "getad", source="$.generated_at"),
    Item("hostname", "Имя компьютера", "text", "workstation", source="$.workstation.hostname"),
    Item("url_rms", "Адрес сервера RMS", "text", "workstation", source="$.workstation.url_rms"),
    Item("teamviewer_id", "TeamViewer ID", "text", "workstation", source="$.workstation.teamviewer_id"),
    Item("anydesk_id", "AnyDesk ID", "text", "workstation", source="$.workstation.anydesk_id"),
    Item("litemanager_id", "LiteManager ID", "text", "workstation", source="$.workstation.litemanager_id"),
    Item("uuid", "UUID рабочего места", "text", "workstation", source="$.workstation.uuid"),
]
