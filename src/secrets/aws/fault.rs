//! What AWS's refusals mean for the caller.
//!
//! A refusal is told by its code and by the permission that belongs to the call. AWS's own sentence
//! is passed on only for calls that send no secret.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_secretsmanager::config::http::HttpResponse;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};

use crate::domain::names::StoreName;
use crate::secrets::StoreError;

/// The longest sentence of AWS's passed on, in characters.
const MESSAGE_CHARS_MAX: usize = 300;

/// How a call failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// The secret, or the version, does not exist.
    NotFound,
    /// A secret of this name, or other data under this version id, exists already.
    Exists,
    /// The call does not fit what the secret is like: a label is not where it was said to be.
    Mismatch,
    /// Everything the caller has no better answer to than to pass it on.
    Store(StoreError),
}

/// One of the calls made, by its name in AWS's permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    DescribeSecret,
    GetSecretValue,
    CreateSecret,
    PutSecretValue,
    UpdateSecretVersionStage,
}

impl Call {
    pub(super) const fn permission(self) -> &'static str {
        match self {
            Self::DescribeSecret => "secretsmanager:DescribeSecret",
            Self::GetSecretValue => "secretsmanager:GetSecretValue",
            Self::CreateSecret => "secretsmanager:CreateSecret",
            Self::PutSecretValue => "secretsmanager:PutSecretValue",
            Self::UpdateSecretVersionStage => "secretsmanager:UpdateSecretVersionStage",
        }
    }

    /// Whether the call carries a secret, which an answer could echo.
    const fn sends_secret(self) -> bool {
        matches!(self, Self::CreateSecret | Self::PutSecretValue)
    }
}

/// What a code asks of the caller.
#[derive(Clone, Copy)]
enum Kind {
    Denied,
    Unavailable,
    Refused,
}

impl Fault {
    pub(super) fn of<E>(call: Call, store: &StoreName, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let denied =
            |detail: String| Self::Store(StoreError::Denied { store: store.clone(), detail });
        let unavailable =
            |detail: String| Self::Store(StoreError::Unavailable { store: store.clone(), detail });
        let name = call.permission();
        if has_cause::<CredentialsError>(error) {
            return denied("no credentials were found, or they could not be loaded".to_owned());
        }
        let service = match error {
            SdkError::ServiceError(service) => service,
            SdkError::TimeoutError(_) => return unavailable(format!("{name} timed out")),
            SdkError::DispatchFailure(failure) => {
                let how = if failure.is_timeout() {
                    "the connection timed out"
                } else if failure.is_io() {
                    "the connection failed or was cut"
                } else {
                    "the request could not be sent"
                };
                return unavailable(format!("{name}: {how}"));
            }
            SdkError::ResponseError(_) => {
                return unavailable(format!("{name}: the answer cannot be read"));
            }
            SdkError::ConstructionFailure(_) | _ => {
                return Self::Store(StoreError::Refused {
                    store: store.clone(),
                    detail: format!("{name}: the request could not be made; is a region set?"),
                });
            }
        };
        let status = service.raw().status().as_u16();
        let Some(code) = service.err().code() else {
            // Not AWS's own words: something on the way answered in its place.
            return unavailable(format!(
                "{name}: an answer with status {status} and no code of AWS's"
            ));
        };
        match code {
            "ResourceNotFoundException" => return Self::NotFound,
            "ResourceExistsException" => return Self::Exists,
            "InvalidParameterException" if call == Call::UpdateSecretVersionStage => {
                return Self::Mismatch;
            }
            _ => {}
        }
        let message = service.err().message().filter(|_| !call.sends_secret()).map(shortened);
        let message = message.map(|message| format!(": {message}")).unwrap_or_default();
        let store = store.clone();
        Self::Store(match kind_of(code, status) {
            Kind::Denied => {
                StoreError::Denied { store, detail: format!("{name} answered {code}{message}") }
            }
            Kind::Unavailable => {
                StoreError::Unavailable { store, detail: format!("{name} answered {code}") }
            }
            Kind::Refused => {
                StoreError::Refused { store, detail: format!("{name} answered {code}{message}") }
            }
        })
    }

    /// As the store's error, where the caller knows of no better answer.
    pub(super) fn at(self, call: Call, store: &StoreName) -> StoreError {
        let told = match self {
            Self::Store(error) => return error,
            Self::NotFound => "ResourceNotFoundException",
            Self::Exists => "ResourceExistsException",
            Self::Mismatch => "InvalidParameterException",
        };
        let detail = format!("{} answered {told}", call.permission());
        StoreError::Refused { store: store.clone(), detail }
    }
}

fn kind_of(code: &str, status: u16) -> Kind {
    match code {
        "AccessDeniedException"
        | "AccessDenied"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "ExpiredTokenException"
        | "ExpiredToken"
        | "RequestExpired"
        | "MissingAuthenticationTokenException"
        | "MissingAuthenticationToken"
        | "IncompleteSignature"
        | "NotAuthorized"
        | "OptInRequired"
        | "DecryptionFailure"
        | "EncryptionFailure" => Kind::Denied,
        "ThrottlingException"
        | "Throttling"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "InternalServiceError"
        | "InternalFailure"
        | "ServiceUnavailable"
        | "ServiceUnavailableException" => Kind::Unavailable,
        _ if code.starts_with("KMS") || code.starts_with("Kms") => Kind::Denied,
        _ if status >= 500 || status == 429 || status == 408 => Kind::Unavailable,
        _ if status == 401 || status == 403 => Kind::Denied,
        _ => Kind::Refused,
    }
}

fn shortened(message: &str) -> String {
    let printable = message.chars().filter(|character| !character.is_control());
    printable.take(MESSAGE_CHARS_MAX).collect()
}

fn has_cause<C: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<C>() {
            return true;
        }
        cause = error.source();
    }
    false
}
