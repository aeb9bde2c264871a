use super::*;

/// The registration of the guide, as it comes: blanks and bare quotes in a text.
const REGISTRATION: &str = "<OK REG='7' FD='13' DATE='2023-02-10' TIME='18:39' BASE='2,3,4,32' T1013='009130557' \
    T1188='001' T1036='' MODE='0' ExtMODE='0x11'><T1048> ООО \"АБВГД\"</T1048>\
    <T1009>123456, г.Москва, Красная площадь д.1</T1009><T1117>noreply@ofd.com </T1117></OK>";

fn cp1251(text: &str) -> Vec<u8> {
    let (bytes, _, unmappable) = WINDOWS_1251.encode(text);
    assert!(!unmappable, "{text}");
    bytes.into_owned()
}

fn parse(text: &str) -> Answer {
    Answer::parse(&cp1251(text)).unwrap()
}

#[test]
fn texts_come_verbatim_and_words_without_blanks() {
    let answer = parse(REGISTRATION);
    assert_eq!(answer.text("T1048"), Some(" ООО \"АБВГД\""));
    assert_eq!(answer.text("T1117"), Some("noreply@ofd.com "));
    assert_eq!(answer.word("T1117"), Some("noreply@ofd.com"));
    assert_eq!(answer.word("T1013"), Some("009130557"));
    assert_eq!(answer.number("REG"), Some(7));
    assert_eq!(answer.refusal(), None);
}

#[test]
fn what_is_empty_or_blank_is_unknown() {
    let answer = parse("<OK A='' B='  ' C='\0'><D></D><E> \t</E><F/></OK>");
    for name in ["A", "B", "C", "D", "E", "F", "G"] {
        assert_eq!(answer.text(name), None, "{name}");
    }
    assert_eq!(answer.attribute("B"), Some("  "));
}

#[test]
fn names_are_compared_whole_and_without_regard_to_case() {
    let answer = parse("<OK XVER='no' VER2='no' PREVDATE='2001-01-01' ver='1.1' Date='2023-02-06'/>");
    assert_eq!(answer.text("VER"), Some("1.1"));
    assert_eq!(answer.date("DATE"), NaiveDate::from_ymd_opt(2023, 2, 6));
    assert_eq!(answer.text("MODE"), None);
    assert_eq!(parse(REGISTRATION).mask("EXTMODE"), Some(0x11));
    assert_eq!(parse(REGISTRATION).mask("MODE"), Some(0));
}

#[test]
fn attributes_come_in_any_quotes_or_none() {
    let answer = parse("<OK A='1' B=\"2\" C=3 D = '4' E= 5 word F='6'G='7'\tH=\"it's\" />");
    let values = ["A", "B", "C", "D", "E", "F", "G", "H"].map(|name| answer.text(name));
    assert_eq!(values.map(Option::unwrap_or_default), ["1", "2", "3", "4", "5", "6", "7", "it's"]);
    assert_eq!(parse("<OK A=1/>").text("A"), Some("1"));
}

#[test]
fn a_quote_inside_a_value_does_not_end_it() {
    let answer = parse("<OK A='ООО 'Ромашка' и К' B=\"кафе \"У дома\"\" C='x'/>");
    assert_eq!(answer.text("A"), Some("ООО 'Ромашка' и К"));
    assert_eq!(answer.text("B"), Some("кафе \"У дома\""));
    assert_eq!(answer.text("C"), Some("x"));
}

#[test]
fn entities_are_decoded_in_every_field() {
    let answer =
        parse("<OK A='&quot;&#65;&#x42;&apos;'><T1048>&lt;А&gt; &amp;amp; &QUOT;Б&quot; &#171;</T1048></OK>");
    assert_eq!(answer.text("A"), Some("\"AB'"));
    assert_eq!(answer.text("T1048"), Some("<А> &amp; \"Б\" «"));
}

#[test]
fn what_is_no_entity_stays() {
    for text in ["A&B", "&", "&;", "&unknown;", "&#xD800;", "&#99999999;", "a && b", "&quot", "&#-1;"] {
        assert_eq!(parse(&format!("<OK><T>{text}</T></OK>")).text("T"), Some(text));
    }
}

#[test]
fn bytes_outside_the_character_set_are_tolerated() {
    let answer = Answer::parse(b"<OK><T1048>\x98\xC0\x01\x03</T1048></OK>").unwrap();
    assert_eq!(answer.text("T1048"), Some("\u{98}А\u{1}\u{3}"));
}

#[test]
fn of_equal_names_the_first_counts() {
    let answer = parse("<OK A='1' a='2'><A>3</A><T>4</T><T>5</T></OK>");
    assert_eq!(answer.text("A"), Some("1"));
    assert_eq!(answer.text("T"), Some("4"));
}

#[test]
fn elements_inside_elements_are_found_and_belong_to_the_outer_text() {
    let answer = parse("<OK><T1048>ООО <B>\"Я\"</B> и К</T1048><LIST><T1009>адрес</T1009></LIST></OK>");
    assert_eq!(answer.text("T1048"), Some("ООО \"Я\" и К"));
    assert_eq!(answer.text("T1009"), Some("адрес"));
}

