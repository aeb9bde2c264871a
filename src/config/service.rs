//! `service.json`: everything but the registers' connections. A missing key has the value of the
//! shipped file; optional keys are absent from it.

use chrono::NaiveTime;
use serde::{Deserialize, Deserializer, Serialize};

use super::lenient::{DataFormat, LogSource, TargetTime, given, lenient, one_or_many};
use crate::secret::Secret;

/// Everything but the registers' connections. Serialises with its secrets masked.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Service {
    /// The program itself.
    pub service: Program,
    /// Delivery to servers.
    pub sending_data: Sending,
    /// Checks of the FN by log.
    pub validation_fn: Validation,
    /// The plugin for Shtrih registers.
    pub shtrihscanner: Plugin,
    /// Messages to Telegram.
    pub notification: Notification,
    /// Zabbix.
    pub zabbix: Zabbix,
    /// Prometheus.
    pub prometheus: Prometheus,
}

/// Section `service`.
#[derive(Clone, Deserialize, Serialize)]
#[serde(default)]
pub struct Program {
    /// File in `updater/` that updates the installation.
    #[serde(deserialize_with = "given")]
    pub updater_name: String,
    /// File in `_resources/` that restarts the computer.
    #[serde(deserialize_with = "given")]
    pub reboot_file: String,
    /// `debug`, `info`, `warning` or `error`.
    #[serde(deserialize_with = "given")]
    pub log_level: String,
    /// Days that logs are kept.
    #[serde(deserialize_with = "given")]
    pub log_days: u32,
}

/// Section `sending_data`.
#[derive(Clone, Deserialize, Serialize)]
#[serde(default)]
pub struct Sending {
    /// Switch.
    #[serde(deserialize_with = "given")]
    pub enabled: bool,
    /// Servers.
    #[serde(deserialize_with = "one_or_many")]
    pub url_list: Vec<Server>,
    /// Attempts per record and server.
    #[serde(deserialize_with = "given")]
    pub max_attempts: u32,
    /// Seconds before the second attempt; doubles from then on.
    #[serde(deserialize_with = "given")]
    pub delay: u32,
    /// Seconds that one attempt may take.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u32>,
    /// Further certificate authorities, PEM.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<String>,
    /// Proxy address.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub proxy: Option<Secret>,
}

/// One server of `url_list`.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Server {
    /// `url` and `api_key` are Fernet tokens.
    #[serde(deserialize_with = "given")]
    pub encryption: bool,
    /// Address, path included.
    #[serde(deserialize_with = "given")]
    pub url: Secret,
    /// Key for `X-API-Key`.
    #[serde(deserialize_with = "given")]
    pub api_key: Secret,
}

/// Section `validation_fn`.
#[derive(Clone, Deserialize, Serialize)]
#[serde(default)]
pub struct Validation {
    /// Switch.
    #[serde(deserialize_with = "given")]
    pub enabled: bool,
    /// Do not look at logs: restart when due.
    #[serde(deserialize_with = "given")]
    pub forced: bool,
    /// Hours between checks.
    #[serde(deserialize_with = "given")]
    pub interval: u32,
    /// Days after which a register must be confirmed again.
    #[serde(deserialize_with = "given")]
    pub trigger_days: u32,
    /// When the restart file runs.
    #[serde(deserialize_with = "given")]
    pub target_time: TargetTime,
    /// Days without confirmation after which a register is forgotten.
    #[serde(deserialize_with = "given")]
    pub delete_days: u32,
    /// Log search for ATOL.
    #[serde(deserialize_with = "atol_search")]
    pub atol: LogSearch,
    /// Log search for Mitsu.
    #[serde(deserialize_with = "mitsu_search")]
    pub mitsu: LogSearch,
}

/// How the logs of one brand are searched.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
#[expect(non_snake_case, reason = "the keys are users' own")]
pub struct LogSearch {
    /// Folder, or `iiko` for the one of iikoFront.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub logs_dir: Option<String>,
    /// Part of the file name.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub logs_mask_name: Option<String>,
    /// Text right before a register's serial number.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub serialNumber_key: Option<String>,
    /// Text right before an FN's number.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub fnNumber_key: Option<String>,
    /// The FN may stand on a following line.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub multiline: Option<bool>,
    /// ATOL: the POS program's logs, the driver's own, or both.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub source: Option<LogSource>,
}

/// Section `shtrihscanner`.
#[derive(Clone, Deserialize, Serialize)]
#[serde(default)]
pub struct Plugin {
    /// Switch.
    #[serde(deserialize_with = "given")]
    pub enabled: bool,
    /// File in the home folder.
    #[serde(deserialize_with = "given")]
    pub exe_name: String,
    /// Seconds that it has.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u32>,
}

