//! Why a server gave no answer: what is wrong, then what to do.

use super::{Lang, Message};
use crate::delivery::http::CertificateFault;
use crate::delivery::{AddressError, HttpError};

/// The text for a server that gave no answer.
#[must_use]
pub fn message(error: &HttpError, lang: Lang) -> Message {
    Message::new(what(error, lang), advice(error, lang))
}

/// What is wrong, for those whose advice is another.
#[must_use]
pub fn what(error: &HttpError, lang: Lang) -> String {
    match error {
        HttpError::HostUnknown => {
            lang.pick("the name of the server is unknown", "имя сервера неизвестно").to_owned()
        }
        HttpError::Unreachable(reason) => {
            lang.pick(format!("no connection: {reason}"), format!("нет соединения: {reason}"))
        }
        HttpError::ConnectTimeout => lang
            .pick("no connection in time, the server does not answer", "нет соединения: сервер не отвечает")
            .to_owned(),
        HttpError::Timeout => lang.pick("no answer in time", "сервер не ответил вовремя").to_owned(),
        HttpError::Interrupted(reason) => {
            lang.pick(format!("the connection was cut: {reason}"), format!("соединение оборвано: {reason}"))
        }
        HttpError::Certificate(fault) => lang.pick(
            format!("the server's certificate is not accepted: {fault}"),
            format!("сертификат сервера не принят: {}", fault_in_russian(*fault)),
        ),
        HttpError::Tls(reason) => lang.pick(
            format!("no secure connection: {reason}"),
            format!("защищённое соединение не установлено: {reason}"),
        ),
        HttpError::Nonsense(reason) => lang
            .pick(format!("the answer is not HTTP: {reason}"), format!("ответ сервера — не HTTP: {reason}")),
        HttpError::Redirected { host } => redirected(host.as_deref(), lang),
        HttpError::HeaderUnfit => lang
            .pick("the key has characters that HTTP does not allow", "в ключе недопустимые для HTTP символы")
            .to_owned(),
        HttpError::ProxyAddress => lang
            .pick("the address of the proxy cannot be understood", "адрес прокси-сервера непонятен")
            .to_owned(),
        HttpError::ProxyFailed => lang
            .pick("the proxy did not connect to the server", "прокси-сервер не соединил с сервером")
            .to_owned(),
        HttpError::CaFile { path, reason } => lang.pick(
            format!("ca_file {}: {reason}", path.display()),
            format!("ca_file {}: {reason}", path.display()),
        ),
    }
}

fn redirected(host: Option<&str>, lang: Lang) -> String {
    match host {
        Some(host) => lang.pick(
            format!("the server sends us on to {host}, where the key must not go"),
            format!("сервер перенаправляет на {host}, ключ туда не отправлен"),
        ),
        None => lang
            .pick("the server sends us on to an unusable address", "сервер перенаправляет на негодный адрес")
            .to_owned(),
    }
}

fn fault_in_russian(fault: CertificateFault) -> &'static str {
    match fault {
        CertificateFault::Expired => "срок его действия истёк",
        CertificateFault::NotYetValid => "срок его действия ещё не начался",
        CertificateFault::OtherName => "он выдан на другое имя",
        CertificateFault::UnknownIssuer => "издатель неизвестен или сертификат самоподписанный",
        CertificateFault::Unfit => "он повреждён или отозван",
    }
}

