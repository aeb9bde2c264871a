//! Short words of the screen: ages, shifts, brands, bars.

use chrono::{NaiveDateTime, TimeDelta};

use crate::kkt::health::ShiftState;
use crate::render::{Lang, Output};
use crate::state::fiscals::Group;

/// What is not known.
pub const UNKNOWN: &str = "?";
/// Days of an FN whose life is not known: 15 months, the shortest there is.
const USUAL_LIFE_DAYS: i64 = 455;

/// How long ago something was, in its largest unit.
pub fn age(at: NaiveDateTime, now: NaiveDateTime, lang: Lang) -> String {
    let age = (now - at).max(TimeDelta::zero());
    let (number, english, russian) = match (age.num_days(), age.num_hours(), age.num_minutes()) {
        (days @ 1.., ..) => (days, "d", "дн"),
        (_, hours @ 1.., _) => (hours, "h", "ч"),
        (_, _, minutes) => (minutes, "min", "мин"),
    };
    format!("{number} {}", lang.pick(english, russian))
}

/// The same for what may never have been.
pub fn age_or_never(at: Option<NaiveDateTime>, now: NaiveDateTime, lang: Lang) -> String {
    at.map_or_else(|| lang.pick("never", "никогда").to_owned(), |at| age(at, now, lang))
}

/// State of the shift, in six letters at most.
pub fn shift(state: Option<ShiftState>, lang: Lang) -> &'static str {
    match state {
        None => UNKNOWN,
        Some(ShiftState::Closed) => lang.pick("closed", "закр."),
        Some(ShiftState::Opened) => lang.pick("open", "откр."),
        Some(ShiftState::Expired) => lang.pick("> 24 h", "> 24 ч"),
    }
}

/// Unsent documents, and the age of the oldest in days.
pub fn unsent(count: Option<u32>, days: Option<i64>, lang: Lang) -> String {
    match (count, days) {
        (None, _) => UNKNOWN.to_owned(),
        (Some(count @ 1..), Some(days @ 1..)) => format!("{count}/{days}{}", lang.pick("d", "дн")),
        (Some(count), _) => count.to_string(),
    }
}

/// A model with the name of its maker, which models of ATOL have already.
pub fn model(brand: Group, model: Option<&str>, lang: Lang) -> String {
    let names: [&str; 2] = match brand {
        Group::Atol => ["ATOL", "АТОЛ"],
        Group::Mitsu => ["Mitsu", "Mitsu"],
        Group::Shtrih => ["Shtrih", "ШТРИХ"],
    };
    let name = lang.pick(names[0], names[1]);
    let Some(model) = model else { return name.to_owned() };
    let has_it = names.iter().any(|name| model.to_lowercase().starts_with(&name.to_lowercase()));
    if has_it { model.to_owned() } else { format!("{name} {model}") }
}

/// What is left of an FN as a bar of so many signs: at least one while it lives.
pub fn bar(days: Option<i64>, life: Option<i64>, signs: usize, output: &Output) -> String {
    let (full, empty) = if output.fine { ("█", "░") } else { ("#", "-") };
    let Some(days) = days else { return " ".repeat(signs) };
    let life = life.unwrap_or(USUAL_LIFE_DAYS).max(1);
    let share = usize::try_from(days.clamp(0, life)).unwrap_or_default();
    let filled = (share * signs).div_ceil(usize::try_from(life).unwrap_or(1)).min(signs);
    format!("{}{}", full.repeat(filled), empty.repeat(signs - filled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_have_one_unit() {
        let now = NaiveDateTime::default() + TimeDelta::days(1000);
        let shown = |seconds| age(now - TimeDelta::seconds(seconds), now, Lang::En);
        assert_eq!(
            [-5, 0, 59, 60, 3599, 3600, 86_399, 86_400, 8_640_000].map(shown),
            ["0 min", "0 min", "0 min", "1 min", "59 min", "1 h", "23 h", "1 d", "100 d"]
        );
        assert_eq!(age_or_never(None, now, Lang::Ru), "никогда");
    }

    #[test]
    fn a_bar_is_empty_only_at_the_end() {
        let output = Output::plain(Lang::En);
        let of = |days| bar(days, Some(400), 8, &output);
        assert_eq!(of(Some(400)), "########");
        assert_eq!(of(Some(200)), "####----");
        assert_eq!(of(Some(1)), "#-------");
        assert_eq!(of(Some(0)), "--------");
        assert_eq!(of(Some(-40)), "--------");
        assert_eq!(of(Some(4000)), "########");
        assert_eq!(of(None), "        ");
        assert_eq!(bar(Some(455), None, 2, &Output { fine: true, ..output }), "██");
    }

    #[test]
    fn a_model_has_its_maker() {
        assert_eq!(model(Group::Atol, Some("АТОЛ 30Ф"), Lang::En), "АТОЛ 30Ф");
        assert_eq!(model(Group::Mitsu, Some("MITSU-1-F 001"), Lang::Ru), "MITSU-1-F 001");
        assert_eq!(model(Group::Shtrih, Some("РИТЕЙЛ-01Ф"), Lang::Ru), "ШТРИХ РИТЕЙЛ-01Ф");
        assert_eq!(model(Group::Atol, None, Lang::Ru), "АТОЛ");
    }
}
