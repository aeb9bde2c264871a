//! Keys and tokens: vectors of the Fernet specification, and tokens made by Python's
//! `cryptography.fernet` and written down here.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use super::keys::{KeyPlace, Keys};
use super::{KeyError, Secret, TokenError};

const SPEC_KEY: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
const SPEC_TOKEN: &str =
    "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";
/// Of the bytes 0 to 31.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const PUBLISHED: &str = "t_qxC_HN04Tiy1ish2P27ROYSJt_m7_FE2JT6gYngOM=";

// Made by Python with KEY, the last one of two bytes that are no text.
const URL: &str = "gAAAAABlU_EA2lm-Ex8gTylL6n5UjMlPRE7n_uF2YCzXNEwO0iwlSf1SlFxsaUfjbT2a2suTcQpA495HpH8xlgWp5FOQdfqqVDgH5Xrc-wqe8WEqI-FYX6GcHScaLoKOTDgsMlXzpr5A";
const RUSSIAN: &str =
    "gAAAAABlU_EAzq2-51yCaA4GhswUvbbhrnpRkXaqZpM6Pzc1ug_oaKM3hI7BqLmw1maUTushfh1U2tiqfxtC75GU1cVbqZ_iyQ==";
const NO_TEXT: &str =
    "gAAAAABlU_EAq7Mk9ezVQt6XC2I_O2yugtLg-Jf6jKH1aFDeilhIgzlw61v-2WRsZsCrXBX--jOVdBZcBAyjDUE16zllPbH48w==";
// Made by Python with PUBLISHED, the second one in the year 5000.
const OF_PUBLISHED: &str =
    "gAAAAABlU_EAAxFHF4JAEDDfy5Y3_LSZ-1b-e8nWIwPQ19VHWx-JBDCnp_yzJ8zxjnFSeUHOUwzUibgJp1PEJGkZ8_4H-__BUw==";
const OF_5000: &str = "gAAAABZDQIuAgYvMUtsbGPFL02wAdQQ8-oDXxxCjF8EgmxlZTIhWobEWRRTLWLw_jg4Y5Vakvc6ddhGWisuEnrOEhJwabKPcRC2qYtL9K3Ph7LQ6yJasL0yH6wP8yEiqEy3Hi_hap_Sy";

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn keys(variable: &str) -> Result<Keys, KeyError> {
    Keys::gather(None, Some(OsStr::new(variable)), Path::new("/absent/key"))
}

fn opens(keys: &Keys, token: &str) -> Result<String, TokenError> {
    keys.open(&secret(token)).map(|value| value.expose().to_owned())
}

#[test]
fn specification_is_kept() {
    let keys = keys(SPEC_KEY).unwrap();
    assert_eq!(opens(&keys, SPEC_TOKEN).as_deref(), Ok("hello"));
    let sealed = keys.seal(&secret("hello"), 499_162_800);
    assert_eq!((&sealed[..12], sealed.len()), (&SPEC_TOKEN[..12], SPEC_TOKEN.len()));
    assert_ne!(sealed, SPEC_TOKEN, "the initialisation vector is random");
    assert_eq!(opens(&keys, &sealed).as_deref(), Ok("hello"));
}

#[test]
fn invalid_tokens_of_the_specification_are_refused() {
    let keys = keys(SPEC_KEY).unwrap();
    for (error, token) in [
        // Incorrect HMAC.
        (
            TokenError::OtherKey,
            "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==",
        ),
        // Too short.
        (TokenError::Damaged, "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA=="),
        // Invalid Base64.
        (
            TokenError::Damaged,
            "%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==",
        ),
        // Payload size not a multiple of the block size.
        (
            TokenError::Damaged,
            "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm",
        ),
        // Payload padding error.
        (
            TokenError::OtherKey,
            "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==",
        ),
        // Incorrect initialisation vector, which causes a padding error.
        (
            TokenError::OtherKey,
            "gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==",
        ),
    ] {
        assert_eq!(opens(&keys, token), Err(error), "{token}");
    }
}

/// Credentials do not age: the two tokens of the specification that do, do not here.
#[test]
fn age_does_not_matter() {
    let spec = keys(SPEC_KEY).unwrap();
    for token in [
        "gAAAAAAdwStRAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAnja1xKYyhd-Y6mSkTOyTGJmw2Xc2a6kBd-iX9b_qXQcw==",
        "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==",
    ] {
        assert_eq!(opens(&spec, token).as_deref(), Ok(""));
    }
    assert!(opens(&Keys::published(), OF_5000).is_ok());
}

#[test]
fn tokens_of_python_are_opened() {
    let keys = keys(KEY).unwrap();
    assert_eq!(opens(&keys, URL).as_deref(), Ok("https://server.example/api/submit_json"));
    assert_eq!(opens(&keys, &format!(" {RUSSIAN}\r\n")).as_deref(), Ok("Ключ №1"));
    assert_eq!(opens(&keys, NO_TEXT), Err(TokenError::NotText));
    assert_eq!(opens(&keys, "plain"), Err(TokenError::Damaged));
}

