//! Every row of the documents' summary of resources: method, path, which kind of key it takes and how
//! it is spoken. For those who ask by hand and have only a path.

use crate::domain::retry;
use crate::quickstream::word::{Vocabulary, Word};

pub use crate::quickstream::link::LinkMethod as Method;

/// A kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// The secret key.
    Secret,
    /// The key made for browsers and apps.
    Publishable,
}

impl KeyKind {
    /// Every kind.
    pub const ALL: &[Self] = &[Self::Secret, Self::Publishable];

    /// The word typed and shown.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Publishable => "publishable",
        }
    }

    /// The kind of this word, or `None`.
    pub fn from_label(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.label() == word)
    }
}

/// How a resource is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// JSON both ways.
    Json,
    /// A report comes back, as text.
    Report,
    /// JSON comes back, or the same as a table if that is asked for.
    Table,
    /// A file goes out, as a form.
    Upload,
    /// A secret key comes back.
    Key,
}

/// One row.
#[derive(Debug)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path's template, with names in braces.
    pub path: &'static str,
    /// The kind of key it takes.
    pub key: KeyKind,
    /// How it is spoken.
    pub form: Form,
}

/// Where a path leads.
#[derive(Debug)]
pub enum Found {
    /// To a row.
    Route(&'static Route),
    /// Nowhere with this method; these it has.
    OtherMethods(Vec<&'static str>),
    /// Nowhere that the documents know.
    Nothing,
}

macro_rules! routes {
    ($( $method:ident $path:literal $key:ident $form:ident; )+) => {
        &[ $( Route {
            method: Method::$method,
            path: $path,
            key: KeyKind::$key,
            form: Form::$form,
        }, )+ ]
    };
}

/// The table. The root takes either kind of key; what a person wants to know is the secret one's.
#[rustfmt::skip]
pub const ROUTES: &[Route] = routes! {
    Get    "/"                                                               Secret      Json;
    Get    "/api-keys/latest"                                                Secret      Key;
    Get    "/businesses"                                                     Secret      Json;
    Get    "/businesses/{supplierBusinessCode}"                              Secret      Json;
    Get    "/businesses/{supplierBusinessCode}/accepted-cards"               Publishable Json;
    Get    "/businesses/{supplierBusinessCode}/card-surcharges"              Publishable Json;
    Post   "/businesses/{supplierBusinessCode}/query-card-surcharge"         Publishable Json;
    Post   "/single-use-tokens"                                              Publishable Json;
    Post   "/single-use-tokens/{singleUseTokenId}/three-ds2-authentication"  Secret      Json;
    Get    "/transactions"                                                   Secret      Table;
    Post   "/transactions"                                                   Secret      Json;
    Get    "/transactions/for-reference-number"                              Secret      Json;
    Get    "/transactions/for-settlement-date"                               Secret      Json;
    Get    "/transactions/for-account-token/{accountToken}"                  Secret      Json;
    Get    "/transactions/for-credit-card"                                   Secret      Json;
    Get    "/transactions/for-bank-account"                                  Secret      Json;
    Get    "/transactions/for-nz-bank-account"                               Secret      Json;
    Get    "/transactions/suspended"                                         Secret      Json;
    Get    "/transactions/{receiptNumber}"                                   Secret      Json;
    Get    "/transactions/{receiptNumber}/refunds"                           Secret      Json;
    Get    "/transactions/{receiptNumber}/retries"                           Secret      Json;
    Post   "/transactions/{receiptNumber}/void"                              Secret      Json;
    Get    "/customers"                                                      Secret      Json;
    Post   "/customers"                                                      Secret      Json;
    Get    "/customers/{customerId}"                                         Secret      Json;
    Put    "/customers/{customerId}"                                         Secret      Json;
    Patch  "/customers/{customerId}"                                         Secret      Json;
    Get    "/customers/{customerId}/accounts"                                Secret      Json;
    Post   "/customers/{customerId}/accounts"                                Secret      Json;
    Get    "/customers/{customerId}/recurring-payments"                      Secret      Json;
    Post   "/customers/{customerId}/recurring-payments"                      Secret      Json;
    Get    "/customers/{customerId}/transactions"                            Secret      Json;
    Post   "/customers/{customerId}/payto-agreements"                        Secret      Json;
    Post   "/customers/{customerId}/payids"                                  Secret      Json;
    Post   "/accounts"                                                       Secret      Json;
    Get    "/accounts/{accountToken}"                                        Secret      Json;
    Patch  "/accounts/{accountToken}"                                        Secret      Json;
    Delete "/accounts/{accountToken}"                                        Secret      Json;
    Get    "/recurring-payments/{paymentScheduleId}"                         Secret      Json;
    Put    "/recurring-payments/{paymentScheduleId}"                         Secret      Json;
    Patch  "/recurring-payments/{paymentScheduleId}"                         Secret      Json;
    Get    "/recurring-payments/{paymentScheduleId}/transactions"            Secret      Json;
    Get    "/credit-cards/card-schemes/{cardBIN}"                            Publishable Json;
    Get    "/payment-files"                                                  Secret      Json;
    Post   "/payment-files"                                                  Secret      Upload;
    Get    "/payment-files/{paymentFileId}"                                  Secret      Json;
    Get    "/payment-files/{paymentFileId}/errors"                           Secret      Json;
    Get    "/payment-files/{paymentFileId}/payment-batches"                  Secret      Json;
    Get    "/payment-files/{paymentFileId}/csv2"                             Secret      Report;
    Get    "/payment-files/{paymentFileId}/csv"                              Secret      Report;
    Get    "/payment-files/{paymentFileId}/flat-file"                        Secret      Report;
    Get    "/payment-files/{paymentFileId}/mts-rejects"                      Secret      Report;
    Get    "/payment-batches/{paymentBatchId}"                               Secret      Json;
    Get    "/payment-batches/{paymentBatchId}/transactions"                  Secret      Json;
    Get    "/payto-agreements"                                               Secret      Table;
    Post   "/payto-agreements"                                               Secret      Json;
    Get    "/payto-agreements/{agreementToken}"                              Secret      Json;
    Patch  "/payto-agreements/{agreementToken}"                              Secret      Json;
};

impl Method {
    /// Every method, in the documents' order.
    pub const ALL: &[Self] = &[Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// The word of HTTP.
    pub fn label(self) -> &'static str {
        let word = Self::WORDS.iter().find(|(_, method)| *method == self);
        word.map_or("", |(word, _)| *word)
    }

    /// The method of this word, in any case; `None` for what the API does not have.
    pub fn from_label(word: &str) -> Option<Self> {
        Word::read(word.to_owned()).known()
    }

    /// What the bank's table of answers takes it for.
    pub const fn kind(self) -> retry::Method {
        match self {
            Self::Get => retry::Method::Get,
            Self::Post => retry::Method::PostWithKey,
            Self::Put | Self::Patch | Self::Delete => retry::Method::Patch,
        }
    }
}

/// Looks up where a path, with or without a query, leads.
pub fn find(method: Method, path: &str) -> Found {
    let path = path.split('?').next().unwrap_or_default();
    let fitting = ROUTES.iter().filter(|route| fits(route.path, path));
    // A word of the table's own goes before a name that looks like it.
    let least = fitting.clone().map(|route| names(route.path)).min().unwrap_or_default();
    let on_path: Vec<_> = fitting.filter(|route| names(route.path) == least).collect();
    match on_path.iter().find(|route| route.method == method) {
        Some(route) => Found::Route(route),
        None if on_path.is_empty() => Found::Nothing,
        None => Found::OtherMethods(on_path.iter().map(|route| route.method.label()).collect()),
    }
}

/// Whether a server may take a path for `plain`, however it is spelt: with percent signs, in capitals,
/// with slashes too many or with what some servers cut off after a semicolon.
pub fn means(path: &str, plain: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    // Some decode twice.
    let decoded = decoded(&decoded(path));
    let words = |text: &str| -> Vec<String> {
        let word = |segment: &str| {
            segment.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
        };
        text.split('/').map(word).filter(|word| !word.is_empty()).collect()
    };
    words(&decoded) == words(plain)
}

/// A path without its percent signs.
fn decoded(path: &str) -> String {
    // A form ends a value at an ampersand and reads a plus as a space; a path does neither.
    let value = path.replace('+', "%2B").replace('&', "%26");
    form_urlencoded::parse(format!("={value}").as_bytes())
        .map(|(_, text)| text.into_owned())
        .collect()
}

fn names(template: &str) -> usize {
    template.matches('{').count()
}

fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(name), Some(value)) if name.starts_with('{') && !value.is_empty() => {}
            (Some(word), Some(value)) if word == value => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_of(method: Method, path: &str) -> Option<&'static str> {
        match find(method, path) {
            Found::Route(route) => Some(route.path),
            Found::OtherMethods(_) | Found::Nothing => None,
        }
    }

    #[test]
    fn a_paths_own_word_goes_before_a_name() {
        let suspended = path_of(Method::Get, "/transactions/suspended");
        assert_eq!(suspended, Some("/transactions/suspended"));
        let one = path_of(Method::Get, "/transactions/4000000017");
        assert_eq!(one, Some("/transactions/{receiptNumber}"));
        let list = path_of(Method::Get, "/transactions?page=2");
        assert_eq!(list, Some("/transactions"));
        assert_eq!(path_of(Method::Get, "/"), Some("/"));
        for path in ["", "/transactions/", "/transaction", "/customers//accounts", "/customers/1/"]
        {
            assert!(matches!(find(Method::Get, path), Found::Nothing), "{path}");
        }
    }

    #[test]
    fn a_path_is_known_however_it_is_spelt() {
        let latest = "/api-keys/latest";
        for path in [
            "/api-keys/latest",
            "/api-keys/latest/",
            "//api-keys//latest?x=1",
            "/api-keys/%6Catest",
            "/api-keys/%256Catest",
            "/API-Keys/latest",
            "/api-keys%2Flatest",
            "/api-keys/latest;v=1",
            "/api-keys/latest%20",
        ] {
            assert!(means(path, latest), "{path}");
        }
        for path in ["/api-keys", "/api-keys/latest/1", "/api-keys/late+st", "/customers"] {
            assert!(!means(path, latest), "{path}");
        }
    }

    #[test]
    fn a_path_tells_the_methods_it_has() {
        let Found::OtherMethods(methods) = find(Method::Delete, "/customers/310000077") else {
            panic!("the documents delete no customer")
        };
        assert_eq!(methods, ["GET", "PUT", "PATCH"]);
        let posted = find(Method::Post, "/transactions/suspended");
        assert!(matches!(posted, Found::OtherMethods(methods) if methods == ["GET"]));
    }

    #[test]
    fn few_resources_take_a_publishable_key() {
        let publishable = ROUTES.iter().filter(|route| route.key == KeyKind::Publishable);
        let paths: Vec<_> = publishable.map(|route| route.path).collect();
        assert_eq!(paths.len(), 5, "{paths:?}");
        assert!(paths.contains(&"/single-use-tokens"));
        assert!(paths.contains(&"/credit-cards/card-schemes/{cardBIN}"));
    }

    #[test]
    fn words_are_read_as_people_type_them() {
        assert_eq!(Method::from_label("get"), Some(Method::Get));
        assert_eq!((Method::from_label("HEAD"), Method::Patch.label()), (None, "PATCH"));
        assert_eq!(KeyKind::from_label("publishable"), Some(KeyKind::Publishable));
        assert_eq!(KeyKind::from_label("public"), None);
    }
}
