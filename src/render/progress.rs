//! What we are waiting for, on a terminal, while we wait.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::Lang;

/// Pace of the spinner.
const TICK: Duration = Duration::from_millis(120);

/// A line on stderr that says what is under way; silent where nobody looks.
#[derive(Debug, Clone)]
pub struct Progress {
    bar: ProgressBar,
    lang: Lang,
}

impl Progress {
    /// `visible` is false where stderr is no terminal or nobody wants it.
    #[must_use]
    pub fn new(visible: bool, lang: Lang) -> Self {
        let bar = if visible { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}") {
            // The console of Windows 7 has no finer signs.
            bar.set_style(style.tick_chars("|/-\\ "));
        }
        Self { bar, lang }
    }

    /// Another getad holds the lock.
    pub fn waiting_for_lock(&self) {
        self.say(
            self.lang.pick("another getad is at work, waiting", "работает другой getad, жду").to_owned(),
        );
    }

    /// An updater runs that was started before.
    pub fn waiting_for_updater(&self) {
        self.say(
            self.lang
                .pick("the updater is at work, waiting", "работает программа обновления, жду")
                .to_owned(),
        );
    }

    /// A program of somebody else's is at work.
    pub fn running(&self, name: &str) {
        self.say(self.lang.pick(format!("running {name}"), format!("работает {name}")));
    }

    /// These registers have not answered yet.
    pub fn reading(&self, waiting: &[String]) {
        let names = waiting.join(", ");
        self.say(self.lang.pick(format!("reading {names}"), format!("опрашиваю {names}")));
    }

    /// The search has looked at so many places.
    pub fn searching(&self, done: usize, total: usize) {
        self.say(self.lang.pick(
            format!("searching for Mitsu registers: {done} of {total}"),
            format!("ищу ККТ Mitsu: {done} из {total}"),
        ));
    }

    /// So many records have been dealt with, at all servers together.
    pub fn sending(&self, done: usize, total: usize) {
        self.say(self.lang.pick(
            format!("sending records: {done} of {total}"),
            format!("отправляю записи: {done} из {total}"),
        ));
    }

    /// So many messages wait to be sent.
    pub fn notifying(&self, waiting: usize) {
        self.say(self.lang.pick(
            format!("sending messages to Telegram: {waiting}"),
            format!("отправляю сообщения в Telegram: {waiting}"),
        ));
    }

    /// Everything is being looked at.
    pub fn examining(&self) {
        self.say(self.lang.pick("checking", "проверяю").to_owned());
    }

    /// Takes the line away.
    pub fn clear(&self) {
        self.bar.disable_steady_tick();
        self.bar.finish_and_clear();
    }

    fn say(&self, text: String) {
        if !self.bar.is_hidden() {
            if self.bar.is_finished() {
                // A line that was taken away does not come back by itself.
                self.bar.reset();
            }
            self.bar.set_message(text);
            self.bar.enable_steady_tick(TICK);
        }
    }
}
