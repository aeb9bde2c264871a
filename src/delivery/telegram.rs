//! Messages to Telegram: the method `sendMessage` of the Bot API, <https://core.telegram.org/bots/api>.
//!
//! The token is a part of the address. So no error has an address in it, and what a server says is freed of token and
//! chat before it is passed on.

mod answer;
mod split;

pub use split::{LIMIT, split};

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use self::answer::Outcome;
use super::http::Answer;
use super::retry::{Policy, Setback, is_passing_error, is_passing_status, persist};
use super::{Address, AddressError, Client, HttpError, Settings as Ways};
use crate::secret::Secret;

/// Telegram's own server.
const API: &str = "https://api.telegram.org";
/// Limit of one attempt.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Limit of connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// No attempt begins later than this after the first one.
const PATIENCE: Duration = Duration::from_secs(300);
/// Characters of a description that are passed on.
const DESCRIPTION_LIMIT: usize = 200;

/// Why there is nothing to send with. Holds no token and no chat.
#[derive(Debug, thiserror::Error)]
pub enum BotError {
    /// There is no token.
    #[error("notification.authentication.bot_token is empty")]
    NoToken,
    /// What stands there is no token.
    #[error("notification.authentication.bot_token is no token of a bot")]
    TokenForm,
    /// There is no chat.
    #[error("notification.authentication.chat_id is empty")]
    NoChat,
    /// What stands there is no chat.
    #[error("notification.authentication.chat_id is neither a number nor a @name")]
    ChatForm,
    /// The address of the Bot API server is unfit.
    #[error("notification.api_url: {0}")]
    ApiUrl(AddressError),
    /// The proxy is unfit.
    #[error("notification.proxy: {0}")]
    Proxy(HttpError),
}

/// Why a message did not get through. Holds no token and no chat.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// There was no answer.
    #[error("Telegram: {0}")]
    NoAnswer(HttpError),
    /// Telegram knows no such bot.
    #[error("Telegram does not know this token")]
    Token,
    /// The bot knows no such chat.
    #[error("Telegram does not know this chat")]
    ChatUnknown,
    /// The bot may not write there.
    #[error("the bot may not write to this chat: {text}")]
    Forbidden {
        /// What Telegram says.
        text: String,
    },
    /// Telegram wants a pause.
    #[error("Telegram wants a pause of {} s", .pause.unwrap_or_default().as_secs())]
    TooMany {
        /// How long.
        pause: Option<Duration>,
    },
    /// This message is not taken, others may be.
    #[error("Telegram does not take this message: {text}")]
    Unfit {
        /// What Telegram says.
        text: String,
    },
    /// Something else is not to Telegram's liking.
    #[error("Telegram refuses ({status}): {text}")]
    Refused {
        /// Its code.
        status: u16,
        /// What it says.
        text: String,
    },
    /// Something else than Telegram answered.
    #[error("something else than Telegram answers ({status})")]
    Foreign {
        /// Status.
        status: u16,
    },
}

impl SendError {
    /// True when the next message may get through all the same.
    #[must_use]
    pub fn is_about_the_message(&self) -> bool {
        matches!(self, Self::Unfit { .. })
    }

    fn text_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Forbidden { text } | Self::Unfit { text } | Self::Refused { text, .. } => Some(text),
            _ => None,
        }
    }
}

impl Setback for SendError {
    fn may_pass(&self) -> bool {
        match self {
            Self::NoAnswer(error) => is_passing_error(error),
            Self::TooMany { .. } => true,
            Self::Refused { status, .. } | Self::Foreign { status } => is_passing_status(*status),
            Self::Token | Self::ChatUnknown | Self::Forbidden { .. } | Self::Unfit { .. } => false,
        }
    }

    fn wanted_wait(&self) -> Option<Duration> {
        if let Self::TooMany { pause } = self { *pause } else { None }
    }
}

