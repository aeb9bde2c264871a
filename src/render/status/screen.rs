//! The whole screen: what is pending, the registers, the servers, what happens next.

use chrono::NaiveDateTime;
use console::Style;

use super::row::Columns;
use super::words::age;
use super::{Check, Level, Register, Report, Restart, Server, TaskState, Tasks};
use crate::kkt::health::time_text::FORMAT;
use crate::render::printable::printable;
use crate::render::{Lang, Output};
use crate::state::reboot::Reason;

/// Most reasons that are shown for one register.
const MOST_NOTES: usize = 4;

impl Report {
    /// The screen, without what is wrong with files.
    #[must_use]
    pub fn screen(&self, output: &Output) -> String {
        self.parts(output).join("\n\n")
    }

    /// The screen, files that could not be used at its end.
    #[must_use]
    pub fn screen_with_faults(&self, output: &Output) -> String {
        let faults =
            self.faults.iter().map(|fault| narrow(output).wrapped("! ", &printable(&fault.message.what)));
        let faults = faults.collect::<Vec<_>>().join("\n");
        self.parts(output)
            .into_iter()
            .chain(Some(faults).filter(|text| !text.is_empty()))
            .collect::<Vec<_>>()
            .join("\n\n")
    }

    fn parts(&self, output: &Output) -> Vec<String> {
        let parts = [
            self.summary(output),
            self.restart(output),
            self.table(output),
            self.servers(output),
            self.next(output),
        ];
        parts.into_iter().flatten().collect()
    }

    fn summary(&self, output: &Output) -> Option<String> {
        let lang = output.lang;
        let count = |level| self.registers.iter().filter(|register| register.level == level).count();
        let (all, problems, warnings) = (self.registers.len(), count(Level::Problem), count(Level::Warning));
        if all == 0 {
            return Some(self.nothing(output));
        }
        let text = lang.pick(
            format!(
                "Registers: {all}. Act now: {problems} (!), soon: {warnings} (*). \
                 Read, Confirmed (by log), Delivered: how long ago."
            ),
            format!(
                "ККТ: {all}. Требуют действий: {problems} (!), внимания: {warnings} (*). \
                 Опрос, сверка с логами, отправка — сколько времени назад."
            ),
        );
        Some(narrow(output).wrapped("", &text))
    }

    fn nothing(&self, output: &Output) -> String {
        let lang = output.lang;
        let known = lang.pick("No register is known yet.", "Ни одна ККТ ещё не известна.");
        let silent = self.workstation_at.map(|at| {
            let at = at.format(FORMAT);
            lang.pick(format!(" None answered at {at}."), format!(" На опрос {at} ни одна не ответила."))
        });
        let advice = lang.pick(
            " Read the registers with `getad probe`; connect.json says how they are connected, `getad config init` writes it.",
            " Опросите ККТ командой `getad probe`; как они подключены, задаёт connect.json, его создаёт `getad config init`.",
        );
        narrow(output).wrapped("", &format!("{known}{}{advice}", silent.unwrap_or_default()))
    }

    fn restart(&self, output: &Output) -> Option<String> {
        let text = self.reboot.as_ref()?.text(self.now, output);
        Some(output.paint(&narrow(output).wrapped("! ", &text), Style::new().red()))
    }

    fn table(&self, output: &Output) -> Option<String> {
        if self.registers.is_empty() {
            return None;
        }
        let screen = usize::from(output.width);
        let (columns, narrow) = (Columns::of(screen), narrow(output));
        let fitting = |line: String| if Columns::fit(screen) { line } else { narrow.wrapped("", &line) };
        let rows = self.registers.iter().flat_map(|register| {
            let lines = columns.register(register, self, output);
            lines.into_iter().map(fitting).chain(register.remark(output))
        });
        Some(columns.header(output).into_iter().map(fitting).chain(rows).collect::<Vec<_>>().join("\n"))
    }

    fn servers(&self, output: &Output) -> Option<String> {
        let lines =
            self.servers.iter().map(|server| narrow(output).wrapped("  ", &server.text(self, output)));
        let lines: Vec<String> = lines.collect();
        let title = output.lang.pick("Delivery", "Отправка");
        (!lines.is_empty()).then(|| format!("{title}:\n{}", lines.join("\n")))
    }

    fn next(&self, output: &Output) -> Option<String> {
        let lang = output.lang;
        let title = lang.pick("What happens next", "Что дальше");
        let steps = self.steps(output).into_iter().map(|step| narrow(output).wrapped("  ", &step));
        Some(format!("{title}:\n{}", steps.collect::<Vec<_>>().join("\n")))
    }

    fn steps(&self, output: &Output) -> Vec<String> {
        let lang = output.lang;
        let (caveat, by_itself) = self.tasks.caveat(lang);
        let work = format!("{}{}", self.check.text(output), self.sending(lang));
        let hours = self.check.every_hours;
        let boot = lang.pick(
            "At the start of the computer and when somebody logs on the registers are read.",
            "При запуске компьютера и входе пользователя ККТ опрашиваются.",
        );
        let steps = if by_itself {
            let interval = lang.pick(format!("Every {hours} h {work}."), format!("Каждые {hours} ч {work}."));
            vec![boot.to_owned(), interval]
        } else {
            vec![lang.pick(format!("Due by hand: {work}."), format!("Вручную: {work}."))]
        };
        caveat.map(str::to_owned).into_iter().chain(steps).collect()
    }

