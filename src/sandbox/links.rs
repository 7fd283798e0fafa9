//! Links in replies, pages of lists, and how dates are written.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::guesses::{self, Guesses};

/// Where the vendor's documentation for people is.
const HELP: &str = "https://quickstream.westpac.com.au/docs/quickstreamapi/v1/";

/// Items on a page of a list.
const PAGE_ITEMS: usize = 20;

/// A link to a related resource.
pub(super) fn link(rel: &str, href: &str, method: &str) -> Value {
    json!({ "rel": rel, "href": href, "requestMethod": method })
}

/// A link to a page of the vendor's documentation.
pub(super) fn help(page: &str) -> Value {
    link("help", &format!("{HELP}{page}"), "GET")
}

/// Where a list is and which page of it is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pager<'a> {
    /// The list's URL, without a query.
    pub(super) url: &'a str,
    pub(super) query: Option<&'a str>,
    pub(super) guesses: &'a Guesses,
}

impl Pager<'_> {
    /// The page as the bank envelopes it: up to 20 items, `next` and `prev` where there is such a
    /// page. A page that is no number is the first. No more of the list is read than is needed to
    /// know that there is a next page, and only the page's items are shaped.
    pub(super) fn page<T>(
        self,
        items: impl Iterator<Item = T>,
        shape: impl FnMut(T) -> Value,
    ) -> Value {
        let parameter = self.guesses.word(guesses::PAGE_PARAMETER);
        let pairs = self.query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let (asked, others): (Vec<&str>, Vec<&str>) =
            pairs.partition(|pair| pair.split('=').next() == Some(parameter.as_str()));
        let asked = asked.first().and_then(|pair| pair.split('=').nth(1)?.parse().ok());
        let number = asked.unwrap_or(1_usize).max(1);
        let others: String = others.iter().map(|pair| format!("{pair}&")).collect();
        let to = |rel: &str, number: usize| {
            link(rel, &format!("{}?{others}{parameter}={number}", self.url), "GET")
        };

        let mut items = items;
        let first = (number - 1).saturating_mul(PAGE_ITEMS);
        let before = items.by_ref().take(first).count();
        let data: Vec<Value> = items.by_ref().take(PAGE_ITEMS).map(shape).collect();
        let mut links = Vec::new();
        if items.next().is_some() {
            links.push(to("next", number + 1));
        }
        if number > 1 {
            // Beyond the end, the page before is the last.
            links.push(to("prev", before.div_ceil(PAGE_ITEMS).max(1).min(number - 1)));
        }
        json!({ "links": links, "data": data })
    }
}

/// A date-time as replies spell it.
pub(super) fn date_time(at: Timestamp, guesses: &Guesses) -> String {
    let (format, zone) = match guesses.word(guesses::OFFSET).as_str() {
        "+0000" => ("%Y-%m-%dT%H:%M:%S%z", "UTC"),
        "sydney" => ("%Y-%m-%dT%H:%M:%S%z", "Australia/Sydney"),
        _ => ("%Y-%m-%dT%H:%M:%S%:z", "UTC"),
    };
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    at.to_zoned(zone).strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn switched(name: &str, word: &str) -> Guesses {
        let mut guesses = Guesses::default();
        guesses.switch(json!({ name: word }).as_object().unwrap()).unwrap();
        guesses
    }

    #[test]
    fn lists_come_by_the_twenty_with_links_to_follow() {
        let items: Vec<Value> = (0..45).map(Value::from).collect();
        let guesses = Guesses::default();
        let pager = |query| Pager { url: "http://x/list", query, guesses: &guesses };
        let get = |query| pager(query).page(items.iter(), Value::clone);
        let links = |page: &Value| {
            let links = page["links"].as_array().unwrap();
            let rel = |link: &Value| format!("{} {}", link["rel"], link["href"]).replace('"', "");
            links.iter().map(rel).collect::<Vec<_>>()
        };
        let first = get(Some("status=A&x"));
        assert_eq!(first["data"].as_array().unwrap().len(), 20);
        assert_eq!(links(&first), ["next http://x/list?status=A&x&page=2"]);
        let last = get(Some("page=3"));
        assert_eq!(last["data"], json!([40, 41, 42, 43, 44]));
        assert_eq!(links(&last), ["prev http://x/list?page=2"]);
        assert_eq!(links(&get(Some("page=9"))), ["prev http://x/list?page=3"]);
        assert_eq!(get(Some("page=-1")), get(None));
        assert_eq!(get(Some("page=18446744073709551615"))["data"], json!([]));
        let none = pager(None).page(std::iter::empty::<Value>(), |item| item);
        assert_eq!(none, json!({ "links": [], "data": [] }));
        let exact = pager(None).page(items.iter().take(20), Value::clone);
        assert_eq!(exact["links"], json!([]));
        let guesses = switched("page_parameter", "pageNumber");
        let renamed = Pager { url: "http://x/list", query: None, guesses: &guesses };
        let href = renamed.page(items.iter(), Value::clone)["links"][0]["href"].clone();
        assert_eq!(href, "http://x/list?pageNumber=2");
    }

    #[test]
    fn date_times_have_the_three_documented_spellings() {
        let at = "2026-01-02T03:04:05Z".parse().unwrap();
        assert_eq!(date_time(at, &Guesses::default()), "2026-01-02T03:04:05+00:00");
        let spelt = |word| date_time(at, &switched("date_time_offset", word));
        assert_eq!(spelt("+0000"), "2026-01-02T03:04:05+0000");
        assert_eq!(spelt("sydney"), "2026-01-02T14:04:05+1100");
    }
}
