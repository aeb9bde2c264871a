//! Servers, Telegram, the clock.

use super::facts::network::Fact;
use crate::render::send::Trouble;
use crate::render::telegram::send_message;
use crate::render::{Lang, Message, http_error};

/// The text of a finding.
pub fn message(fact: &Fact, lang: Lang) -> Message {
    match fact {
        Fact::NotSending => Message::plain(
            lang.pick("delivery is off (sending_data.enabled)", "отправка отключена (sending_data.enabled)"),
        ),
        Fact::NoServers => no_servers(lang),
        Fact::Server { host, status } => Message::plain(lang.pick(
            format!(
                "{host} answers (status {status} to a question that stores nothing; whether it takes records shows \
                 only when they are sent)"
            ),
            format!(
                "{host} отвечает (код {status} на запрос, который ничего не сохраняет; примет ли он записи, видно \
                 только при отправке)"
            ),
        )),
        Fact::Entry { number, error } => {
            let message = Trouble::Server(*error).message(lang);
            let what = format!("sending_data.url_list[{}]: {}", number.saturating_sub(1), message.what);
            Message { what, ..message }
        }
        Fact::KeyRefused { host, status } => key_refused(host, *status, lang),
        Fact::Troubled { host, status } => troubled(host, *status, lang),
        Fact::Silent { host, error } => {
            let message = http_error::message(error, lang);
            Message { what: format!("{host}: {}", message.what), ..message }
        }
        Fact::NoTelegram => Message::plain(
            lang.pick("messages are off (notification.enabled)", "сообщения отключены (notification.enabled)"),
        ),
        Fact::Telegram => {
            Message::plain(lang.pick("it knows the bot, and the bot the chat", "бот и чат найдены"))
        }
        Fact::BotUnusable(error) => error.message(lang),
        Fact::TelegramFails(error) => send_message(error, lang),
        Fact::Clock { host } => Message::plain(
            lang.pick(format!("it agrees with that of {host}"), format!("совпадают с часами {host}")),
        ),
        Fact::ClockOff { host, minutes } => clock_off(host, *minutes, lang),
        Fact::ClockUnknown => Message::plain(lang.pick(
            "not compared: no server told the time",
            "не с чем сравнить: ни один сервер не сообщил время",
        )),
    }
}

fn no_servers(lang: Lang) -> Message {
    Message::new(
        lang.pick("no server is entered", "серверы не заданы"),
        lang.pick(
            "If records are to be sent, enter url and api_key in sending_data.url_list of service.json; else set \
             sending_data.enabled to false.",
            "Если записи нужно отправлять, впишите url и api_key в sending_data.url_list в service.json, иначе \
             поставьте sending_data.enabled: false.",
        ),
    )
}

fn key_refused(host: &str, status: u16, lang: Lang) -> Message {
    Message::new(
        lang.pick(
            format!("{host} answers {status}: it refuses the key, or wants nobody to ask this way"),
            format!("{host} отвечает {status}: ключ не принят или такой запрос запрещён всем"),
        ),
        lang.pick(
            "Send once (getad send): if it is refused too, ask whoever runs the server for the key and enter it as \
             api_key in service.json.",
            "Отправьте записи (getad send): если и тогда отказ, узнайте ключ у владельца сервера и впишите его в \
             api_key в service.json.",
        ),
    )
}

fn troubled(host: &str, status: u16, lang: Lang) -> Message {
    Message::new(
        lang.pick(
            format!("{host} answers {status}: something is wrong there"),
            format!("{host} отвечает {status}: на сервере неполадка"),
        ),
        lang.pick(
            "Ask whoever runs the server; what is not accepted goes with the next run.",
            "Обратитесь к владельцу сервера; что не принято, уйдёт при следующем запуске.",
        ),
    )
}

fn clock_off(host: &str, minutes_ahead: i64, lang: Lang) -> Message {
    let minutes = minutes_ahead.abs();
    let direction = if minutes_ahead > 0 {
        lang.pick("ahead of", "спешат относительно")
    } else {
        lang.pick("behind", "отстают от")
    };
    Message::new(
        lang.pick(
            format!("this computer is {minutes} min {direction} {host}"),
            format!("часы компьютера {direction} {host} на {minutes} мин"),
        ),
        lang.pick(
            "Set date, time and time zone, and have Windows set them by the internet: certificates, the days of an FN \
             and planned restarts hang on them.",
            "Установите дату, время и часовой пояс и включите синхронизацию через интернет: от них зависят \
             сертификаты, сроки ФН и время перезагрузки.",
        ),
    )
}
