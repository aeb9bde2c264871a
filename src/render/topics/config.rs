//! `getad help config`: every key of both configuration files.

use super::Piece::{self, Entry, Heading, Text};

pub const PAGE: &[Piece] = &[
    Heading(("CONFIGURATION FILES", "ФАЙЛЫ НАСТРОЕК")),
    Text((
        "connect.json and service.json in the home folder. getad config init writes those that are missing, getad config \
         check finds mistakes, getad config show prints what is in effect. Numbers may be texts (\"115200\"), switches \
         true, 1 or \"1\". In brackets: the value of a missing key; -: none.",
        "connect.json и service.json в папке getad. getad config init создаёт недостающие, getad config check находит \
         ошибки, getad config show показывает, что действует. Числа могут быть текстом (\"115200\"), переключатели — \
         true, 1 или \"1\". В скобках — значение, если ключа нет; -: нет.",
    )),
    Heading(("connect.json", "connect.json")),
    Entry(
        "tcp_timeout",
        ("Seconds that the network may take to come up [30]", "Сколько секунд ждать появления сети [30]"),
    ),
    Entry(
        "probe_timeout",
        ("Seconds that one register may take [60]", "Сколько секунд даётся на одну ККТ [60]"),
    ),
    Entry("atol", ("List of ATOL registers [search]", "Список ККТ АТОЛ [поиск]")),
    Entry("mitsu", ("List of Mitsu registers [-]", "Список ККТ Mitsu [-]")),
    Entry("shtrih", ("Written by the Shtrih plugin", "Пишет плагин Штрих")),
    Entry(
        "type_connect",
        (
            "0 search, 1 serial port, 2 TCP, 3 USB (ATOL) or none (Mitsu); 0 and 3 count in the first entry only",
            "0 поиск, 1 COM-порт, 2 TCP, 3 USB (АТОЛ) или «нет» (Mitsu); 0 и 3 действуют только в первой записи",
        ),
    ),
    Entry("com_port", ("For type 1: \"COM4\"", "Для типа 1: \"COM4\"")),
    Entry("com_baudrate", ("Its speed [115200]", "Его скорость [115200]")),
    Entry("ip", ("For type 2: name or address", "Для типа 2: имя или адрес")),
    Entry("ip_port", ("Its TCP port [5555 ATOL, 8200 Mitsu]", "Порт TCP [5555 АТОЛ, 8200 Mitsu]")),
    Heading(("service.json: service", "service.json: service")),
    Entry(
        "log_level",
        ("debug, info, warning, error, off [info]", "debug, info, warning, error, off [info]"),
    ),
    Entry("log_days", ("Days that logs are kept [7]", "Сколько дней хранить журналы [7]")),
    Entry("updater_name", ("Program in updater\\ [updater.exe]", "Программа в updater\\ [updater.exe]")),
    Entry(
        "reboot_file",
        (
            "File in _resources\\ that restarts Windows [reboot.bat]",
            "Файл в _resources\\, который перезагружает Windows [reboot.bat]",
        ),
    ),
    Heading(("service.json: sending_data", "service.json: sending_data")),
    Entry("enabled", ("Delivery to servers [true]", "Отправка на серверы [true]")),
    Entry(
        "url_list",
        (
            "Servers: url, api_key, encryption (both are tokens of getad encrypt) [-]",
            "Серверы: url, api_key, encryption (оба зашифрованы getad encrypt) [-]",
        ),
    ),
    Entry("max_attempts", ("Attempts per record [5]", "Попыток на запись [5]")),
    Entry(
        "delay",
        (
            "Seconds before the second attempt, then doubled [2]",
            "Секунд до второй попытки, затем вдвое больше [2]",
        ),
    ),
    Entry("timeout", ("Seconds that one attempt may take [30]", "Сколько секунд даётся на попытку [30]")),
    Entry(
        "ca_file",
        ("PEM file with further certificates to trust [-]", "Файл PEM с дополнительными сертификатами [-]"),
    ),
    Entry(
        "proxy",
        (
            "http:// or socks5:// [USER:PASSWORD@]HOST:PORT [environment's]",
            "http:// или socks5:// [ИМЯ:ПАРОЛЬ@]УЗЕЛ:ПОРТ [из среды]",
        ),
    ),
    Heading(("service.json: validation_fn", "service.json: validation_fn")),
    Entry("enabled", ("FN checks by log [true]", "Проверка ФН по логам [true]")),
    Entry(
        "forced",
        (
            "Restart when due, without looking at logs [false]",
            "Перезагружать по сроку, не глядя в логи [false]",
        ),
    ),
    Entry(
        "interval",
        (
            "Hours between the runs of Getad\\Interval, 1 to 744; needs getad install again [12]",
            "Часов между запусками Getad\\Interval, от 1 до 744; нужен повторный getad install [12]",
        ),
    ),
    Entry(
        "trigger_days",
        ("Days until a register is checked again [3]", "Через сколько дней проверять ККТ снова [3]"),
    ),
    Entry("delete_days", ("Days until it is forgotten [21]", "Через сколько дней забыть её [21]")),
    Entry(
        "target_time",
        (
            "Time of the restart, \"HH:MM\", or false: at once [\"05:30\"]",
            "Время перезагрузки, \"ЧЧ:ММ\", или false: сразу [\"05:30\"]",
        ),
    ),
    Entry("atol, mitsu", ("How logs are searched, each with:", "Поиск в логах, в каждом:")),
    Entry("logs_dir", ("Folder; iiko: that of iikoFront [iiko]", "Папка; iiko: папка iikoFront [iiko]")),
    Entry("logs_mask_name", ("Part of the file name", "Часть имени файла")),
    Entry("serialNumber_key", ("Text right before the serial number", "Текст прямо перед заводским номером")),
    Entry("fnNumber_key", ("Text right before the FN's number", "Текст прямо перед номером ФН")),
    Entry(
        "multiline",
        ("The FN may stand on a following line [false]", "ФН может стоять на следующей строке [false]"),
    ),
    Entry(
        "source",
        ("atol only: driver, pos or both logs [both]", "Только atol: логи driver, pos или both [both]"),
    ),
    Heading(("service.json: shtrihscanner", "service.json: shtrihscanner")),
    Entry("enabled", ("Run the Shtrih plugin [true]", "Запускать плагин Штрих [true]")),
    Entry(
        "exe_name",
        (
            "Its file in the home folder, or path [shtrihscanner.exe]",
            "Его файл в папке getad или путь [shtrihscanner.exe]",
        ),
    ),
    Entry("timeout", ("Seconds that it has [90]", "Сколько секунд ему даётся [90]")),
    Heading(("service.json: notification", "service.json: notification")),
    Entry("enabled", ("Messages to Telegram [false]", "Сообщения в Telegram [false]")),
    Entry(
        "authentication",
        (
            "bot_token of @BotFather; chat_id, a number or @channel; encryption (both are tokens of getad encrypt)",
            "bot_token от @BotFather; chat_id — число или @канал; encryption (оба зашифрованы getad encrypt)",
        ),
    ),
    Entry("max_attempts", ("Attempts per message [5]", "Попыток на сообщение [5]")),
    Entry(
        "delay",
        (
            "Seconds before the second attempt, then doubled [10]",
            "Секунд до второй попытки, затем вдвое больше [10]",
        ),
    ),
    Entry("proxy", ("As in sending_data", "Как в sending_data")),
    Entry(
        "api_url",
        ("Own Bot API server [https://api.telegram.org]", "Свой сервер Bot API [https://api.telegram.org]"),
    ),
    Heading(("service.json: zabbix", "service.json: zabbix")),
    Entry(
        "data_file",
        (
            "File for an agent; {serial} makes one for each register [-]",
            "Файл для агента; {serial} — отдельный для каждой ККТ [-]",
        ),
    ),
    Entry("data_format", ("zabbix or zabbix-legacy [zabbix]", "zabbix или zabbix-legacy [zabbix]")),
    Entry(
        "server",
        (
            "For metrics --push: HOST[:PORT], several with commas [-]",
            "Для metrics --push: УЗЕЛ[:ПОРТ], несколько через запятую [-]",
        ),
    ),
    Entry(
        "host",
        (
            "Name of this computer in Zabbix [computer's name]",
            "Имя этого компьютера в Zabbix [имя компьютера]",
        ),
    ),
    Entry("timeout", ("Seconds that a server may take [10]", "Сколько секунд даётся серверу [10]")),
    Heading(("service.json: prometheus", "service.json: prometheus")),
    Entry("textfile", ("File for a textfile collector [-]", "Файл для textfile collector [-]")),
];
