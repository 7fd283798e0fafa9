//! Why a facility does not do what it is asked, where no condition's word says it: word, meaning,
//! remedy. A test holds this table to the words `service` uses.

/// One word.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    /// The word in errors and `explain`; fixed once released.
    pub label: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What to do, ending in a command.
    pub remedy: &'static str,
}

macro_rules! refusals {
    ($( $label:literal, $meaning:literal, $remedy:literal; )+) => {
        &[ $( Refusal { label: $label, meaning: $meaning, remedy: $remedy }, )+ ]
    };
}

/// Every refusal that is no condition.
pub const REFUSALS: &[Refusal] = refusals! {
    "bad_wish",
        "What was asked of the bank by hand does not fit together; nothing was sent.",
        "Put right what the message names: quaymaster api --help";
    "bank_refused",
        "The bank answered what was asked by hand with an error, and did nothing.",
        "Put right what the message names, then type the command again. To try it elsewhere first, name a facility of a sandbox: quaymaster facility list";
    "bank_unclear",
        "What was asked by hand may have had its effect at the bank, or not; it was not sent again.",
        "Read the thing it was about before anything else: quaymaster api GET PATH. Only if nothing came of it, send the same again under the same key: quaymaster api POST PATH --idempotency-key KEY";
    "frozen",
        "A freeze is on, and this may wait until it ends.",
        "To see until when: quaymaster freeze show. To end a freeze put on by hand: quaymaster freeze off";
    "get_only",
        "In production the bank's resources are only read by hand; a change there is a command with its own record and approvals.",
        "To see the commands: quaymaster --help. To try the request itself: name a facility of the support environment or of a sandbox with --facility";
    "key_refused",
        "The bank does not accept the key that was given, while it accepts the present one from here. The key was left alone.",
        "Copy the key from the portal again, whole and of this environment, then: quaymaster key install --from-file FILE";
    "leaked",
        "The key was reported as leaked; it is never used again, whatever the bank says of it.",
        "Make a new secret key in the portal, then: quaymaster key install --from-file FILE";
    "lost_race",
        "Another replica, or a person, changed the secret store at the same moment; what stands in the store now is theirs.",
        "See what stands there, then type the command again if it is still wanted: quaymaster key status";
    "no_answer",
        "The bank gave no answer about the key that the command would have made current, so nothing was done.",
        "Type the command again in a minute. To see how the bank does: quaymaster status";
    "no_previous",
        "There is no previous key to go back to: none was replaced yet, or it has expired or was removed.",
        "To see the keys: quaymaster key list. To use another key from the portal: quaymaster key install --from-file FILE";
    "no_publishable_key",
        "The resource takes the key that is made for browsers and apps, and the settings name no file that holds one.",
        "Copy the key from the portal into a file, set publishable_key = { file = \"FILE\" } for the facility, then: quaymaster config check";
    "no_rehearsal_store",
        "The first secret store has no place of its own in which a renewal could be rehearsed.",
        "To try its permissions without changing anything: quaymaster config check --live";
    "not_by_hand",
        "The resource answers with a secret key, or takes a file, and neither is done by hand.",
        "For the latest key: quaymaster key renew. For what else there is: quaymaster api --help";
    "not_current_yet",
        "The key works, and is not what readers are given yet; it is brought to its end by itself once it is in the store.",
        "To see where it stands: quaymaster key status";
    "nothing_held",
        "No key waits for a person's word.",
        "To see the keys: quaymaster key list";
    "pin_too_long",
        "A pin must end after now and a day before the previous key's expiry, so that there is time to go forward.",
        "Give an earlier end: quaymaster key rollback --until TIME";
    "not_leaked",
        "The key was not reported as leaked, so there is no leak of it to close.",
        "To report one as leaked: quaymaster key compromise --key FINGERPRINT";
    "previous_refused",
        "The bank does not accept the previous key any more, so nobody was sent back to it.",
        "To use another key from the portal: quaymaster key install --from-file FILE";
    "reader",
        "This daemon is a reader: it only reads the store and delivers. Keys are changed through the renewer of the facility.",
        "Type the command at the renewer: quaymaster key status --server unix:PATH";
    "rehearsal_failed",
        "A step of the rehearsal went wrong, as it would in a renewal; the keys in use were not touched.",
        "Put right what the message names, then: quaymaster key rehearse";
    "still_accepted",
        "A leaked key was said to be deleted in the portal, and the bank still accepts it.",
        "Delete it in the portal (Administration > Facility Settings > Manage REST API Keys), then: quaymaster key status";
    "still_stored",
        "A leaked key is out of use, but a secret store did not let it be taken out.",
        "Put right what the message names, then type the command again: quaymaster key compromise";
    "stopping",
        "The daemon is stopping and gave no answer; what was asked may have been done or not.",
        "Look once it runs again: quaymaster key history";
    "unknown_resource",
        "The documents do not have this path with this method, so it is not known which kind of key it takes.",
        "If the bank has it all the same, say which key to send, as in: quaymaster api GET PATH --key secret";
};

/// The refusal of this word, or `None`.
pub fn find(label: &str) -> Option<&'static Refusal> {
    REFUSALS.iter().find(|refusal| refusal.label == label)
}
