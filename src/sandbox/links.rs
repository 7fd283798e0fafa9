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

/// One page of a list as the bank envelopes it: up to 20 items, `next` and `prev` where there is such
/// a page. A page that is no number is the first.
pub(super) fn page(items: &[Value], url: &str, query: Option<&str>, guesses: &Guesses) -> Value {
    let parameter = guesses.word(guesses::PAGE_PARAMETER);
    let pairs = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let (asked, others): (Vec<&str>, Vec<&str>) =
        pairs.partition(|pair| pair.split('=').next() == Some(parameter.as_str()));
    let asked = asked.first().and_then(|pair| pair.split('=').nth(1)?.parse().ok());
    let number = asked.unwrap_or(1_usize).max(1);
    let last = items.len().div_ceil(PAGE_ITEMS).max(1);
    let at = |rel: &str, number: usize| {
        let mut query = others.join("&");
        query = if query.is_empty() { query } else { format!("{query}&") };
        link(rel, &format!("{url}?{query}{parameter}={number}"), "GET")
    };
    let mut links = Vec::new();
    if number < last {
        links.push(at("next", number + 1));
    }
    if number > 1 {
        links.push(at("prev", (number - 1).min(last)));
    }
    let first = (number - 1).saturating_mul(PAGE_ITEMS);
    let data: Vec<&Value> = items.iter().skip(first).take(PAGE_ITEMS).collect();
    json!({ "links": links, "data": data })
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
        let get = |query| page(&items, "http://x/list", query, &Guesses::default());
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
        let none = page(&[], "http://x/list", None, &switched("page_parameter", "pageNumber"));
        assert_eq!(none, json!({ "links": [], "data": [] }));
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
