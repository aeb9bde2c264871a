//! The file for support: what was found, the configuration without its secrets, states, logs.
//!
//! Files are taken by name, so that the key never is. Whatever goes in is searched for every secret
//! that is configured, as whole lines of others (a server, a broken file) may repeat one.

use std::fs::{self, File};
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf, absolute};

use serde_json::json;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::state::set_aside;
use crate::config::credentials::Credentials;
use crate::config::{SERVICE_FILE, Service};
use crate::context::{Context, KEY_FILE};
use crate::host;
use crate::secret::{Keys, Secret};
use crate::state::{StateError, delivery, file, fiscals, outbox, reboot};

/// Most bytes of one file; of a longer one the end is kept.
const FILE_LIMIT: u64 = 2 * 1024 * 1024;
/// Most bytes of all files together, before they are compressed.
const WHOLE_LIMIT: u64 = 32 * 1024 * 1024;
/// Most files of a folder.
const MOST_FILES: usize = 100;
/// State files that are taken.
const STATES: [&str; 5] =
    [fiscals::FILE_NAME, reboot::FILE_NAME, delivery::FILE_NAME, outbox::FILE_NAME, "uuid"];

/// Writes the report and says where it is.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, findings: &str, context: &Context) -> Result<PathBuf, StateError> {
    let path = absolute(path).unwrap_or_else(|_| path.to_owned());
    if let Some(folder) = path.parent().filter(|folder| !folder.is_dir()) {
        return Err(StateError::NoFolder { folder: folder.to_owned() });
    }
    let bytes =
        bundle(findings, context).map_err(|source| StateError::Write { path: path.clone(), source })?;
    file::write_bytes(&path, &bytes, |temporary| File::create(temporary))?;
    log::info!("report written to {}", path.display());
    Ok(path)
}

fn bundle(findings: &str, context: &Context) -> io::Result<Vec<u8>> {
    let mut bundle =
        Bundle { zip: ZipWriter::new(Cursor::new(Vec::new())), secrets: secrets(context), left: WHOLE_LIMIT };
    bundle.add("findings.txt", findings.as_bytes())?;
    bundle.add("versions.json", file::json_text(&versions(context)).as_bytes())?;
    if let Ok(connect) = context.connect() {
        bundle.add("config/connect.json", file::json_text(&connect).as_bytes())?;
    }
    if let Ok(service) = context.service() {
        bundle.add("config/service.json", file::json_text(&service).as_bytes())?;
    }
    let resources = context.home.join("_resources");
    for name in STATES.map(str::to_owned).into_iter().chain(set_aside(&resources)) {
        bundle.add_file(&format!("_resources/{name}"), &resources.join(&name))?;
    }
    for folder in ["date", "metrics"] {
        bundle.add_folder(folder, &context.home.join(folder), |name| name.ends_with(".json"))?;
    }
    bundle.add_folder("logs", &context.home.logs(), |name| {
        name.starts_with("service.log") || name.starts_with("kkt.log")
    })?;
    Ok(bundle.zip.finish()?.into_inner())
}

fn versions(context: &Context) -> serde_json::Value {
    let drivers = host::drivers::atol();
    let driver = |driver: &host::drivers::AtolDriver| {
        let version = host::drivers::file_version(&driver.path);
        json!({ "path": driver.path.display().to_string(), "version": version })
    };
    json!({
        "getad": env!("CARGO_PKG_VERSION"),
        "executable": context.executable.display().to_string(),
        "bits": usize::BITS,
        "home": context.home.path().display().to_string(),
        "system": host::system_name(),
        "written": context.now().format("%Y-%m-%d %H:%M:%S").to_string(),
        "atol_drivers": drivers.iter().map(driver).collect::<Vec<_>>(),
        "mitsu": host::drivers::mitsu_version(),
    })
}

struct Bundle {
    zip: ZipWriter<Cursor<Vec<u8>>>,
    secrets: Vec<Secret>,
    left: u64,
}

impl Bundle {
    fn add(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        let clean = self.clean(content);
        self.left = self.left.saturating_sub(clean.len() as u64);
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        self.zip.start_file(name, options)?;
        self.zip.write_all(clean.as_bytes())
    }

    /// A file that is not there is left out, one that cannot be read is named.
    fn add_file(&mut self, name: &str, path: &Path) -> io::Result<()> {
        match tail(path, FILE_LIMIT.min(self.left)) {
            Ok(content) => self.add(name, &content),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => self.add(&format!("{name}.unreadable"), error.to_string().as_bytes()),
        }
    }

