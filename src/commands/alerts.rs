//! Messages on their way to Telegram: first into the outbox, so that no crash loses them, then out of it, oldest first.
//!
//! The home folder's lock is held while the outbox is read or written and never while the network is waited for. That
//! two getads do not send the same is the work of another lock: the turn to send.

use std::time::Duration;

use chrono::{NaiveDateTime, TimeDelta};

use crate::config::service::Notification;
use crate::context::Context;
use crate::delivery::retry::Policy;
use crate::delivery::telegram::{self, Bot, LIMIT, SendError};
use crate::kkt::health::time_text;
use crate::render::failure::state_message;
use crate::render::telegram::{Hindrance, Unusable, moved, waiting};
use crate::render::{Lang, Message, alert, notify};
use crate::secret::Secret;
use crate::state::StateError;
use crate::state::file::Lock;
use crate::state::outbox::{Event, Outbox, STALE_AFTER, Waiting};

/// A message that waited for longer says of when it is.
const BELATED: TimeDelta = TimeDelta::minutes(10);

/// What went out and what did not.
#[derive(Debug, Default)]
pub struct Delivery {
    /// Messages that went out.
    pub sent: usize,
    /// Messages that wait.
    pub waiting: usize,
    /// Messages that Telegram does not take, by their numbers.
    pub unfit: Vec<(u64, SendError)>,
    /// Why no more went out.
    pub failure: Option<SendError>,
}

/// The bot of the configuration.
///
/// # Errors
/// When there is none, or its credentials cannot be used.
pub fn bot(context: &Context, settings: &Notification) -> Result<Bot, Unusable> {
    Ok(Bot::new(&self::settings(context, settings)?)?)
}

/// What the bot of the configuration needs.
///
/// # Errors
/// When its credentials cannot be opened.
pub fn settings(context: &Context, settings: &Notification) -> Result<telegram::Settings, Unusable> {
    let authentication = &settings.authentication;
    let keys = context.keys_if(authentication.encryption)?;
    let reveal = |name, value: &Secret| {
        keys.reveal(authentication.encryption, value).map_err(|error| Unusable::Token { name, error })
    };
    Ok(telegram::Settings {
        token: reveal("bot_token", &authentication.bot_token)?,
        chat: reveal("chat_id", &authentication.chat_id)?,
        api_url: settings.api_url.clone(),
        proxy: settings.proxy.clone(),
        policy: Policy {
            max_attempts: settings.max_attempts,
            delay: Duration::from_secs(settings.delay.into()),
        },
    })
}

/// Puts a message into the outbox and gives its number there, `None` if the same event went out within a day. The
/// caller holds the lock.
///
/// # Errors
/// When the outbox cannot be read or written.
pub fn queue(event: Option<Event>, text: &str, context: &Context) -> Result<Option<u64>, StateError> {
    let mut outbox = open(context)?;
    let id = outbox.queue(event, text, context.now());
    if id.is_some() {
        outbox.save(&context.home)?;
    }
    Ok(id)
}

/// Logs an event and, if messages are wanted, puts it into the outbox. The caller holds the lock. That it cannot be put
/// there is a warning: what it is about matters more.
pub fn announce(event: Event, text: &str, wanted: bool, context: &Context) {
    log::info!("message: {}", text.replace('\n', " | "));
    if !wanted {
        return;
    }
    match queue(Some(event), text, context) {
        Ok(Some(_)) => {}
        Ok(None) => log::info!("the same was announced within a day"),
        Err(error) => warn(|lang| state_message(&error, lang), context),
    }
}

/// Sends what waits, for a command whose job is another one: what goes wrong are warnings. The caller does not hold the
/// lock.
pub fn send_waiting(settings: &Notification, context: &Context) {
    if !settings.enabled {
        return;
    }
    match try_to_send(settings, context) {
        Ok(None) => {}
        Ok(Some((count, hindrance))) => warn(|lang| waiting(count, &hindrance, lang), context),
        Err(error) => warn(|lang| state_message(&error, lang), context),
    }
}

/// What keeps how many messages waiting, if anything does.
fn try_to_send(settings: &Notification, context: &Context) -> Result<Option<(usize, Hindrance)>, StateError> {
    let count = {
        let _lock = context.lock()?;
        open(context)?.waiting.len()
    };
    if count == 0 {
        return Ok(None);
    }
    let mut bot = match bot(context, settings) {
        Ok(bot) => bot,
        Err(error) => return Ok(Some((count, Hindrance::Unusable(error)))),
    };
    let Some(delivery) = deliver(&mut bot, false, context)? else {
        log::info!("another getad is sending messages");
        return Ok(None);
    };
    Ok(delivery.failure.map(|error| (delivery.waiting, Hindrance::Refusal(error))))
}

