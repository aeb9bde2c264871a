//! Why messages do not reach Telegram, and what to do about it.

use super::key_error::{key_message, token_message};
use super::{Lang, Message, http_error};
use crate::delivery::telegram::{BotError, SendError};
use crate::delivery::{AddressError, HttpError};
use crate::secret::{KeyError, TokenError};

/// Why there is nothing to send messages with.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The key for encrypted credentials cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A credential cannot be decrypted.
    #[error("service.json, notification.authentication.{name}: {error}")]
    Token {
        /// Name of its key.
        name: &'static str,
        /// Why.
        error: TokenError,
    },
    /// A setting is unfit.
    #[error("service.json, {0}")]
    Bot(#[from] BotError),
}

impl Unusable {
    /// The text for people.
    #[must_use]
    pub fn message(&self, lang: Lang) -> Message {
        match self {
            Self::Key(error) => key_message(error, lang),
            Self::Token { name, error } => {
                let message = token_message(*error, lang);
                let what = format!("service.json, notification.authentication.{name}: {}", message.what);
                Message { what, advice: message.advice }
            }
            Self::Bot(error) => bot_message(error, lang),
        }
    }
}

fn bot_message(error: &BotError, lang: Lang) -> Message {
    let (key, what, advice) = match error {
        BotError::NoToken => (
            "authentication.bot_token",
            lang.pick("it is empty", "значение не задано"),
            lang.pick("Enter the token that @BotFather gave to your bot.", "Впишите токен бота, выданный @BotFather."),
        ),
        BotError::TokenForm => (
            "authentication.bot_token",
            lang.pick("this is no token of a bot", "это не токен бота"),
            lang.pick(
                "A token looks like 123456789:AAbbCC… If yours is encrypted, set \"encryption\" to true.",
                "Токен выглядит как 123456789:AAbbCC… Если он зашифрован, поставьте \"encryption\": true.",
            ),
        ),
        BotError::NoChat => (
            "authentication.chat_id",
            lang.pick("it is empty", "значение не задано"),
            lang.pick("Enter the chat that is to get the messages.", "Впишите чат, в который приходят сообщения."),
        ),
        BotError::ChatForm => (
            "authentication.chat_id",
            lang.pick("this is neither a number nor a @name", "это не число и не @имя"),
            lang.pick(
                "A chat is a number such as -1001234567890, or the @name of a channel. If yours is encrypted, set \
                 \"encryption\" to true.",
                "Чат — число, например -1001234567890, или @имя канала. Если он зашифрован, поставьте \"encryption\": true.",
            ),
        ),
        BotError::ApiUrl(error) => (
            "api_url",
            match error {
                AddressError::Empty | AddressError::Malformed => {
                    lang.pick("this is no address", "это не адрес")
                }
                AddressError::Scheme => lang.pick(
                    "it does not start with http:// or https://",
                    "адрес не начинается с http:// или https://",
                ),
            },
            lang.pick(
                "Write the address of your own Bot API server, or remove the key: then it is Telegram's.",
                "Пишите адрес своего сервера Bot API или удалите ключ: тогда берётся сервер Telegram.",
            ),
        ),
        BotError::Proxy(_) => (
            "proxy",
            lang.pick("this is no address of a proxy", "это не адрес прокси"),
            lang.pick(
                "Write http://HOST:PORT or socks5://HOST:PORT, with USER:PASSWORD@ before HOST if needed.",
                "Пишите http://HOST:PORT или socks5://HOST:PORT, при необходимости с USER:PASSWORD@ перед HOST.",
            ),
        ),
    };
    Message::new(format!("service.json, notification.{key}: {what}"), advice)
}