/// What a bot needs.
pub struct Settings {
    /// Its token.
    pub token: Secret,
    /// The chat that it writes to.
    pub chat: Secret,
    /// Another server than Telegram's own.
    pub api_url: Option<Secret>,
    /// Proxy, `http://` or `socks5://`.
    pub proxy: Option<Secret>,
    /// How patiently it sends.
    pub policy: Policy,
}

/// A bot that writes to one chat. It has no `Debug`: its address is its token.
pub struct Bot {
    client: Client,
    address: Address,
    /// Where it is asked about its chat.
    question: Address,
    chat: Value,
    hidden: Vec<Secret>,
    policy: Policy,
    until: Option<Instant>,
    moved_to: Option<i64>,
}

impl Bot {
    /// Makes a bot of its settings; nothing is sent yet.
    ///
    /// # Errors
    /// When one of them is unfit.
    pub fn new(settings: &Settings) -> Result<Self, BotError> {
        Self::with_limits(settings, TIMEOUT, CONNECT_TIMEOUT)
    }

    /// The same with other limits of an attempt and of connecting.
    ///
    /// # Errors
    /// When one of the settings is unfit.
    pub fn with_limits(
        settings: &Settings,
        timeout: Duration,
        connect_timeout: Duration,
    ) -> Result<Self, BotError> {
        let (token, chat) = (settings.token.expose().trim(), settings.chat.expose().trim());
        check_token(token)?;
        let ways = Ways { timeout, connect_timeout, proxy: filled(settings.proxy.as_ref()), ca_file: None };
        let server = filled(settings.api_url.as_ref());
        let server = server.as_ref().map_or(API, Secret::expose).trim().trim_end_matches('/');
        // An own server may have a key in its path.
        let path = server.splitn(4, '/').nth(3).filter(|path| !path.is_empty());
        Ok(Self {
            chat: chat_of(chat)?,
            address: address(server, token, "sendMessage").map_err(BotError::ApiUrl)?,
            question: address(server, token, "getChat").map_err(BotError::ApiUrl)?,
            client: Client::new(&ways).map_err(BotError::Proxy)?,
            hidden: [token, chat].into_iter().chain(path).map(|text| Secret::new(text.to_owned())).collect(),
            policy: settings.policy,
            until: None,
            moved_to: None,
        })
    }

    /// Sends one message of at most [`LIMIT`] units; waits and tries again as often as it is allowed to, within some
    /// minutes for all messages together. A message whose confirmation is lost may arrive twice.
    ///
    /// # Errors
    /// That of the last attempt.
    pub fn send(&mut self, text: &str) -> Result<(), SendError> {
        let until = *self.until.get_or_insert_with(|| Instant::now() + PATIENCE);
        let mut attempts = 0;
        persist(self.policy, until, || {
            attempts += 1;
            self.try_once(text).inspect_err(|error| log::debug!("Telegram, attempt {attempts}: {error}"))
        })
    }

    /// Asks whether Telegram knows the bot, and the bot the chat (method `getChat`); writes nothing there. Gives the
    /// time at Telegram, as its answer has it.
    ///
    /// # Errors
    /// When there is no answer, or it says no.
    pub fn check(&self) -> Result<Option<String>, SendError> {
        let body = json!({ "chat_id": self.chat });
        let answer = self.client.post(&self.question, &[], body.to_string().as_bytes());
        let answer = answer.map_err(SendError::NoAnswer)?;
        match self.judge(&answer)? {
            Outcome::Taken => Ok(answer.date),
            Outcome::Moved(_) => Err(SendError::ChatUnknown),
        }
    }

    /// The chat's new id, if Telegram has told one. It is needed in the configuration.
    #[must_use]
    pub fn moved_to(&self) -> Option<i64> {
        self.moved_to
    }

    /// A group that has become a supergroup is followed at once, but only once.
    fn try_once(&mut self, text: &str) -> Result<(), SendError> {
        match self.post(text)? {
            Outcome::Moved(chat) if self.moved_to.is_none() => {
                self.moved_to = Some(chat);
                self.chat = chat.into();
                self.try_once(text)
            }
            Outcome::Moved(_) => Err(SendError::ChatUnknown),
            Outcome::Taken => Ok(()),
        }
    }