    /// The newest files go first, should there be too many.
    fn add_folder(&mut self, name: &str, folder: &Path, wanted: fn(&str) -> bool) -> io::Result<()> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let entries = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
        let changed = |entry: &fs::DirEntry| entry.metadata().and_then(|metadata| metadata.modified()).ok();
        let named = entries.map(|entry| (changed(&entry), entry.file_name().to_string_lossy().into_owned()));
        let mut files: Vec<_> = named.filter(|(_, name)| wanted(name)).collect();
        files.sort_by(|one, other| other.cmp(one));
        for (_, file) in files.into_iter().take(MOST_FILES) {
            self.add_file(&format!("{name}/{file}"), &folder.join(&file))?;
        }
        Ok(())
    }

    fn clean(&self, content: &[u8]) -> String {
        let text = String::from_utf8_lossy(content).into_owned();
        self.secrets.iter().fold(text, |text, secret| secret.masked_in(text))
    }
}

/// The end of a file, from the beginning of a line on.
fn tail(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let start = size.saturating_sub(limit);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes)?;
    if start > 0 {
        let line = bytes.iter().position(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        bytes.drain(..line);
    }
    Ok(bytes)
}

/// Every secret of the configuration as it stands there and as it is used, and the key; the longest first, as one may
/// be a part of another.
fn secrets(context: &Context) -> Vec<Secret> {
    let keys = context.keys().unwrap_or_else(|_| Keys::published());
    let mut secrets = of_credentials(context, &keys);
    if let Ok(service) = context.service() {
        secrets.extend(of_settings(service));
    }
    if let Ok(key) = fs::read_to_string(context.home.resource(KEY_FILE)) {
        secrets.push(Secret::new(key.trim().to_owned()));
    }
    let hidden = secrets.iter().flat_map(parts).filter(Secret::is_distinct);
    let mut hidden: Vec<Secret> = hidden.collect();
    hidden.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
    hidden
}

fn of_credentials(context: &Context, keys: &Keys) -> Vec<Secret> {
    let Ok(credentials) = Credentials::read(&context.home.join(SERVICE_FILE)) else { return Vec::new() };
    let values = credentials.entries.into_iter().flat_map(|entry| entry.values);
    values
        .flat_map(|credential| {
            let opened = keys.examine(&credential.value).ok().map(|opened| opened.value);
            [Some(credential.value), opened].into_iter().flatten()
        })
        .collect()
}

fn of_settings(service: Service) -> Vec<Secret> {
    let notification = service.notification;
    [service.sending_data.proxy, notification.proxy, notification.api_url].into_iter().flatten().collect()
}

/// A secret whole; of an address what is not shown of it either: user, path and query.
fn parts(secret: &Secret) -> Vec<Secret> {
    let whole = secret.expose().trim();
    let Some((_, rest)) = whole.split_once("://") else { return vec![Secret::new(whole.to_owned())] };
    let (authority, path) = rest.find(['/', '?', '#']).map_or((rest, ""), |at| rest.split_at(at));
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
    let password = user.split_once(':').map_or("", |(_, password)| password);
    let values = path.split(['?', '&']).filter_map(|part| part.split_once('=')).map(|(_, value)| value);
    let path_itself = path.trim_matches('/');
    // The whole of an address without a path is a host, which is no secret.
    let whole = if path_itself.is_empty() && user.is_empty() { "" } else { whole };
    [whole, user, password, path_itself]
        .into_iter()
        .chain(values)
        .map(|part| Secret::new(part.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> Vec<String> {
        let parts = parts(&Secret::new(text.to_owned()));
        parts.iter().map(|part| part.expose().to_owned()).filter(|part| !part.is_empty()).collect()
    }

    #[test]
    fn of_an_address_all_but_the_host_is_hidden() {
        assert_eq!(hidden(" key "), ["key"]);
        assert_eq!(hidden("https://server.example/"), Vec::<String>::new());
        let parts = hidden("https://me:word@server.example/api/x?key=abcd&n=1");
        let whole = "https://me:word@server.example/api/x?key=abcd&n=1";
        assert_eq!(parts, [whole, "me:word", "word", "api/x?key=abcd&n=1", "abcd", "1"]);
    }

    #[test]
    fn of_a_long_file_the_end_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "one\ntwo\nthree\n").unwrap();
        assert_eq!(tail(&path, 100).unwrap(), b"one\ntwo\nthree\n");
        assert_eq!(tail(&path, 8).unwrap(), b"three\n");
    }
}