/// Section `notification`.
#[derive(Clone, Deserialize, Serialize)]
#[serde(default)]
pub struct Notification {
    /// Switch.
    #[serde(deserialize_with = "given")]
    pub enabled: bool,
    /// Bot and chat.
    pub authentication: Authentication,
    /// Attempts per message.
    #[serde(deserialize_with = "given")]
    pub max_attempts: u32,
    /// Seconds before the second attempt; doubles from then on.
    #[serde(deserialize_with = "given")]
    pub delay: u32,
    /// Proxy address.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub proxy: Option<Secret>,
    /// Own Bot API server.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub api_url: Option<Secret>,
}

/// Bot and chat.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Authentication {
    /// `bot_token` and `chat_id` are Fernet tokens.
    #[serde(deserialize_with = "given")]
    pub encryption: bool,
    /// Token of the bot.
    #[serde(deserialize_with = "given")]
    pub bot_token: Secret,
    /// Chat that gets the messages.
    #[serde(deserialize_with = "given")]
    pub chat_id: Secret,
}

/// Section `zabbix`, optional.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Zabbix {
    /// File that is written for an agent.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub data_file: Option<String>,
    /// Its form.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub data_format: Option<DataFormat>,
    /// Servers or proxies for the trapper.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Name of this host there.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Seconds that a server may take.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u32>,
}

/// Section `prometheus`, optional.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Prometheus {
    /// File that is written for a textfile collector.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub textfile: Option<String>,
}

impl Default for Program {
    fn default() -> Self {
        Self {
            updater_name: "updater.exe".to_owned(),
            reboot_file: "reboot.bat".to_owned(),
            log_level: "info".to_owned(),
            log_days: 7,
        }
    }
}

impl Default for Sending {
    fn default() -> Self {
        Self {
            enabled: true,
            url_list: Vec::new(),
            max_attempts: 5,
            delay: 2,
            timeout: None,
            ca_file: None,
            proxy: None,
        }
    }
}

impl Default for Validation {
    fn default() -> Self {
        Self {
            enabled: true,
            forced: false,
            interval: 12,
            trigger_days: 3,
            target_time: NaiveTime::from_hms_opt(5, 30, 0).map_or(TargetTime::Unclear, TargetTime::At),
            delete_days: 21,
            atol: LogSearch::atol(),
            mitsu: LogSearch::mitsu(),
        }
    }
}

fn atol_search<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LogSearch, D::Error> {
    LogSearch::deserialize(deserializer).map(|search| search.or(LogSearch::atol()))
}

fn mitsu_search<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LogSearch, D::Error> {
    LogSearch::deserialize(deserializer).map(|search| search.or(LogSearch::mitsu()))
}

impl LogSearch {
    fn atol() -> Self {
        Self::new("AtolFiscalRegister", "serialNumber=", "fnNumber=")
    }

    fn mitsu() -> Self {
        Self::new("MitsuCRPlugin", "SERIAL='", "FN='")
    }

    fn new(mask: &str, serial_key: &str, fn_key: &str) -> Self {
        Self {
            logs_dir: Some("iiko".to_owned()),
            logs_mask_name: Some(mask.to_owned()),
            serialNumber_key: Some(serial_key.to_owned()),
            fnNumber_key: Some(fn_key.to_owned()),
            multiline: None,
            source: None,
        }
    }

    fn or(self, default: Self) -> Self {
        Self {
            logs_dir: self.logs_dir.or(default.logs_dir),
            logs_mask_name: self.logs_mask_name.or(default.logs_mask_name),
            serialNumber_key: self.serialNumber_key.or(default.serialNumber_key),
            fnNumber_key: self.fnNumber_key.or(default.fnNumber_key),
            multiline: self.multiline.or(default.multiline),
            source: self.source.or(default.source),
        }
    }
}

impl Default for Plugin {
    fn default() -> Self {
        Self { enabled: true, exe_name: "shtrihscanner.exe".to_owned(), timeout: None }
    }
}

impl Default for Notification {
    fn default() -> Self {
        Self {
            enabled: false,
            authentication: Authentication::default(),
            max_attempts: 5,
            delay: 10,
            proxy: None,
            api_url: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> serde_json::Value {
        let service: Service = serde_json::from_str(text).expect("valid");
        serde_json::to_value(service).expect("serialises")
    }

    #[test]
    fn missing_keys_have_the_shipped_values() {
        let mut shipped = shown(crate::config::SERVICE_DEFAULT);
        shipped["sending_data"]["url_list"] = serde_json::json!([]);
        assert_eq!(shown("{}"), shipped);
        assert_eq!(shown(r#"{"validation_fn":{"atol":{"logs_dir":"iiko"},"mitsu":{}}}"#), shipped);
    }

    #[test]
    fn secrets_are_masked_when_shown() {
        let shown = shown(
            r#"{"sending_data":{"url_list":{"url":"https://h.example/p","api_key":12345}},
            "notification":{"enabled":"1","authentication":{"bot_token":"1:A","chat_id":-100}}}"#,
        );
        let text = shown.to_string();
        assert!(
            text.contains("https://h.example/***") && !text.contains("12345") && !text.contains("-100"),
            "{text}"
        );
        assert_eq!(shown["notification"]["enabled"], true);
    }
}
