//! What can be said of servers, Telegram and the clock.

use crate::delivery::HttpError;
use crate::delivery::telegram::SendError;
use crate::render::send::ServerError;
use crate::render::telegram::Unusable;

/// What is said of servers, Telegram and the clock.
pub enum Fact {
    /// Nothing is sent to servers.
    NotSending,
    /// No server is entered.
    NoServers,
    /// A server answers.
    Server {
        /// Its host.
        host: String,
        /// Its status.
        status: u16,
    },
    /// Its entry is unfit.
    Entry {
        /// Its place in the list.
        number: usize,
        /// Why.
        error: ServerError,
    },
    /// The key is not what it wants.
    KeyRefused {
        /// Its host.
        host: String,
        /// Its status.
        status: u16,
    },
    /// It answers that something is wrong.
    Troubled {
        /// Its host.
        host: String,
        /// Its status.
        status: u16,
    },
    /// It does not answer.
    Silent {
        /// Its host.
        host: String,
        /// Why.
        error: HttpError,
    },
    /// Nothing is sent to Telegram.
    NoTelegram,
    /// Telegram knows bot and chat.
    Telegram,
    /// There is no usable bot.
    BotUnusable(Unusable),
    /// Telegram does not answer as it should.
    TelegramFails(SendError),
    /// The clock agrees with that of a server.
    Clock {
        /// The server.
        host: String,
    },
    /// The clock differs from that of a server.
    ClockOff {
        /// The server.
        host: String,
        /// Minutes that this computer is ahead.
        minutes: i64,
    },
    /// Nobody told the time.
    ClockUnknown,
}