/// The text for a message that did not get through.
#[must_use]
pub fn send_message(error: &SendError, lang: Lang) -> Message {
    match error {
        SendError::NoAnswer(error) => no_answer(error, lang),
        SendError::Token => Message::new(
            lang.pick("Telegram does not know this token", "Telegram не знает такого токена"),
            lang.pick(
                "Correct notification.authentication.bot_token in service.json: @BotFather shows it, and makes a new one \
                 if the old one was revoked.",
                "Исправьте notification.authentication.bot_token в service.json: токен показывает @BotFather; если \
                 прежний отозван, он выдаст новый.",
            ),
        ),
        SendError::ChatUnknown => Message::new(
            lang.pick("Telegram does not know this chat", "Telegram не знает такого чата"),
            lang.pick(
                "Correct notification.authentication.chat_id in service.json; the bot must be a member of the group, \
                 and a person must have written to the bot first.",
                "Исправьте notification.authentication.chat_id в service.json; бот должен состоять в группе, а человек \
                 — первым написать боту.",
            ),
        ),
        SendError::Forbidden { text } => Message::new(
            lang.pick(
                format!("the bot may not write to this chat: {text}"),
                format!("боту нельзя писать в этот чат: {text}"),
            ),
            lang.pick(
                "Unblock the bot, or add it to the group or channel again with the right to write.",
                "Разблокируйте бота или снова добавьте его в группу или канал с правом писать.",
            ),
        ),
        SendError::TooMany { pause } => Message::new(
            pause_text(pause.map(|pause| pause.as_secs()), lang),
            lang.pick("Too many messages were sent; wait.", "Отправлено слишком много сообщений; подождите."),
        ),
        SendError::Unfit { text } => Message::new(
            lang.pick(
                format!("Telegram does not take this message: {text}"),
                format!("Telegram не принимает это сообщение: {text}"),
            ),
            lang.pick("It is not tried again.", "Повторных попыток не будет."),
        ),
        SendError::Refused { status, text } => Message::new(
            lang.pick(
                format!("Telegram refuses ({status}): {text}"),
                format!("Telegram отказывает ({status}): {text}"),
            ),
            lang.pick(
                "Check the bot's rights in the chat; what Telegram says stands above.",
                "Проверьте права бота в чате; ответ Telegram — выше.",
            ),
        ),
        SendError::Foreign { status: status @ 500.. } => Message::new(
            lang.pick(
                format!("the way to Telegram is out of order (status {status})"),
                format!("путь к Telegram неисправен (код {status})"),
            ),
            lang.pick(
                "It mostly passes by itself. If not, check notification.api_url and notification.proxy in service.json.",
                "Обычно это проходит само. Если нет, проверьте notification.api_url и notification.proxy в service.json.",
            ),
        ),
        SendError::Foreign { status } => Message::new(
            lang.pick(
                format!("something else than Telegram answers (status {status})"),
                format!("отвечает не Telegram (код {status})"),
            ),
            lang.pick(
                "Check notification.api_url and notification.proxy in service.json, and whether the network wants a \
                 login or blocks Telegram.",
                "Проверьте notification.api_url и notification.proxy в service.json, не требует ли сеть входа и не \
                 блокирует ли Telegram.",
            ),
        ),
    }
}

fn pause_text(seconds: Option<u64>, lang: Lang) -> String {
    match seconds {
        Some(seconds) => lang.pick(
            format!("Telegram wants a pause of {seconds} s"),
            format!("Telegram требует паузы {seconds} с"),
        ),
        None => lang.pick("Telegram wants a pause", "Telegram требует паузы").to_owned(),
    }
}

fn no_answer(error: &HttpError, lang: Lang) -> Message {
    let advice = match error {
        HttpError::Certificate(_) | HttpError::Tls(_) => lang.pick(
            "Check the computer's clock, and whether an antivirus program or a firewall examines secure connections.",
            "Проверьте часы компьютера и не просматривает ли защищённые соединения антивирус или сетевой экран.",
        ),
        HttpError::ProxyFailed | HttpError::ProxyAddress => lang.pick(
            "Check notification.proxy in service.json, and that the proxy lets getad through.",
            "Проверьте notification.proxy в service.json и что прокси пропускает getad.",
        ),
        _ => lang.pick(
            "Check the network and the firewall. Where Telegram is blocked, enter a proxy: notification.proxy in \
             service.json.",
            "Проверьте сеть и сетевой экран. Где Telegram заблокирован, задайте прокси: notification.proxy в service.json.",
        ),
    };
    Message::new(format!("Telegram: {}", http_error::what(error, lang)), advice)
}

/// The group has another id now.
#[must_use]
pub fn moved(chat: i64, lang: Lang) -> Message {
    Message::new(
        lang.pick(
            format!("the group has become a supergroup, its id is now {chat}"),
            format!("группа стала супергруппой, её id теперь {chat}"),
        ),
        lang.pick(
            "Enter it as notification.authentication.chat_id in service.json; the message went there already.",
            "Впишите его в notification.authentication.chat_id в service.json; сообщение уже ушло туда.",
        ),
    )
}

/// Why messages wait.
#[derive(Debug)]
pub enum Hindrance {
    /// There is nothing to send them with.
    Unusable(Unusable),
    /// They did not get through.
    Refusal(SendError),
}

/// So many messages wait.
#[must_use]
pub fn waiting(count: usize, hindrance: &Hindrance, lang: Lang) -> Message {
    let reason = match hindrance {
        Hindrance::Unusable(error) => error.message(lang),
        Hindrance::Refusal(error) => send_message(error, lang),
    };
    Message {
        what: lang.pick(
            format!("messages to Telegram that wait: {count}; {}", reason.what),
            format!("сообщений в Telegram ждёт отправки: {count}; {}", reason.what),
        ),
        advice: reason.advice,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_has_an_advice_of_its_own() {
        let texts = [
            SendError::Token,
            SendError::ChatUnknown,
            SendError::Forbidden { text: String::new() },
            SendError::TooMany { pause: None },
            SendError::Unfit { text: String::new() },
            SendError::Refused { status: 400, text: String::new() },
            SendError::Foreign { status: 200 },
            SendError::Foreign { status: 502 },
            SendError::NoAnswer(HttpError::Timeout),
            SendError::NoAnswer(HttpError::ProxyFailed),
        ];
        for lang in [Lang::En, Lang::Ru] {
            let mut advice: Vec<_> = texts.iter().map(|error| send_message(error, lang).advice).collect();
            advice.sort();
            advice.dedup();
            assert_eq!(advice.len(), texts.len());
        }
    }
}