/// Sends what waits, oldest first, each message saved as sent before the next one. `None` when another getad does that
/// and is not to be waited for. The caller does not hold the lock.
///
/// # Errors
/// When the outbox or a lock cannot be had.
pub fn deliver(bot: &mut Bot, wait: bool, context: &Context) -> Result<Option<Delivery>, StateError> {
    let mut turn = match context.turn_to_send(wait) {
        Err(StateError::Busy { .. }) if !wait => return Ok(None),
        turn => Some(turn?),
    };
    let mut delivery = Delivery::default();
    while let Some(message) = next(&mut turn, &mut delivery, context)? {
        context.progress.notifying(delivery.waiting);
        match send_piece(bot, &message, context.now()) {
            Ok(rest) => {
                note(context, |outbox, now| outbox.went_out(message.id, &rest, now))?;
                delivery.sent += usize::from(rest.is_empty());
            }
            Err(error) if error.is_about_the_message() => {
                log::error!("message {}: {error}; given up", message.id);
                note(context, |outbox, _| outbox.give_up(message.id))?;
                delivery.unfit.push((message.id, error));
            }
            Err(error) => {
                log::warn!("message {}: {error}", message.id);
                delivery.failure = Some(error);
                break;
            }
        }
    }
    context.progress.clear();
    tell_of_a_move(bot, context);
    log::info!("messages: {} sent, {} wait", delivery.sent, delivery.waiting);
    Ok(Some(delivery))
}

/// The oldest message. With none left the turn ends, while the lock is held: who queues later gets it.
fn next(
    turn: &mut Option<Lock>,
    delivery: &mut Delivery,
    context: &Context,
) -> Result<Option<Waiting>, StateError> {
    let _lock = context.lock()?;
    let mut outbox = open(context)?;
    let given_up = outbox.tidy(context.now());
    for message in &given_up {
        let days = STALE_AFTER.num_days();
        log::warn!(
            "message {} of {}: too many wait, or older than {days} days, given up",
            message.id,
            message.since
        );
    }
    if !given_up.is_empty() {
        outbox.save(&context.home)?;
    }
    delivery.waiting = outbox.waiting.len();
    if outbox.waiting.is_empty() {
        *turn = None;
    }
    Ok(outbox.waiting.into_iter().next())
}

/// Sends as much of a message as fits, and gives what is left.
fn send_piece(bot: &mut Bot, message: &Waiting, now: NaiveDateTime) -> Result<String, SendError> {
    let since = time_text::parse(&message.since);
    let heading = since.filter(|since| now - *since > BELATED).map(alert::belated).unwrap_or_default();
    let room = LIMIT.saturating_sub(heading.encode_utf16().count());
    let (piece, rest) = telegram::split(&message.text, room);
    bot.send(&format!("{heading}{piece}"))?;
    Ok(rest.to_owned())
}

fn note(context: &Context, change: impl FnOnce(&mut Outbox, NaiveDateTime)) -> Result<(), StateError> {
    let noted = (|| {
        let _lock = context.lock()?;
        let mut outbox = open(context)?;
        change(&mut outbox, context.now());
        outbox.save(&context.home)
    })();
    noted.inspect_err(|_| log::error!("a message went out, but this cannot be noted: it may be sent again"))
}

fn open(context: &Context) -> Result<Outbox, StateError> {
    let loaded = Outbox::load(&context.home, true, context.now())?;
    Ok(loaded.told(|aside| context.output.warning(&notify::broken_state(aside, context.output.lang))))
}

/// The new id is shown to whoever looks, as he must enter it. It stays out of the log.
fn tell_of_a_move(bot: &Bot, context: &Context) {
    if let Some(chat) = bot.moved_to() {
        log::warn!("the group has become a supergroup and has a new id: `getad notify` shows it");
        context.output.warning(&moved(chat, context.output.lang));
    }
}

fn warn(message: impl Fn(Lang) -> Message, context: &Context) {
    log::warn!("{}", message(Lang::En).what);
    context.output.warning(&message(context.output.lang));
}
