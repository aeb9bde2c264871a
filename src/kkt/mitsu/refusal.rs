//! Numbers of the errors that a Mitsu register answers with, from the vendor's programming guide.
//!
//! Texts for people are not made here: [`error_text`] gives a meaning, and whoever shows it has
//! the words.

use crate::kkt::Kind;

/// What an error number means, as far as it matters to someone who reads a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// 11 to 67, those not listed below: the FN did not do what the register asked of it.
    FnRequestFailed,
    /// 20.
    ShiftOpen,
    /// 21.
    ShiftClosed,
    /// 22: a document was begun and not finished.
    DocumentUnfinished,
    /// 26: the OFD has not confirmed all documents.
    DocumentsUnsent,
    /// 68.
    FnDataBad,
    /// 69: no FN, or it is not ready.
    FnAbsent,
    /// 70: the FN did not answer in time.
    FnSilent,
    /// 83 and 454: the keys for marked goods were not renewed for 90 days.
    MarkingKeysStale,
    /// 84: notices about marked goods must be exported.
    NoticesPending,
    /// 94: the request came too slowly.
    RequestIncomplete,
    /// 95 and 509: the printer is at work.
    PrinterBusy,
    /// 96.
    UnknownParameter,
    /// 97.
    MissingParameter,
    /// 98: too many or too long.
    ExcessParameter,
    /// 99: no such command, or not in this form.
    UnknownCommand,
    /// 124, 600, 601: the clock does not work.
    ClockFault,
    /// 133, 504.
    PrinterFault,
    /// 401.
    FnUnknownCommand,
    /// 402: not possible in the FN's present state, as before registration.
    FnWrongState,
    /// 403.
    FnBroken,
    /// 404: its cryptographic part does not work.
    FnCryptoBroken,
    /// 405: its time is over.
    FnExpired,
    /// 407: the register's date does not suit the FN.
    FnDateWrong,
    /// 408: it has no such data.
    FnNoData,
    /// 418 and 420.
    FnExhausted,
    /// 422: the shift is longer than 24 hours.
    ShiftTooLong,
    /// 432: the OFD's message was refused.
    OfdMessageRefused,
    /// 450 to 453: marked goods cannot be sold.
    MarkingBlocked,
    /// Another error of the FN, by its own number, which is the error's less 400.
    FnError(u32),
    /// 500.
    NoPaper,
    /// 501.
    CoverOpen,
    /// 502.
    PrinterOffline,
    /// 503.
    CutterFault,
    /// 505.
    PrinterOff,
    /// 506.
    PaperLow,
    /// 510: a document was not printed to its end.
    PrintUnfinished,
    /// 511: somebody holds the paper feed key.
    FeedKeyPressed,
    /// 602: the clock is behind the last document.
    ClockBehind,
    /// 604, 605: no answer from the server of marked goods.
    MarkingServerSilent,
    /// 606, 607, 608: no answer from the server of keys.
    KeyServerSilent,
}

/// Sort of a device error: busy when the same question will be answered later.
#[must_use]
pub fn error_kind(code: u32) -> Kind {
    match code {
        95 | 509 => Kind::Busy,
        _ => Kind::Refused,
    }
}

/// What an error number means; `None` for those that the guide does not explain or that no reader
/// can meet.
#[must_use]
pub fn error_text(code: u32) -> Option<Meaning> {
    let meaning = match code {
        20 => Meaning::ShiftOpen,
        21 => Meaning::ShiftClosed,
        22 => Meaning::DocumentUnfinished,
        26 => Meaning::DocumentsUnsent,
        11 | 17 | 23..=25 | 27..=28 | 40 | 41 | 44 | 47 | 62..=67 => Meaning::FnRequestFailed,
        68 => Meaning::FnDataBad,
        69 => Meaning::FnAbsent,
        70 => Meaning::FnSilent,
        83 | 454 => Meaning::MarkingKeysStale,
        84 => Meaning::NoticesPending,
        94 => Meaning::RequestIncomplete,
        95 | 509 => Meaning::PrinterBusy,
        96 => Meaning::UnknownParameter,
        97 => Meaning::MissingParameter,
        98 => Meaning::ExcessParameter,
        99 => Meaning::UnknownCommand,
        124 | 600 | 601 => Meaning::ClockFault,
        133 | 504 => Meaning::PrinterFault,
        401..=499 => fn_error(code - 400),
        500 => Meaning::NoPaper,
        501 => Meaning::CoverOpen,
        502 => Meaning::PrinterOffline,
        503 => Meaning::CutterFault,
        505 => Meaning::PrinterOff,
        506 => Meaning::PaperLow,
        510 => Meaning::PrintUnfinished,
        511 => Meaning::FeedKeyPressed,
        602 => Meaning::ClockBehind,
        604 | 605 => Meaning::MarkingServerSilent,
        606..=608 => Meaning::KeyServerSilent,
        _ => return None,
    };
    Some(meaning)
}

fn fn_error(code: u32) -> Meaning {
    match code {
        1 => Meaning::FnUnknownCommand,
        2 => Meaning::FnWrongState,
        3 => Meaning::FnBroken,
        4 => Meaning::FnCryptoBroken,
        5 => Meaning::FnExpired,
        7 => Meaning::FnDateWrong,
        8 => Meaning::FnNoData,
        18 | 20 => Meaning::FnExhausted,
        22 => Meaning::ShiftTooLong,
        32 => Meaning::OfdMessageRefused,
        50..=53 => Meaning::MarkingBlocked,
        other => Meaning::FnError(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_working_printer_makes_the_register_busy() {
        let busy: Vec<u32> = (0..1000).filter(|code| error_kind(*code) == Kind::Busy).collect();
        assert_eq!(busy, [95, 509]);
    }

    #[test]
    fn numbers_have_their_meanings() {
        assert_eq!(error_text(69), Some(Meaning::FnAbsent));
        assert_eq!(error_text(40), Some(Meaning::FnRequestFailed));
        assert_eq!(error_text(402), Some(Meaning::FnWrongState));
        assert_eq!(error_text(454), Some(Meaning::MarkingKeysStale));
        assert_eq!(error_text(462), Some(Meaning::FnError(62)));
        assert_eq!(error_text(506), Some(Meaning::PaperLow));
        for unexplained in [0, 1, 400, 507, 999, u32::MAX] {
            assert_eq!(error_text(unexplained), None);
        }
    }
}
