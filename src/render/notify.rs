//! What became of a message that somebody wrote.

use serde::Serialize;

use super::{Lang, Message};

/// The result of a run. Serialises as the JSON document.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// The message has been sent.
    pub ok: bool,
    /// It waits for the next attempt.
    pub kept: bool,
    /// Messages that went out, earlier ones included.
    pub sent: usize,
    /// Messages that wait.
    pub waiting: usize,
    /// The chat's new id, if Telegram has told one.
    pub migrate_to_chat_id: Option<i64>,
    /// Why the message was not sent.
    pub error: Option<String>,
    /// What to do.
    pub hint: Option<String>,
}

impl Report {
    /// Notes why the message was not sent, or that it was.
    #[must_use]
    pub fn with(self, reason: Option<Message>) -> Self {
        let ok = reason.is_none();
        let (error, hint) = reason.map_or((None, None), |reason| (Some(reason.what), reason.advice));
        Self { ok, error, hint, ..self }
    }

    /// The line for people about a message that was sent.
    #[must_use]
    pub fn success(&self, lang: Lang) -> String {
        match self.sent {
            0 | 1 => lang.pick("The message has been sent.", "Сообщение отправлено.").to_owned(),
            sent => lang.pick(
                format!("The message has been sent, and with it {} that had waited.", sent - 1),
                format!("Сообщение отправлено, вместе с ним ждавшие отправки: {}.", sent - 1),
            ),
        }
    }

    /// What is wrong about a message that was not sent.
    #[must_use]
    pub fn failure(&self, lang: Lang) -> Message {
        let reason = self.error.clone().unwrap_or_default();
        let kept = lang.pick(
            "It is kept: the next `getad notify` or `getad validate-fn` sends it first.",
            "Оно сохранено: следующий `getad notify` или `getad validate-fn` сначала отправит его.",
        );
        let advice = self.hint.iter().map(String::as_str).chain(self.kept.then_some(kept));
        Message::new(
            lang.pick(
                format!("the message was not sent: {reason}"),
                format!("сообщение не отправлено: {reason}"),
            ),
            advice.collect::<Vec<_>>().join(" "),
        )
    }
}

/// Messages are switched off.
#[must_use]
pub fn disabled(lang: Lang) -> Message {
    Message::new(
        lang.pick(
            "messages are switched off: notification.enabled in service.json",
            "сообщения отключены: notification.enabled в service.json",
        ),
        lang.pick(
            "Set it to true; bot_token and chat_id stand below it.",
            "Поставьте true; рядом задаются bot_token и chat_id.",
        ),
    )
}

/// Another getad is sending.
#[must_use]
pub fn elsewhere(lang: Lang) -> Message {
    Message::plain(lang.pick("another getad is sending messages", "сообщения отправляет другой getad"))
}

/// A broken `outbox.json` was moved aside.
#[must_use]
pub fn broken_state(aside: &std::path::Path, lang: Lang) -> Message {
    Message::new(
        lang.pick(
            "outbox.json was broken: messages that waited there are not sent",
            "файл outbox.json повреждён: ждавшие в нём сообщения не отправлены",
        ),
        lang.pick(
            format!("The broken file is kept as {}.", aside.display()),
            format!("Повреждённый файл сохранён как {}.", aside.display()),
        ),
    )
}
