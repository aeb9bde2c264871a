//! `notify`: a message that somebody wrote, sent the way alerts are.

use std::io::{self, Read};

use anyhow::{Context as _, bail};
use clap::Args;
use encoding_rs::IBM866;

use super::{alerts, workstation};
use crate::context::Context;
use crate::exit::Exit;
use crate::render::notify::{self, Report};
use crate::render::telegram::send_message;
use crate::render::{Complaint, alert};

/// Most bytes of a message.
const SIZE_LIMIT: usize = 32 * 1024;
/// Stands for a text on stdin.
const STDIN: &str = "-";

/// Arguments of `notify`.
#[derive(Debug, Args)]
pub struct NotifyArgs {
    /// Text of the message; `-` reads it from stdin
    #[arg(value_name = "TEXT", required = true, num_args = 1..)]
    text: Vec<String>,
}

/// Sends the text, and before it whatever waits.
///
/// # Errors
/// When the text or the configuration is unfit, or the home folder cannot be used. That Telegram does not take the
/// message is no error but a result.
pub fn run(args: &NotifyArgs, context: &Context) -> anyhow::Result<Exit> {
    let text = text(args)?;
    let settings = context.service()?.notification;
    if !settings.enabled {
        return Ok(disabled(context));
    }
    let mut bot = alerts::bot(context, &settings)?;
    let text = alert::written(&text, &workstation::facts(context, false));
    let id = {
        let _lock = context.lock()?;
        alerts::queue(None, &text, context)?
    };
    let delivery = alerts::deliver(&mut bot, true, context)?.unwrap_or_default();
    let unfit = delivery.unfit.iter().find(|(unfit, _)| Some(*unfit) == id).map(|(_, error)| error);
    let report = Report {
        kept: delivery.failure.is_some() && unfit.is_none(),
        sent: delivery.sent,
        waiting: delivery.waiting,
        migrate_to_chat_id: bot.moved_to(),
        ..Report::default()
    };
    let reason = unfit.or(delivery.failure.as_ref()).map(|error| send_message(error, context.output.lang));
    Ok(conclude(&report.with(reason), context))
}

/// Switched off means that nothing is sent, and nothing is kept for later.
fn disabled(context: &Context) -> Exit {
    let reason = notify::disabled(context.output.lang);
    log::info!("notify: switched off");
    context.output.warning(&reason);
    context.output.document(&Report::default().with(Some(reason)));
    Exit::Nothing
}

fn conclude(report: &Report, context: &Context) -> Exit {
    let output = &context.output;
    output.document(report);
    if report.ok {
        output.text(&report.success(output.lang));
        return Exit::Done;
    }
    output.error(&report.failure(output.lang));
    Exit::Failed
}

fn text(args: &NotifyArgs) -> anyhow::Result<String> {
    let text = match args.text.as_slice() {
        [only] if only == STDIN => stdin()?,
        words => words.join(" "),
    };
    match text.trim() {
        "" => bail!(Complaint::NoText),
        text if text.len() > SIZE_LIMIT => bail!(Complaint::LongText { limit: SIZE_LIMIT }),
        text => Ok(text.to_owned()),
    }
}

/// What comes is in UTF-8 or in the code page of a Russian console.
fn stdin() -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(SIZE_LIMIT as u64 + 1).read_to_end(&mut bytes).context("stdin cannot be read")?;
    let text = String::from_utf8(bytes);
    Ok(text.unwrap_or_else(|error| IBM866.decode(error.as_bytes()).0.into_owned()))
}