#[test]
fn an_element_that_is_never_closed_ends_at_the_next_tag() {
    let answer = parse("<OK><T1048>ООО<T1009>адрес</T1009><T1187>место</OK>");
    assert_eq!(answer.text("T1048"), Some("ООО"));
    assert_eq!(answer.text("T1009"), Some("адрес"));
    assert_eq!(answer.text("T1187"), Some("место"));
}

#[test]
fn the_endings_of_the_guide_are_all_accepted() {
    for text in ["<OK A='1'/>", "<OK A='1' />", "<ok A='1'></ok>", "<OK A='1'> </OK >", "<OK A='1'></ANS>"] {
        assert_eq!(parse(text).number("A"), Some(1), "{text}");
    }
}

#[test]
fn what_has_no_end_or_no_beginning_is_no_answer() {
    for text in
        ["", "<", "<OK", "<OK A='1'", "<OK A='1'>", "<OK><T></T>", "<OKAY/>", "<GET DEV='?'/>", "OK", "</OK>"]
    {
        assert_eq!(Answer::parse(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn an_error_tells_its_number_and_the_rest_that_is_not_empty() {
    let refusal = |text: &str| parse(text).refusal().unwrap();
    assert_eq!(
        refusal("<ERROR No='40' FSE='0x02' TAG='' PAR='INFO'/>"),
        Refusal { code: 40, text: Some("FSE='0x02' PAR='INFO'".to_owned()) }
    );
    assert_eq!(refusal("<error NO=69></error>"), Refusal { code: 69, text: None });
    assert_eq!(refusal("<ERROR No='?'/>").code, 0);
}

#[test]
fn impossible_dates_and_numbers_are_unknown() {
    let answer = parse(
        "<OK DATE='2000-00-00' TIME='00:00' A='0000-01-01' B='12023-01-01' C='-1' D='0xZZ' E='4294967296'/>",
    );
    assert_eq!(answer.moment(), None);
    assert_eq!((answer.date("A"), answer.date("B")), (None, None));
    assert_eq!((answer.number("C"), answer.mask("D"), answer.number("E")), (None, None, None));
    assert_eq!(answer.time("TIME"), NaiveTime::from_hms_opt(0, 0, 0));
}

#[test]
fn a_moment_needs_its_day_only() {
    let moment = |text: &str| parse(text).moment().map(|at| at.to_string());
    assert_eq!(moment("<OK DATE='2023-02-10' TIME='18:39'/>").as_deref(), Some("2023-02-10 18:39:00"));
    assert_eq!(moment("<OK DATE='2023-02-10' TIME='08:32:18'/>").as_deref(), Some("2023-02-10 08:32:18"));
    assert_eq!(moment("<OK DATE='2023-02-10' TIME='25:00'/>").as_deref(), Some("2023-02-10 00:00:00"));
    assert_eq!(moment("<OK TIME='18:39'/>"), None);
}

/// Marsaglia's xorshift, so that every run tries the same texts.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }
}

/// Whatever comes, reading it ends and does not panic, and [`Closing`] sees the end exactly where
/// [`Answer::parse`] does.
fn examine(bytes: &[u8]) {
    let answer = Answer::parse(bytes);
    let mut closing = Closing::default();
    for byte in bytes.get(root_start(bytes).unwrap_or(bytes.len())..).unwrap() {
        closing.push(*byte);
    }
    assert_eq!(answer.is_some(), closing.is_closed(), "{:?}", decode(bytes));
    if let Some(answer) = answer {
        let _ = (answer.refusal(), answer.moment(), answer.mask("A"), answer.date("VALID"));
    }
}

#[test]
fn no_bytes_make_it_panic() {
    const PARTS: [&str; 24] = [
        "<OK",
        "<ERROR",
        "</OK>",
        "</ANS>",
        "<T>",
        "</T>",
        "/>",
        ">",
        "<",
        "/",
        " ",
        "=",
        "'",
        "\"",
        "A",
        "No='1'",
        "DATE='2000-00-00'",
        "&",
        "&quot;",
        "&#",
        ";",
        "\u{3}",
        "Ж",
        "<OK/>",
    ];
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for _ in 0..20_000 {
        let length = random.below(24);
        let text: String = (0..length).map(|_| PARTS[random.below(PARTS.len())]).collect();
        examine(&cp1251(&text));
        let bytes: Vec<u8> = (0..length).map(|_| random.below(256).to_le_bytes()[0]).collect();
        examine(&bytes);
        examine(&[b"<OK ".as_slice(), &bytes, b"/>"].concat());
    }
}

#[test]
fn every_short_text_of_the_telling_characters_is_survived() {
    const LETTERS: &[u8] = b"<>/='& OK";
    let mut texts: Vec<Vec<u8>> = vec![b"<OK".to_vec()];
    for _ in 0..5 {
        texts = texts
            .iter()
            .flat_map(|text| LETTERS.iter().map(move |letter| [text.as_slice(), &[*letter]].concat()))
            .collect();
        texts.iter().for_each(|text| examine(text));
    }
}

#[test]
fn the_worst_long_answers_are_survived() {
    let worst = ["<a>", "'", "A='", "<T></T>", "& ", "= ", "' A", "</"];
    for part in worst {
        let body = part.repeat(60_000 / part.len());
        examine(format!("<OK {body}").as_bytes());
        examine(format!("<OK {body}/>").as_bytes());
        examine(format!("<OK>{body}</OK>").as_bytes());
    }
}