#[test]
fn every_key_opens_and_the_first_one_seals() {
    let keys = keys(KEY).unwrap();
    let examined = |token: &str| {
        let opened = keys.examine(&secret(token)).unwrap_or_else(|error| panic!("{error}"));
        (opened.current, opened.published)
    };
    assert_eq!((keys.place(), keys.is_published()), (&KeyPlace::Environment, false));
    assert_eq!(examined(&keys.seal(&secret("x"), 0)), (true, false));
    assert_eq!(examined(OF_PUBLISHED), (false, true));
    assert_eq!(opens(&Keys::published(), URL), Err(TokenError::OtherKey));
}

#[test]
fn the_published_key_is_known_wherever_it_stands() {
    assert!(keys(PUBLISHED).unwrap().is_published());
    assert!(keys("").unwrap().is_published() || option_env!("GETAD_BUILTIN_KEY").is_some());
}

#[test]
fn keys_are_read_as_people_keep_them() {
    let bare = KEY.trim_end_matches('=');
    for text in [bare, &format!("\u{feff}{KEY} \r\n"), &format!("{KEY}=")] {
        assert!(opens(&keys(text).unwrap(), URL).is_ok(), "{text:?}");
    }
    let other_alphabet = PUBLISHED.replace('-', "+").replace('_', "/");
    assert!(keys(&other_alphabet).unwrap().is_published());
    for text in [" ", "key", &KEY[1..], &format!("{KEY}{KEY}"), &KEY.replace('A', "%")] {
        let error = keys(text).err().expect("no key").to_string();
        assert_eq!(error, "GETAD_KEY holds no Fernet key");
    }
}

#[test]
fn sources_have_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let utf16: Vec<u8> =
        format!("\u{feff}{SPEC_KEY}\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (given, home) = (file("given", &utf16), file("home", KEY.as_bytes()));
    let place = |given, variable: Option<&str>| {
        let keys = Keys::gather(given, variable.map(OsStr::new), &home).unwrap();
        assert!(opens(&keys, URL).is_ok() && opens(&keys, OF_PUBLISHED).is_ok());
        keys.place().clone()
    };
    assert_eq!(place(Some(given.as_path()), Some(PUBLISHED)), KeyPlace::File(given.clone()));
    assert_eq!(place(None, Some(PUBLISHED)), KeyPlace::Environment);
    assert_eq!(place(None, Some("")), KeyPlace::File(home.clone()));
}

#[test]
fn files_that_hold_no_key_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let error = |given| Keys::gather(given, None, &path).err().map(|error| error.to_string());
    assert_eq!(error(None), None);
    assert_eq!(error(Some(&path)).unwrap(), format!("there is no key file {}", path.display()));
    for content in ["", "MARKED-SECRET", "\0\u{1}\u{7f}"] {
        fs::write(&path, content).unwrap();
        assert_eq!(error(None).unwrap(), format!("{} holds no Fernet key", path.display()));
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(error(None).unwrap().contains("cannot be read"));
}

#[test]
fn plain_and_empty_values_are_themselves() {
    let keys = keys(KEY).unwrap();
    let revealed =
        |encrypted, text: &str| keys.reveal(encrypted, &secret(text)).map(|value| value.expose().to_owned());
    assert_eq!(revealed(false, "plain").as_deref(), Ok("plain"));
    assert_eq!(revealed(false, URL).as_deref(), Ok(URL));
    assert_eq!(revealed(true, "").as_deref(), Ok(""));
    assert_eq!(revealed(true, RUSSIAN).as_deref(), Ok("Ключ №1"));
    assert_eq!(revealed(true, "plain"), Err(TokenError::Damaged));
}

#[test]
fn masks_hide_everything_but_the_server() {
    let masked = |text: &str| secret(text).masked();
    assert_eq!(masked(""), "");
    assert_eq!(masked("123456:AAbb"), "***");
    assert_eq!(masked("https://server.example:8443/api?key=1"), "https://server.example:8443/***");
    assert_eq!(masked("socks5://user:pass@10.0.0.1:1080"), "socks5://10.0.0.1:1080/***");
}

/// Tells at compile time whether a type has a trait: an associated constant of the type itself goes
/// before that of a trait.
macro_rules! has {
    ($kind:ty: $trait:path) => {{
        #[allow(dead_code, reason = "used by types that lack it only")]
        trait Lacking {
            const HAS: bool = false;
        }
        impl<T> Lacking for T {}
        struct Of<T>(std::marker::PhantomData<T>);
        #[allow(dead_code, reason = "used by types that have it only")]
        impl<T: $trait> Of<T> {
            const HAS: bool = true;
        }
        <Of<$kind>>::HAS
    }};
}

#[test]
fn secrets_cannot_be_printed() {
    assert!(has!(String: std::fmt::Debug) && has!(KeyError: std::fmt::Display));
    assert!(!has!(Secret: std::fmt::Debug) && !has!(Secret: std::fmt::Display));
    assert!(!has!(Keys: std::fmt::Debug) && !has!(Keys: std::fmt::Display));
    assert!(!has!(super::keys::Opened: std::fmt::Debug));
}
