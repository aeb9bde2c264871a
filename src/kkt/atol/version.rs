//! Version of the driver, as far as decisions hang on it.

/// First version that is supported.
pub(super) const SUPPORTED: (u32, u32) = (10, 7);
/// First version that tells of marked goods and of the FN's edition.
pub(super) const MARKED_GOODS: (u32, u32) = (10, 9);

/// Version of a driver. The library gives it as text (`10.9.1.0`), sometimes shortened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    major: u32,
    minor: Option<u32>,
}

impl Version {
    /// Takes what numbers there are; `None` when the text does not begin with one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches(['v', 'V']);
        let mut parts = text.split('.').map(leading_number);
        Some(Self { major: parts.next()??, minor: parts.next().flatten() })
    }

    /// True when it is certainly older; a version that says too little is not.
    pub(super) fn is_before(self, (major, minor): (u32, u32)) -> bool {
        self.major < major || (self.major == major && self.minor.is_some_and(|own| own < minor))
    }
}

fn leading_number(text: &str) -> Option<u32> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text.get(..digits)?.parse().ok()
}

/// True when a version is certainly older than the first one that is supported.
pub fn is_too_old(text: &str) -> bool {
    Version::parse(text).is_some_and(|version| version.is_before(SUPPORTED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_parsed_as_far_as_they_go() {
        let parsed = |text| Version::parse(text).map(|version| (version.major, version.minor));
        assert_eq!(parsed("10.9.1.0"), Some((10, Some(9))));
        assert_eq!(parsed("10.9.1"), Some((10, Some(9))));
        assert_eq!(parsed(" v10.10.7.0 (x86)"), Some((10, Some(10))));
        assert_eq!(parsed("10"), Some((10, None)));
        assert_eq!(parsed("10."), Some((10, None)));
        for garbage in ["", "driver", ".9", "99999999999.1", "-1.2"] {
            assert_eq!(parsed(garbage), None, "{garbage}");
        }
    }

    #[test]
    fn only_a_certainly_older_version_is_before() {
        let is_old = |text: &str| Version::parse(text).is_some_and(|version| version.is_before(SUPPORTED));
        for old in ["10.6.9.0", "10.0", "9.99", "8"] {
            assert!(is_old(old), "{old}");
        }
        for fine in ["10.7.0.0", "10.10.1.0", "11.0", "10", "unknown"] {
            assert!(!is_old(fine), "{fine}");
        }
    }
}
