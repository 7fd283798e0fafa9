//! The client that speaks to AWS: where it may go, how long it waits, and with whose credentials.
//!
//! Signatures carry the machine's own time, whatever clock the daemon runs on: AWS compares it with
//! its own.

use std::net::IpAddr;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{
    AppName, BehaviorVersion, Builder, IdentityCache, Region, SharedHttpClient,
    StalledStreamProtectionConfig,
};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use hyper::Uri;

use crate::secrets::StoreError;
use crate::settings::model::AwsStore;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long loading credentials may take, from whichever provider has them.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(10);

/// Pauses between the attempts of one call.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// What the client is made of beside the settings; the default is what the daemon uses.
#[derive(Clone, Debug)]
pub struct AwsOptions {
    /// Where credentials come from; AWS's default chain (environment, profile, web identity,
    /// container, instance) if not set.
    pub credentials: Option<SharedCredentialsProvider>,
    /// Attempts of one call. Every call is safe to repeat.
    pub attempts: u32,
    /// How long one attempt may take.
    pub attempt_timeout: Duration,
    /// How long one call may take with all its attempts.
    pub call_timeout: Duration,
}

impl Default for AwsOptions {
    fn default() -> Self {
        Self {
            credentials: None,
            attempts: 3,
            attempt_timeout: Duration::from_secs(10),
            call_timeout: Duration::from_secs(30),
        }
    }
}

/// Makes a client that sends secrets nowhere but where the settings say.
pub(super) async fn client(settings: &AwsStore, options: AwsOptions) -> Result<Client, StoreError> {
    let refused = |detail: &str| StoreError::Refused {
        store: settings.name.clone(),
        detail: detail.to_owned(),
    };
    if let Some(endpoint) = &settings.endpoint_url
        && !endpoint_is_safe(endpoint)
    {
        return Err(refused(
            "endpoint_url must be an https address, or http to this machine's loopback",
        ));
    }
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(options.attempt_timeout)
        .operation_attempt_timeout(options.attempt_timeout)
        .operation_timeout(options.call_timeout)
        .build();
    let http = http_client();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http.clone())
        .timeout_config(timeouts.clone());
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(credentials) = options.credentials {
        loader = loader.credentials_provider(credentials);
    }
    let shared = loader.load().await;
    if shared.region().is_none() {
        return Err(refused("no region is set, and none was found; set the store's `region`"));
    }
    let mut config = Builder::from(&shared)
        .http_client(http)
        .timeout_config(timeouts)
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(options.attempts)
                .with_initial_backoff(FIRST_PAUSE)
                .with_max_backoff(LONGEST_PAUSE),
        )
        .identity_cache(IdentityCache::lazy().load_timeout(CREDENTIALS_TIMEOUT).build())
        .stalled_stream_protection(
            StalledStreamProtectionConfig::enabled().grace_period(options.attempt_timeout).build(),
        );
    config.set_app_name(AppName::new("quaymaster").ok());
    // Only the settings say where secrets are sent, never a variable of the environment.
    config.set_endpoint_url(settings.endpoint_url.clone());
    Ok(Client::from_conf(config.build()))
}

/// A client that goes straight to its address: no proxy is taken from the environment, and no
/// redirect is followed.
fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .build_https()
}

/// Whether secrets may be sent to an address: over TLS, or without leaving this machine.
fn endpoint_is_safe(endpoint: &str) -> bool {
    let Ok(uri) = endpoint.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let loopback =
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let user_info = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    match uri.scheme_str() {
        Some("https") => !user_info && !host.is_empty(),
        Some("http") => !user_info && loopback,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_sent_over_tls_or_stay_on_this_machine() {
        for safe in [
            "https://vpce.example",
            "http://127.0.0.1:5000",
            "http://[::1]:1",
            "http://localhost:1",
        ] {
            assert!(endpoint_is_safe(safe), "{safe}");
        }
        for unsafe_one in [
            "http://aws.example",
            "http://10.0.0.1",
            "http://localhost.example",
            "ftp://localhost",
            "https://user:secret@aws.example",
            "localhost:5000",
            "",
            "http://127.0.0.1.example",
        ] {
            assert!(!endpoint_is_safe(unsafe_one), "{unsafe_one}");
        }
    }
}
