//! `encrypt`: makes keys, and encrypts credentials with them: single values or those of a file.

mod file;
mod new_key;
mod stdin;

use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::context::Context;
use crate::exit::Exit;
use crate::render::encrypt as text;
use crate::render::key_error::{at, token_message};
use crate::secret::{Keys, Secret, TokenError};

/// Arguments of `encrypt`.
#[derive(Args)]
pub struct EncryptArgs {
    /// Value to encrypt; - takes the lines of stdin
    #[arg(
        value_name = "VALUE",
        value_parser = |text: &str| Ok::<_, Infallible>(Secret::new(text.to_owned())),
        allow_negative_numbers = true,
        required_unless_present_any = ["gen_key", "config"],
    )]
    values: Vec<Secret>,
    /// Decrypt instead
    #[arg(long)]
    decrypt: bool,
    /// Make a key of your own, in _resources/key or FILE of --key-file
    #[arg(long, conflicts_with_all = ["values", "decrypt", "config"])]
    gen_key: bool,
    /// Key file that goes before all other keys
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Encrypt the credentials in this service.json, in place
    #[arg(long, value_name = "FILE", conflicts_with_all = ["values", "decrypt"])]
    config: Option<PathBuf>,
}

/// Values are not shown.
impl fmt::Debug for EncryptArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptArgs").finish_non_exhaustive()
    }
}

/// Makes a key, or encrypts a file or values.
///
/// # Errors
/// When a key or a file cannot be used or written.
pub fn run(args: &EncryptArgs, context: &Context) -> anyhow::Result<Exit> {
    if args.gen_key {
        return new_key::run(args.key_file.as_deref(), context);
    }
    let key_file = args.key_file.as_deref().map(|path| named(path, context));
    let keys = context.keys_after(key_file.as_deref())?;
    match &args.config {
        Some(path) => file::run(&named(path, context), &keys, context),
        None => values(args, &keys, context),
    }
}

/// An existing file as it is named on the command line: from the current folder, else, as a
/// console of an administrator starts in a folder of the system, from the home folder.
fn named(path: &Path, context: &Context) -> PathBuf {
    let here = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if here.exists() { here } else { context.home.join(path) }
}

fn values(args: &EncryptArgs, keys: &Keys, context: &Context) -> anyhow::Result<Exit> {
    let given = given(&args.values, context)?;
    if given.is_empty() {
        context.output.error(&text::nothing_given(context.output.lang));
        return Ok(Exit::Nothing);
    }
    let results: Vec<_> = given.iter().map(|value| convert(value, args.decrypt, keys, context)).collect();
    if !args.decrypt {
        warn_of_published(keys, context);
    }
    report(&results, keys, context);
    let failed = results.iter().filter(|result| result.is_err()).count();
    Ok(Exit::of_parts(results.len() - failed, failed))
}

/// The values of the command line, with the lines of stdin where `-` stands.
fn given(values: &[Secret], context: &Context) -> anyhow::Result<Vec<Secret>> {
    let mut given = Vec::new();
    for value in values {
        match value.expose() {
            "-" => given.extend(stdin::lines(&context.output)?),
            _ => given.push(value.clone()),
        }
    }
    Ok(given)
}

/// An empty value stays empty either way.
fn convert(value: &Secret, decrypt: bool, keys: &Keys, context: &Context) -> Result<String, TokenError> {
    if decrypt {
        return keys.reveal(true, value).map(|value| value.expose().to_owned());
    }
    Ok(if value.is_blank() { String::new() } else { keys.seal(value, seconds(context)) })
}

/// The clock as tokens note it.
fn seconds(context: &Context) -> u64 {
    context.zoned_now().timestamp().try_into().unwrap_or_default()
}

fn warn_of_published(keys: &Keys, context: &Context) {
    if keys.is_published() {
        log::warn!("encrypted with the key that everyone knows");
        context.output.warning(&text::published(context.output.lang));
    }
}

/// A line per value, an empty one for what could not be decrypted.
fn report(results: &[Result<String, TokenError>], keys: &Keys, context: &Context) {
    let output = &context.output;
    let lines: Vec<&str> = results.iter().map(|result| result.as_deref().unwrap_or_default()).collect();
    output.text(&lines.join("\n"));
    let numbered = results.iter().zip(1_usize..);
    let failures = numbered.filter_map(|(result, number)| Some((number, *result.as_ref().err()?)));
    let mut errors = Vec::new();
    for (number, error) in failures {
        log::error!("value {number}: {error}");
        let message = token_message(error, output.lang);
        errors.push(json!({ "value": number, "message": message.what, "hint": message.advice }));
        output.error(&at(&text::value(number, output.lang), message));
    }
    let values: Vec<Option<&String>> = results.iter().map(|result| result.as_ref().ok()).collect();
    output.document(&document(errors.is_empty(), keys, json!({ "values": values, "errors": errors })));
}

/// A JSON document of `encrypt`: whether all went well and which sort of key it took, then the rest.
fn document(ok: bool, keys: &Keys, rest: Value) -> Value {
    let mut document = json!({ "ok": ok, "key": keys.place().key() });
    if let (Some(document), Value::Object(rest)) = (document.as_object_mut(), rest) {
        document.extend(rest);
    }
    document
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::cli::Cli;

    #[test]
    fn arguments_do_not_show_values() {
        let cli = Cli::try_parse_from(["getad", "encrypt", "MARKED", "--decrypt"]).unwrap();
        let shown = format!("{cli:?}");
        assert!(shown.contains("EncryptArgs") && !shown.contains("MARKED"), "{shown}");
    }
}
