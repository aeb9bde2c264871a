//! `GET REG`: what the register was registered with, by the tags of the FFD.

use chrono::NaiveDateTime;

use super::{Command, Patience, has_any};
use crate::kkt::mitsu::answer::Answer;

/// Data of the last registration. Flags and texts carry the names of their FFD tags.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Registration {
    /// When it was made.
    pub made_at: Option<NaiveDateTime>,
    /// Tag 1013, factory number.
    pub serial: Option<String>,
    /// Tag 1188, version of the model.
    pub model_version: Option<String>,
    /// Tag 1037, RNM.
    pub registration_number: Option<String>,
    /// Tag 1018, INN.
    pub inn: Option<String>,
    /// Tag 1017, INN of the OFD.
    pub ofd_inn: Option<String>,
    /// Tag 1036, number of the vending machine.
    pub machine_number: Option<String>,
    /// Tag 1209, FFD version times 100.
    pub ffd_version: Option<u32>,
    /// Tag 1062, bit mask as in [`Registration::taxation_types`](crate::kkt::health::Registration).
    pub taxation_types: Option<u32>,
    /// Tag 1048, organisation.
    pub organization_name: Option<String>,
    /// Tag 1009, address of settlements.
    pub address: Option<String>,
    /// Tag 1187, place of settlements.
    pub place: Option<String>,
    /// Tag 1046, name of the OFD.
    pub ofd_name: Option<String>,
    /// Tag 1117, e-mail of the sender.
    pub email: Option<String>,
    /// Tag 1060, site of the tax service.
    pub fns_url: Option<String>,
    /// Modes of work.
    pub modes: Modes,
}

/// Modes of work, from the masks `MODE` and `ExtMODE`; what a mask does not say is taken from the
/// attribute of its FFD tag, which newer firmware gives as 0 or 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Modes {
    /// `MODE` bit 0, tag 1056.
    pub encryption: Option<bool>,
    /// `MODE` bit 1, tag 1002: nothing goes to an OFD.
    pub offline: Option<bool>,
    /// `MODE` bit 2, tag 1001.
    pub auto: Option<bool>,
    /// `MODE` bit 3, tag 1109.
    pub service: Option<bool>,
    /// `MODE` bit 4, tag 1110.
    pub bso: Option<bool>,
    /// `MODE` bit 5, tag 1108.
    pub internet: Option<bool>,
    /// `ExtMODE` bit 0, tag 1207.
    pub excise: Option<bool>,
    /// `ExtMODE` bit 1, tag 1193.
    pub gambling: Option<bool>,
    /// `ExtMODE` bit 2, tag 1126.
    pub lottery: Option<bool>,
    /// `ExtMODE` bit 3, tag 1221.
    pub machine_installation: Option<bool>,
    /// `ExtMODE` bit 4, attribute `MARK`.
    pub marked: Option<bool>,
}

/// `GET REG`: the last registration.
pub enum GetRegistration {}

impl Command for GetRegistration {
    type Reply = Registration;
    const NAME: &'static str = "GET REG";
    const TEXT: &'static str = "<GET REG='?'/>";
    const PATIENCE: Patience = Patience::OF_FN;

    fn reply(answer: &Answer) -> Option<Registration> {
        let word = |name: &str| answer.word(name).map(str::to_owned);
        let text = |name: &str| answer.text(name).map(str::to_owned);
        let registration = Registration {
            made_at: answer.moment(),
            serial: word("T1013"),
            model_version: word("T1188"),
            registration_number: word("T1037"),
            inn: word("T1018"),
            ofd_inn: word("T1017"),
            machine_number: word("T1036"),
            ffd_version: answer.number("T1209").and_then(ffd_version),
            taxation_types: answer.word("T1062").and_then(taxation_types),
            organization_name: text("T1048"),
            address: text("T1009"),
            place: text("T1187"),
            ofd_name: text("T1046"),
            email: text("T1117"),
            fns_url: text("T1060"),
            modes: modes(answer),
        };
        has_any(answer, &["BASE", "T1013", "T1037", "T1188", "T1209", "MODE"]).then_some(registration)
    }
}

fn ffd_version(code: u32) -> Option<u32> {
    match code {
        1 => Some(100),
        2 => Some(105),
        3 => Some(110),
        4 => Some(120),
        _ => None,
    }
}

/// `0,1` → bits 0 and 1; a number without a meaning makes the whole list unknown.
fn taxation_types(list: &str) -> Option<u32> {
    list.split(',').try_fold(0, |mask, item| {
        let number: u32 = item.trim().parse().ok()?;
        (number <= 5).then(|| mask | 1 << number)
    })
}

fn modes(answer: &Answer) -> Modes {
    let (mode, extended) = (answer.mask("MODE"), answer.mask("ExtMODE"));
    let flag = |mask: Option<u32>, bit: u32, tag: &str| match mask {
        Some(mask) => Some(mask & (1 << bit) != 0),
        None => answer.number(tag).filter(|value| *value <= 1).map(|value| value == 1),
    };
    Modes {
        encryption: flag(mode, 0, "T1056"),
        offline: flag(mode, 1, "T1002"),
        auto: flag(mode, 2, "T1001"),
        service: flag(mode, 3, "T1109"),
        bso: flag(mode, 4, "T1110"),
        internet: flag(mode, 5, "T1108"),
        excise: flag(extended, 0, "T1207"),
        gambling: flag(extended, 1, "T1193"),
        lottery: flag(extended, 2, "T1126"),
        machine_installation: flag(extended, 3, "T1221"),
        marked: flag(extended, 4, "MARK"),
    }
}