    fn post(&self, text: &str) -> Result<Outcome, SendError> {
        let body = json!({
            "chat_id": self.chat,
            "text": text,
            // Else Telegram would visit the addresses in the text.
            "link_preview_options": { "is_disabled": true },
        });
        let answer = self.client.post(&self.address, &[], body.to_string().as_bytes());
        let answer = answer.map_err(SendError::NoAnswer)?;
        self.judge(&answer)
    }

    fn judge(&self, answer: &Answer) -> Result<Outcome, SendError> {
        answer::outcome(answer).map_err(|mut error| {
            error.text_mut().into_iter().for_each(|text| *text = self.harmless(text));
            error
        })
    }

    /// What a server says, short and without what we hide.
    fn harmless(&self, text: &str) -> String {
        let clean = self.hidden.iter().fold(text.to_owned(), |text, hidden| hidden.masked_in(text));
        clean.chars().take(DESCRIPTION_LIMIT).collect()
    }
}

fn filled(value: Option<&Secret>) -> Option<Secret> {
    value.filter(|value| !value.expose().trim().is_empty()).cloned()
}

/// A token is `<number>:<letters, digits, - and _>`; anything else would change the address.
fn check_token(token: &str) -> Result<(), BotError> {
    if token.is_empty() {
        return Err(BotError::NoToken);
    }
    let is_token = token.split_once(':').is_some_and(|(number, key)| {
        let is_key = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) && key.bytes().all(is_key)
    });
    if is_token { Ok(()) } else { Err(BotError::TokenForm) }
}

fn chat_of(text: &str) -> Result<Value, BotError> {
    if text.is_empty() {
        return Err(BotError::NoChat);
    }
    let named = || text.strip_prefix('@').filter(|name| !name.is_empty()).map(|_| text.into());
    text.parse::<i64>().ok().map(Value::from).or_else(named).ok_or(BotError::ChatForm)
}

fn address(server: &str, token: &str, method: &str) -> Result<Address, AddressError> {
    Address::parse(&Secret::new(format!("{server}/bot{token}/{method}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(token: &str, chat: &str, api_url: &str, proxy: &str) -> Option<BotError> {
        let secret = |text: &str| Secret::new(text.to_owned());
        let policy = Policy { max_attempts: 1, delay: Duration::ZERO };
        let settings = Settings {
            token: secret(token),
            chat: secret(chat),
            api_url: Some(secret(api_url)),
            proxy: Some(secret(proxy)),
            policy,
        };
        Bot::new(&settings).err()
    }

    const TOKEN: &str = "123456:AAbb-cc_DD";

    #[test]
    fn settings_are_checked_before_anything_is_sent() {
        assert!(error(" 123456:AAbb-cc_DD\n", " -1001234567890 ", " ", "").is_none());
        assert!(error(TOKEN, "@channel", "http://127.0.0.1:8081/", "socks5://127.0.0.1:1080").is_none());
        assert!(matches!(error("", "1", "", ""), Some(BotError::NoToken)));
        for token in ["gAAAAABlU_EA", "123456", ":key", "12x:key", "1:a/b", "1:a?b", "1:ф"] {
            assert!(matches!(error(token, "1", "", ""), Some(BotError::TokenForm)), "{token}");
        }
        assert!(matches!(error(TOKEN, " ", "", ""), Some(BotError::NoChat)));
        assert!(matches!(error(TOKEN, "channel", "", ""), Some(BotError::ChatForm)));
        assert!(matches!(error(TOKEN, "1", "api.example", ""), Some(BotError::ApiUrl(AddressError::Scheme))));
        assert!(matches!(error(TOKEN, "1", "", "nonsense://x"), Some(BotError::Proxy(_))));
    }

    #[test]
    fn only_passing_trouble_is_tried_again() {
        assert!(
            SendError::TooMany { pause: None }.may_pass() && SendError::Foreign { status: 502 }.may_pass()
        );
        assert!(!SendError::Foreign { status: 200 }.may_pass() && !SendError::Token.may_pass());
    }
}
