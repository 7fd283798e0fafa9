//! The one origin and path below which requests go; the key is sent nowhere else.

use reqwest::Url;

use crate::quickstream::fault::{Fault, FaultKind};

/// The longest link followed, in bytes. The bank's ids have at most 255 characters.
const LINK_BYTES_MAX: usize = 2048;

/// A checked base URL.
#[derive(Clone, Debug)]
pub(super) struct BaseUrl {
    /// Scheme, host and port, with the path prefix that ends without a slash.
    url: Url,
    prefix: String,
    tls: bool,
}

/// A URL below the base URL; only such a one is ever requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place(Url);

impl Place {
    pub(super) fn url(&self) -> &Url {
        &self.0
    }
}

impl BaseUrl {
    /// Checks a base URL. The messages name what is wrong, never the value: it may hold a password.
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let wrong = |what: &str| Fault::new(FaultKind::Settings, format!("base_url {what}"));
        let mut url = Url::parse(text).map_err(|_| wrong("is not an absolute URL"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("must not hold a user name or a password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("must not have a query or a fragment"));
        }
        let host = url.host_str().ok_or_else(|| wrong("has no host"))?;
        let address =
            host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
        let loopback = match &address {
            Ok(address) => address.is_loopback(),
            Err(_) => host == "localhost",
        };
        let tls = match url.scheme() {
            "https" => true,
            "http" if loopback => false,
            "http" => return Err(wrong("must be https; http is for a sandbox on loopback only")),
            _ => return Err(wrong("must be https")),
        };
        if address.is_ok() && !loopback {
            return Err(wrong("must name the host, since a certificate is checked against a name"));
        }
        let prefix = url.path().trim_end_matches('/').to_owned();
        url.set_path(&prefix);
        Ok(Self { url, prefix, tls })
    }

    /// Whether requests are encrypted; not so for a sandbox on loopback.
    pub(super) fn is_tls(&self) -> bool {
        self.tls
    }

    /// The place at `path`, which begins with a slash and was checked, below the base.
    pub(super) fn place(&self, path: &str) -> Place {
        let mut url = self.url.clone();
        let (path, query) =
            path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        url.set_path(&format!("{}{path}", self.prefix));
        url.set_query(query);
        Place(url)
    }

    /// The path and query of a place, below the base.
    pub(super) fn below(&self, place: &Place) -> Option<String> {
        // A link may name the base itself, without the slash that every path begins with.
        let path = place.0.path().strip_prefix(self.prefix.as_str())?;
        let path = if path.is_empty() { "/" } else { path };
        Some(place.0.query().map_or(path.to_owned(), |query| format!("{path}?{query}")))
    }

    /// Where a link of a reply leads, if it stays below the base: same scheme, host, port and path
    /// prefix.
    pub(super) fn follow(&self, href: &str) -> Result<Place, Fault> {
        let outside = |why: &str| Fault::new(FaultKind::LinkOutside, why);
        if href.len() > LINK_BYTES_MAX {
            return Err(outside("the link is too long"));
        }
        let mut url = self.url.join(href).map_err(|_| outside("the link is no URL"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(outside("the link holds a user name"));
        }
        if url.scheme() != self.url.scheme()
            || url.host() != self.url.host()
            || url.port_or_known_default() != self.url.port_or_known_default()
        {
            return Err(outside("the link leads to another host, port or scheme"));
        }
        let below = url.path().strip_prefix(self.prefix.as_str());
        if !below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            return Err(outside("the link leads out of the base path"));
        }
        url.set_fragment(None);
        Ok(Place(url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BANK: &str = "https://api.quickstream.support.qvalent.com/rest/v1";

    fn refusal(text: &str) -> String {
        BaseUrl::parse(text).unwrap_err().detail
    }

    #[test]
    fn a_base_url_is_checked_and_never_repeated() {
        assert!(refusal("api.example").contains("not an absolute URL"));
        assert!(refusal("https://user@api.example/v1").contains("user name"));
        assert!(refusal("https://:hunter2@api.example/v1").contains("user name"));
        assert!(refusal("https://api.example/v1?x=1").contains("query"));
        assert!(refusal("http://api.example/v1").contains("must be https"));
        assert!(refusal("ftp://api.example/v1").contains("must be https"));
        assert!(refusal("https://10.0.0.1/v1").contains("must name the host"));
        assert!(!refusal("https://:hunter2@api.example/v1").contains("hunter2"));
        assert!(BaseUrl::parse(BANK).unwrap().is_tls());
        assert!(!BaseUrl::parse("http://127.0.0.1:8080/rest/v1").unwrap().is_tls());
        assert!(!BaseUrl::parse("http://[::1]:8080/rest/v1/").unwrap().is_tls());
    }

    #[test]
    fn places_stand_below_the_base() {
        for text in [BANK.to_owned(), format!("{BANK}/")] {
            let base = BaseUrl::parse(&text).unwrap();
            assert_eq!(base.place("/").url().as_str(), format!("{BANK}/"));
            assert_eq!(
                base.place("/api-keys/latest").url().as_str(),
                format!("{BANK}/api-keys/latest")
            );
        }
    }

    #[test]
    fn links_may_not_lead_away() {
        let base = BaseUrl::parse(BANK).unwrap();
        for (href, lands) in [
            (format!("{BANK}/transactions?page=2"), format!("{BANK}/transactions?page=2")),
            ("/rest/v1/transactions?page=2#x".to_owned(), format!("{BANK}/transactions?page=2")),
            (
                "https://api.quickstream.support.qvalent.com:443/rest/v1/a".to_owned(),
                format!("{BANK}/a"),
            ),
        ] {
            let place = base.follow(&href).unwrap();
            assert_eq!(place.url().as_str(), lands);
            assert_eq!(base.place(&base.below(&place).unwrap()), place);
        }
        let itself = base.follow("?page=2").unwrap();
        assert_eq!(base.below(&itself).unwrap(), "/?page=2");
        for href in [
            "http://api.quickstream.support.qvalent.com/rest/v1/a",
            "https://api.quickstream.support.qvalent.com:444/rest/v1/a",
            "https://api.quickstream.support.qvalent.com.evil.example/rest/v1/a",
            "https://evil.example/rest/v1/a",
            "//evil.example/rest/v1/a",
            "\\\\evil.example\\rest\\v1\\a",
            "https://api.quickstream.support.qvalent.com@evil.example/rest/v1/a",
            "https://key@api.quickstream.support.qvalent.com/rest/v1/a",
            "https://api.quickstream.support.qvalent.com/rest/v2/a",
            "https://api.quickstream.support.qvalent.com/rest/v10/a",
            "https://api.quickstream.support.qvalent.com/rest/v1/../v2/a",
            "https://api.quickstream.support.qvalent.com/rest/v1/%2e%2e/v2/a",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://[",
        ] {
            assert_eq!(base.follow(href).unwrap_err().kind, FaultKind::LinkOutside, "{href}");
        }
        let long = format!("{BANK}/{}", "a".repeat(3000));
        assert_eq!(base.follow(&long).unwrap_err().kind, FaultKind::LinkOutside);
    }
}