fn advice(error: &HttpError, lang: Lang) -> &'static str {
    match error {
        HttpError::HostUnknown => lang.pick(
            "Check the address for typing errors, and the network's DNS.",
            "Проверьте, нет ли опечатки в адресе, и DNS сети.",
        ),
        HttpError::Unreachable(_) | HttpError::ConnectTimeout => lang.pick(
            "Check address and port, network, firewall and proxy; what was not sent goes with the next run.",
            "Проверьте адрес и порт, сеть, межсетевой экран и прокси; неотправленное уйдёт при следующем запуске.",
        ),
        HttpError::Timeout => lang.pick(
            "Ask whoever runs the server; a longer `timeout` in service.json helps a slow one.",
            "Обратитесь к владельцу сервера; медленному поможет больший `timeout` в service.json.",
        ),
        HttpError::Interrupted(_) => lang.pick(
            "The server or something on the way ended it, such as a limit on size: its log says more.",
            "Его прервал сервер или что-то на пути, например ограничение размера: подробности в журнале сервера.",
        ),
        HttpError::Certificate(fault) => fault_advice(*fault, lang),
        HttpError::Tls(_) => lang.pick(
            "The server must speak TLS 1.2 or 1.3 at this port; if it has plain HTTP only, write http://.",
            "Сервер должен поддерживать TLS 1.2 или 1.3 на этом порту; если там простой HTTP, пишите http://.",
        ),
        HttpError::Nonsense(_) => lang.pick(
            "Something else than a web server is at this port, or it wants https://.",
            "На этом порту не веб-сервер, или ему нужен https://.",
        ),
        HttpError::Redirected { .. } => lang.pick(
            "Enter the address that the server wants now in service.json, if it is to be trusted.",
            "Впишите в service.json новый адрес сервера, если ему можно доверять.",
        ),
        HttpError::HeaderUnfit => lang.pick(
            "Enter api_key again: letters, digits and signs of the Latin keyboard only.",
            "Введите api_key заново: только латинские буквы, цифры и знаки.",
        ),
        HttpError::ProxyAddress => lang.pick(
            "Write it as http://HOST:PORT or socks5://HOST:PORT.",
            "Пишите его в виде http://HOST:PORT или socks5://HOST:PORT.",
        ),
        HttpError::ProxyFailed => lang.pick(
            "Check the proxy's user and password, and that it allows connections (CONNECT) to this server.",
            "Проверьте имя и пароль для прокси и разрешены ли через него соединения (CONNECT) с этим сервером.",
        ),
        HttpError::CaFile { .. } => lang.pick(
            "Name a file with certificates in PEM form (-----BEGIN CERTIFICATE-----), or remove ca_file.",
            "Укажите файл с сертификатами в виде PEM (-----BEGIN CERTIFICATE-----) или уберите ca_file.",
        ),
    }
}

fn fault_advice(fault: CertificateFault, lang: Lang) -> &'static str {
    match fault {
        CertificateFault::Expired | CertificateFault::NotYetValid => lang.pick(
            "Check this computer's date first; else the server needs a new certificate.",
            "Сначала проверьте дату на этом компьютере; если она верна, серверу нужен новый сертификат.",
        ),
        CertificateFault::OtherName => lang.pick(
            "Use the name the certificate is made out to, or have one made for this name.",
            "Укажите то имя, на которое выдан сертификат, или выпустите сертификат на это имя.",
        ),
        CertificateFault::UnknownIssuer => lang.pick(
            "If it is your own server, put its certificate or its authority's into a PEM file and name it as ca_file.",
            "Если сервер ваш, сохраните его сертификат или сертификат его центра в файл PEM и укажите его в ca_file.",
        ),
        CertificateFault::Unfit => {
            lang.pick("The server needs a new certificate.", "Серверу нужен новый сертификат.")
        }
    }
}

/// The text for an address that cannot be posted to.
#[must_use]
pub fn address_message(error: AddressError, lang: Lang) -> Message {
    let what = match error {
        AddressError::Empty => lang.pick("its address is empty", "адрес не указан"),
        AddressError::Scheme => lang.pick(
            "its address does not start with http:// or https://",
            "адрес не начинается с http:// или https://",
        ),
        AddressError::Malformed => lang.pick("its address cannot be understood", "адрес непонятен"),
    };
    let advice = match error {
        AddressError::Malformed => lang.pick(
            "Correct `url` in service.json; a name in Cyrillic letters is written in its form xn--….",
            "Исправьте `url` в service.json; имя кириллицей пишется в виде xn--….",
        ),
        _ => lang.pick(
            "Correct `url` in service.json, such as https://server.example/api/submit_json.",
            "Исправьте `url` в service.json, например https://server.example/api/submit_json.",
        ),
    };
    Message::new(what, advice)
}