    fn sending(&self, lang: Lang) -> &'static str {
        if self.delivery {
            lang.pick("; then the records are sent", "; затем записи отправляются")
        } else {
            lang.pick(
                "; nothing is sent (sending_data.enabled)",
                "; ничего не отправляется (sending_data.enabled)",
            )
        }
    }
}

impl Tasks {
    /// What is to be said of the tasks, and whether they may do their work.
    fn caveat(&self, lang: Lang) -> (Option<&'static str>, bool) {
        use TaskState::{None as NoTasks, Registered, Unknown};
        match (self.boot, self.interval) {
            (Registered, Registered) => (None, true),
            (NoTasks, _) => {
                let english = "Nothing by itself: tasks exist on Windows only.";
                (Some(lang.pick(english, "Само по себе ничего: задания есть только в Windows.")), false)
            }
            (Unknown, _) | (_, Unknown) => {
                let english =
                    "Whether the tasks are registered is shown to administrators only; if they are:";
                (
                    Some(lang.pick(english, "Установлены ли задания, видно только администратору; если да:")),
                    true,
                )
            }
            _ => {
                let english =
                    "Not everything by itself: tasks are missing. Run `getad install` as administrator.";
                let russian =
                    "Не всё само: заданий не хватает. Выполните `getad install` от имени администратора.";
                (Some(lang.pick(english, russian)), false)
            }
        }
    }
}

impl Restart {
    fn text(&self, now: NaiveDateTime, output: &Output) -> String {
        let lang = output.lang;
        let serials =
            self.registers.iter().map(|cause| cause.serialNumber.as_str()).collect::<Vec<_>>().join(", ");
        let why = match self.reason {
            Reason::Replaced => {
                lang.pick(format!("the FN was replaced ({serials})"), format!("заменён ФН ({serials})"))
            }
            Reason::Forced => lang.pick(
                format!("validation_fn.forced is on ({serials})"),
                format!("включён validation_fn.forced ({serials})"),
            ),
            Reason::Requested => lang.pick("asked for by hand", "по требованию").to_owned(),
        };
        let when = match self.at.filter(|_| self.scheduled).map(|at| (at < now, at.format(FORMAT))) {
            Some((false, at)) => lang.pick(format!("at {at}"), format!("{at}")),
            Some((true, at)) => lang.pick(
                format!("planned for {at}, `getad schedule-reboot` plans it anew"),
                format!("назначалась на {at}, `getad schedule-reboot` назначит её заново"),
            ),
            None => lang.pick(
                "not planned yet, `getad schedule-reboot` does that".to_owned(),
                "время не назначено, это делает `getad schedule-reboot`".to_owned(),
            ),
        };
        printable(&lang.pick(
            format!("A restart of the computer is pending, {when}: {why}."),
            format!("Ожидается перезагрузка компьютера, {when}: {why}."),
        ))
        .into_owned()
    }
}

impl Register {
    /// Why it is marked, on lines of its own: the gravest reasons first, and not too many.
    fn remark(&self, output: &Output) -> Option<String> {
        let mut notes: Vec<&str> = self.notes.iter().take(MOST_NOTES).map(String::as_str).collect();
        let more = self.notes.len() - notes.len();
        let rest = output.lang.pick(format!("{more} more (--json)"), format!("ещё {more} (--json)"));
        if more > 0 {
            notes.push(&rest);
        }
        (!notes.is_empty()).then(|| narrow(output).wrapped("  - ", &notes.join("; ")))
    }
}

impl Server {
    fn text(&self, report: &Report, output: &Output) -> String {
        let (lang, host) = (output.lang, &self.server);
        let accepted = match self.accepted_at.map(|at| age(at, report.now, lang)) {
            Some(age) => lang.pick(format!("accepted {age} ago"), format!("приём {age} назад")),
            None => lang.pick("never accepted anything", "ни одного приёма").to_owned(),
        };
        let refused = (self.not_accepted > 0).then(|| {
            let (count, all) = (self.not_accepted, self.records);
            let error = self.error.as_deref().unwrap_or("?");
            let at = self.failed_at.map(|at| age(at, report.now, lang)).unwrap_or_default();
            lang.pick(
                format!("; not accepted: {count} of {all}, {at} ago: {error}"),
                format!("; не приняты: {count} из {all}, {at} назад: {error}"),
            )
        });
        printable(&format!("{host}: {accepted}{}", refused.unwrap_or_default())).into_owned()
    }
}

impl Check {
    fn text(&self, output: &Output) -> String {
        let lang = output.lang;
        let due = self.due;
        match self.next_due_at.map(|at| at.format(FORMAT)) {
            _ if !self.enabled => lang
                .pick(
                    "FN are not checked (validation_fn.enabled)",
                    "ФН не проверяются (validation_fn.enabled)",
                )
                .to_owned(),
            _ if due > 0 => lang.pick(
                format!("FN are checked by log, registers due now: {due}"),
                format!("ФН проверяются по логам, пора проверить ККТ: {due}"),
            ),
            Some(at) => lang.pick(
                format!("FN are checked by log, none due before {at}"),
                format!("ФН проверяются по логам, ближайшая проверка {at}"),
            ),
            None => lang
                .pick(
                    "FN are checked by log, there is none to check",
                    "ФН проверяются по логам, проверять нечего",
                )
                .to_owned(),
        }
    }
}

/// Wraps where the table ends, on a terminal and elsewhere.
fn narrow(output: &Output) -> Output {
    Output { wrap: Some(output.width.saturating_sub(1).max(20)), ..output.clone() }
}
