//! What the Bot API answers: `{"ok":true,…}` or `{"ok":false,"error_code":…,"description":…}`, the latter with
//! `parameters` for what a program can see to itself. Pure.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::SendError;
use crate::delivery::http::Answer;

/// Descriptions by which one message is at fault, so that the next one may still get through.
const UNFIT: [&str; 3] = ["message text is empty", "message is too long", "text must be"];

/// What became of a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Telegram has it.
    Taken,
    /// The group has become a supergroup, which has this id.
    Moved(i64),
}

#[derive(Deserialize)]
struct Document {
    ok: bool,
    error_code: Option<Value>,
    description: Option<String>,
    #[serde(default)]
    parameters: Value,
}

/// Understands an answer.
///
/// # Errors
/// What Telegram, or whoever answered in its place, objects to.
pub fn outcome(answer: &Answer) -> Result<Outcome, SendError> {
    let Ok(document) = serde_json::from_slice::<Document>(&answer.body) else {
        return Err(foreign(answer));
    };
    if document.ok && answer.is_success() {
        return Ok(Outcome::Taken);
    }
    if let Some(chat) = document.parameters.get("migrate_to_chat_id").and_then(Value::as_i64) {
        return Ok(Outcome::Moved(chat));
    }
    let code = document.error_code.as_ref().and_then(Value::as_u64).and_then(|code| code.try_into().ok());
    let wanted = document.parameters.get("retry_after").and_then(Value::as_u64).map(Duration::from_secs);
    let text = document.description.unwrap_or_default();
    Err(refusal(code.unwrap_or(answer.status), text, wanted.or_else(|| answer.wanted_wait())))
}

fn refusal(code: u16, text: String, pause: Option<Duration>) -> SendError {
    match code {
        401 | 404 => SendError::Token,
        403 => SendError::Forbidden { text },
        429 => SendError::TooMany { pause },
        400 if text.contains("chat not found") || text.contains("chat_id is empty") => SendError::ChatUnknown,
        400 if UNFIT.iter().any(|unfit| text.contains(unfit)) => SendError::Unfit { text },
        status => SendError::Refused { status, text },
    }
}

/// A proxy, a gateway or a page that wants a login answered instead.
fn foreign(answer: &Answer) -> SendError {
    match answer.status {
        429 => SendError::TooMany { pause: answer.wanted_wait() },
        413 => SendError::Unfit { text: String::new() },
        status => SendError::Foreign { status },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Result<Outcome, SendError> {
        let answer = Answer { status, body: body.as_bytes().to_vec(), retry_after: None, date: None };
        outcome(&answer)
    }

    fn refused(status: u16, text: &str) -> SendError {
        let body = format!(r#"{{"ok":false,"error_code":{status},"description":"{text}"}}"#);
        answer(status, &body).expect_err("refused")
    }

    #[test]
    fn refusals_are_told_apart() {
        assert!(matches!(answer(200, r#"{"ok":true,"result":{"message_id":1}}"#), Ok(Outcome::Taken)));
        assert!(matches!(refused(401, "Unauthorized"), SendError::Token));
        assert!(matches!(refused(404, "Not Found"), SendError::Token));
        assert!(matches!(refused(400, "Bad Request: chat not found"), SendError::ChatUnknown));
        assert!(matches!(
            refused(403, "Forbidden: bot was blocked by the user"),
            SendError::Forbidden { .. }
        ));
        assert!(matches!(refused(400, "Bad Request: message text is empty"), SendError::Unfit { .. }));
        let rights = "Bad Request: not enough rights to send text messages to the chat";
        assert!(matches!(refused(400, rights), SendError::Refused { status: 400, .. }));
    }

    #[test]
    fn parameters_are_heard() {
        let moved = r#"{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-1001234567890}}"#;
        assert_eq!(answer(400, moved).ok(), Some(Outcome::Moved(-1_001_234_567_890)));
        let many = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7","parameters":{"retry_after":7}}"#;
        let SendError::TooMany { pause } = answer(429, many).expect_err("refused") else {
            panic!("too many")
        };
        assert_eq!(pause, Some(Duration::from_secs(7)));
    }

    #[test]
    fn what_is_no_bot_api_is_not_believed() {
        for body in ["<html>ok</html>", "", "[]", r#"{"ok":"yes"}"#, r#"{"result":{}}"#, r#"{"ok":true"#] {
            assert!(matches!(answer(200, body), Err(SendError::Foreign { status: 200 })), "{body}");
        }
        let odd = r#"{"ok":false,"error_code":"x","parameters":{"retry_after":-1,"migrate_to_chat_id":"z"}}"#;
        assert!(matches!(answer(502, odd), Err(SendError::Refused { status: 502, .. })));
        assert!(matches!(answer(500, r#"{"ok":true}"#), Err(SendError::Refused { status: 500, .. })));
    }
}
