//! Meanings of the documented errors of a Mitsu register.

use super::Lang;
use crate::kkt::mitsu::Meaning;

/// The meaning in words.
#[must_use]
pub fn text(meaning: Meaning, lang: Lang) -> String {
    let Meaning::FnError(number) = meaning else {
        let (english, russian) = words(meaning);
        return lang.pick(english, russian).to_owned();
    };
    lang.pick(format!("error {number} of the FN"), format!("ошибка ФН {number}"))
}

fn words(meaning: Meaning) -> (&'static str, &'static str) {
    match meaning {
        Meaning::FnRequestFailed => ("the FN query failed", "запрос к ФН не выполнен"),
        Meaning::ShiftOpen => ("the shift is open", "смена открыта"),
        Meaning::ShiftClosed => ("the shift is closed", "смена закрыта"),
        Meaning::DocumentUnfinished => ("a document is not finished", "документ не завершён"),
        Meaning::DocumentsUnsent => ("documents were not sent to the OFD", "не все документы переданы в ОФД"),
        Meaning::MarkingKeysStale => ("the marking keys are stale", "ключи проверки маркировки устарели"),
        Meaning::NoticesPending => {
            ("notices on marked goods must be exported", "нужна выгрузка уведомлений о маркировке")
        }
        Meaning::RequestIncomplete => ("the command did not arrive whole", "команда пришла не полностью"),
        Meaning::UnknownParameter => ("unknown parameter", "неизвестный параметр"),
        Meaning::MissingParameter => ("missing parameter", "нет параметра"),
        Meaning::ExcessParameter => ("too many parameters", "лишние параметры"),
        Meaning::UnknownCommand => ("unknown command", "неизвестная команда"),
        Meaning::ShiftTooLong => ("the shift is open for more than 24 hours", "смена открыта более 24 часов"),
        Meaning::OfdMessageRefused => ("the OFD's message was refused", "сообщение ОФД отклонено"),
        Meaning::MarkingBlocked => {
            ("the sale of marked goods is blocked", "работа с маркировкой заблокирована")
        }
        Meaning::MarkingServerSilent => {
            ("the marking server does not answer", "нет ответа сервера маркировки")
        }
        Meaning::KeyServerSilent => {
            ("the key server does not answer", "нет ответа сервера обновления ключей")
        }
        Meaning::FnError(_) => ("error of the FN", "ошибка ФН"),
        Meaning::FnDataBad => ("bad data from the FN", "ошибка данных ФН"),
        Meaning::FnAbsent => ("the FN is absent or not ready", "ФН отсутствует или не готов"),
        Meaning::FnSilent => ("the FN does not answer", "ФН не отвечает"),
        Meaning::FnUnknownCommand => ("the FN does not know the command", "неизвестная команда ФН"),
        Meaning::FnWrongState => ("not possible in the FN's state", "недопустимо в текущем состоянии ФН"),
        Meaning::FnBroken => ("the FN is broken", "отказ ФН"),
        Meaning::FnCryptoBroken => ("the FN's cryptography is broken", "отказ криптографии ФН"),
        Meaning::FnExpired => ("the FN has expired", "срок ФН истёк"),
        Meaning::FnDateWrong => ("the register's date does not suit the FN", "дата ККТ не подходит ФН"),
        Meaning::FnNoData => ("the FN has no such data", "в ФН нет таких данных"),
        Meaning::FnExhausted => ("the FN is exhausted", "ресурс ФН исчерпан"),
        Meaning::PrinterBusy => ("the printer is busy", "принтер занят"),
        Meaning::PrinterFault => ("printer failure", "отказ принтера"),
        Meaning::PrinterOffline => ("the printer does not answer", "принтер не отвечает"),
        Meaning::PrinterOff => ("the printer is off", "принтер выключен"),
        Meaning::CutterFault => ("the cutter is stuck", "ошибка отрезчика"),
        Meaning::NoPaper => ("no paper", "нет бумаги"),
        Meaning::PaperLow => ("the paper is running out", "бумага заканчивается"),
        Meaning::CoverOpen => ("the cover is open", "открыта крышка"),
        Meaning::PrintUnfinished => ("a document was not printed to its end", "документ не допечатан"),
        Meaning::FeedKeyPressed => ("the paper feed key is held", "нажата кнопка протяжки бумаги"),
        Meaning::ClockFault => ("the clock is faulty", "неисправны часы"),
        Meaning::ClockBehind => {
            ("the clock is behind the last document", "часы отстают от последнего документа")
        }
    }
}
