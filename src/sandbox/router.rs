//! Which resource a path and a verb mean.

use hyper::StatusCode;

use super::refusal::Refusal;
use super::resources::{ROUTES, Route};

/// Verbs of HTTP that the API may know; any other is answered 501.
const VERBS: &[&str] =
    &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"];

/// A route and the parameters in the path.
#[derive(Debug)]
pub(super) struct Matched {
    pub(super) route: &'static Route,
    pub(super) parameters: Vec<String>,
}

/// Finds the resource; `path` is below the base path and begins with a slash.
///
/// # Errors
///
/// 404 if there is no such path, 405 if it does not know the verb, 501 if nobody does.
pub(super) fn find(method: &str, path: &str) -> Result<Matched, Refusal> {
    let here = || ROUTES.iter().copied().flatten().filter(|route| leads_to(route.path, path));
    if let Some(route) = here().find(|route| route.method == method) {
        return Ok(Matched { route, parameters: parameters(route.path, path) });
    }
    let allowed: Vec<&str> = here().map(|route| route.method).collect();
    let allowed = allowed.join(", ");
    if allowed.is_empty() {
        Err(Refusal::not_found())
    } else if VERBS.contains(&method) {
        Err(Refusal::verb(StatusCode::METHOD_NOT_ALLOWED, &allowed))
    } else {
        Err(Refusal::verb(StatusCode::NOT_IMPLEMENTED, &allowed))
    }
}

/// Whether a path is one of a template's: every segment is the same, or stands for a parameter.
fn leads_to(template: &str, path: &str) -> bool {
    let (mut ours, mut theirs) = (template.split('/'), segments(path));
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => return true,
            (Some(name), Some(value)) if is_parameter(name) && !value.is_empty() => {}
            (Some(name), Some(value)) if name == value => {}
            (Some(name), Some(value)) if value.contains('%') && name == decoded(value) => {}
            _ => return false,
        }
    }
}

/// What stands for the parameters, as it is meant.
fn parameters(template: &str, path: &str) -> Vec<String> {
    let both = template.split('/').zip(segments(path));
    both.filter(|(name, _)| is_parameter(name)).map(|(_, value)| decoded(value)).collect()
}

fn segments(path: &str) -> std::str::Split<'_, char> {
    let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
    path.split('/')
}

fn is_parameter(name: &str) -> bool {
    name.starts_with('{')
}

/// A segment of a path as it is meant: `a%40b` is `a@b`.
pub(super) fn decoded(segment: &str) -> String {
    // In a form `+` and `&` mean something; in a path they stand for themselves.
    let pair = format!("segment={}", segment.replace('+', "%2B").replace('&', "%26"));
    let mut pairs = form_urlencoded::parse(pair.as_bytes());
    pairs.next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: &str, path: &str) -> Result<(&'static str, Vec<String>), u16> {
        let matched = find(method, path).map_err(|refusal| refusal.status.as_u16())?;
        Ok((matched.route.path, matched.parameters))
    }

    #[test]
    fn paths_and_verbs_find_their_resource() {
        assert_eq!(found("GET", "/"), Ok(("/", vec![])));
        assert_eq!(found("GET", "/api-keys/latest"), Ok(("/api-keys/latest", vec![])));
        let business = Ok(("/businesses/{supplierBusinessCode}", vec!["A".to_owned()]));
        assert_eq!(found("GET", "/businesses/A"), business);
        assert_eq!(found("GET", "/businesses/%41"), business);
        assert_eq!(found("GET", "/business%65s/A/"), business);
        let odd = found("GET", "/businesses/%41%20b").map(|(_, parameters)| parameters);
        assert_eq!(odd, Ok(vec!["A b".to_owned()]));
        assert_eq!(found("GET", "/api-keys"), Err(404));
        assert_eq!(found("GET", "/businesses/A/B"), Err(404));
        assert_eq!(found("BREW", "/nowhere"), Err(404));
        assert_eq!(found("DELETE", "/api-keys/latest"), Err(405));
        assert_eq!(found("BREW", "/"), Err(501));
    }

    #[test]
    fn a_segment_means_what_it_spells() {
        for (spelt, meant) in [
            ("a%2Bb%40x.example", "a+b@x.example"),
            ("a+b@x.example", "a+b@x.example"),
            ("a&b=c%26", "a&b=c&"),
            ("", ""),
        ] {
            assert_eq!(decoded(spelt), meant);
        }
    }
}
