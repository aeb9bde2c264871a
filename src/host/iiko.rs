//! The address of the iiko server that the cash desk of this computer works with.
//!
//! The cash desk keeps it in `%APPDATA%\iiko\Cashserver\config.xml`, element `serverUrl`, a
//! direct child of the root.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::{profiles, text};

/// Folder of the cash desk below the roaming application data of its user.
pub const CASH_SERVER: [&str; 2] = ["iiko", "Cashserver"];

const CONFIG_LIMIT: u64 = 4 * 1024 * 1024;

/// Address of the server, of the active user if that one has the cash desk.
#[must_use]
pub fn server() -> Option<String> {
    let config = profiles::roaming_folder(&CASH_SERVER)?.join("config.xml");
    let url = server_url(&text::read(&config, CONFIG_LIMIT)?);
    if url.is_none() {
        log::debug!("{}: no serverUrl", config.display());
    }
    url
}

/// Content of the element `serverUrl`: the root's own one, else the first one anywhere.
#[must_use]
pub fn server_url(xml: &str) -> Option<String> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    let mut search = Search::default();
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return search.elsewhere,
            Ok(event) => {
                if let Some(url) = search.take(&event) {
                    return Some(url);
                }
            }
            Err(error) => {
                log::debug!("iiko configuration: {error}");
                return search.elsewhere;
            }
        }
    }
}

const DEPTH_OF_CHILD: usize = 2;

#[derive(Default)]
struct Search {
    depth: usize,
    open: Option<(usize, String)>,
    elsewhere: Option<String>,
}

impl Search {
    fn take(&mut self, event: &Event<'_>) -> Option<String> {
        match event {
            Event::Start(start) => {
                self.depth += 1;
                if self.open.is_none() && start.local_name().as_ref().eq_ignore_ascii_case("serverUrl") {
                    self.open = Some((self.depth, String::new()));
                }
            }
            Event::End(_) => return self.close(),
            Event::Text(text) => self.push(&text.xml10_content()),
            Event::CData(text) => self.push(&text.xml10_content()),
            Event::GeneralRef(name) => {
                let character = name.resolve_char_ref().ok().flatten().map(String::from);
                let named =
                    || quick_xml::escape::resolve_xml_entity(&name.xml10_content()).map(str::to_owned);
                self.push(&character.or_else(named).unwrap_or_default());
            }
            _ => {}
        }
        None
    }

    fn push(&mut self, text: &str) {
        if let Some((_, content)) = &mut self.open {
            content.push_str(text);
        }
    }

    fn close(&mut self) -> Option<String> {
        let depth = self.depth;
        self.depth = depth.saturating_sub(1);
        let (_, content) = self.open.take_if(|(opened_at, _)| *opened_at >= depth)?;
        let url = Some(content.trim().to_owned()).filter(|url| !url.is_empty())?;
        if depth == DEPTH_OF_CHILD {
            return Some(url);
        }
        self.elsewhere.get_or_insert(url);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direct_child_of_the_root_is_preferred() {
        let xml = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<config>\r\n  <old><serverUrl>http://old/</serverUrl></old>\
                   <!-- <serverUrl>http://comment/</serverUrl> -->\
                   <serverUrl>\r\n  https://kafe-na-uglu.iiko.it:443/resto\r\n</serverUrl></config>";
        assert_eq!(server_url(xml).as_deref(), Some("https://kafe-na-uglu.iiko.it:443/resto"));
    }

    #[test]
    fn another_depth_is_better_than_nothing() {
        let xml = "<a><b><serverUrl>http://one</serverUrl></b><c><serverUrl>http://two</serverUrl></c></a>";
        assert_eq!(server_url(xml).as_deref(), Some("http://one"));
    }

    #[test]
    fn entities_and_cdata_are_resolved() {
        let xml = "<c><serverUrl>http://h/?a=1&amp;b=&#x41;<![CDATA[&c]]></serverUrl></c>";
        assert_eq!(server_url(xml).as_deref(), Some("http://h/?a=1&b=A&c"));
    }

    #[test]
    fn namespaces_do_not_matter() {
        let xml = "<x:c xmlns:x=\"urn:x\"><x:serverUrl>http://h</x:serverUrl></x:c>";
        assert_eq!(server_url(xml).as_deref(), Some("http://h"));
    }

    #[test]
    fn nothing_is_made_up() {
        for xml in
            ["", "not xml", "<config/>", "<config><serverUrl/></config>", "<c><serverUrl> </serverUrl></c>"]
        {
            assert_eq!(server_url(xml), None, "{xml}");
        }
        assert_eq!(server_url("<c><serverUrl>http://h"), None);
        assert_eq!(server_url("<c><myserverUrl>http://h</myserverUrl></c>"), None);
    }

    #[test]
    fn a_broken_end_does_not_spoil_what_stands_before_it() {
        assert_eq!(server_url("<c><serverUrl>http://h</serverUrl><x").as_deref(), Some("http://h"));
        assert_eq!(server_url("<c><serverUrl>http://h</wrong></c>").as_deref(), Some("http://h"));
    }
}
