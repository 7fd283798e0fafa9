//! Dead ends a person gets into without doing anything wrong, and the ways out as the program itself
//! tells them.

use jiff::SignedDuration;
use quaymaster::sandbox::{Fault, KeyKind, SANDBOX_CODE};

use crate::quay::Quay;

/// A key that is restricted to a business is never renewed by the API: it dies, or its end comes near,
/// and a key from the portal ends either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_never_renewed_is_replaced_after_its_end_and_before() {
    let quay = Quay::open().await;
    let _daemon = quay.daemon().await;
    let dies = quay.restricted(SignedDuration::from_secs(5));
    quay.install().await.is(0, "is now current");
    assert_eq!(quay.delivered(), Some(dies));
    quay.comes_to("expired_locked_out").await;
    let status = quay.typed("status").await;
    status.is(0, "quaymaster key install --from-file");
    assert_eq!(status.out.to_lowercase().matches("expired 20").count(), 1, "{}", status.out);
    let asked = quay.typed("key renew").await;
    asked.is(1, "(expired_locked_out)");
    asked.is(1, "quaymaster key install --from-file");
    quay.typed("key status").await.is(0, "failed once since then");

    let warned = quay.restricted(SignedDuration::from_hours(20 * 24));
    quay.install().await.is(0, "is now current");
    assert_eq!(quay.delivered(), Some(warned));
    quay.typed("status").await.is(0, "not_renewable");
    quay.typed("key status").await.is(0, "19 days left and the bank offers no other key");
    let asked = quay.typed("key renew").await;
    asked.is(0, "the bank's latest key is the current one");
    asked.is(0, "quaymaster key install --from-file");

    let last = quay.portal(KeyKind::Secret, &[]);
    quay.install().await.is(0, "is now current");
    assert_eq!(quay.delivered(), Some(last));
    assert_eq!(quay.condition().await, "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_does_not_do_leaves_the_present_one_alone() {
    let quay = Quay::open().await;
    let _daemon = quay.daemon().await;
    let unknown = format!("{SANDBOX_CODE}_SEC_nobodyknowsthiskeyatall");
    quay.write_private("new.key", &unknown);
    let refused = quay.install().await;
    refused.is(1, "(unknown_key)");
    refused.is(1, "no other is held here that could tell why");
    refused.is(1, "key install --from-file FILE");
    assert_eq!(quay.condition().await, "no_key");

    let first = quay.portal(KeyKind::Secret, &[]);
    quay.install().await.is(0, "is now current");
    quay.portal(KeyKind::Publishable, &[]);
    quay.install().await.is(1, "(wrong_kind)");
    quay.write_private("new.key", &unknown);
    quay.install().await.is(1, "(key_refused)");
    for text in ["", "not a key at all\n"] {
        quay.write_private("new.key", text);
        quay.install().await.is(64, "(bad_key_text)");
    }
    // A bank that gives no answer leaves it open what the key is: that has an exit code of its own.
    quay.portal(KeyKind::Secret, &[]);
    let down = Fault { status: Some(503), ..Fault::default() };
    quay.sandbox.control().add_faults(vec![down]).unwrap();
    let unclear = quay.install().await;
    unclear.is(5, "(no_answer)");
    unclear.is(5, "Type the command again in a minute");
    quay.sandbox.control().clear_faults();
    assert_eq!(quay.delivered(), Some(first.clone()));
    assert_eq!(quay.condition().await, "ok");

    // The key before may come back by a person's word, and stays.
    let second = quay.portal(KeyKind::Secret, &[]);
    quay.install().await.is(0, "is now current");
    quay.write_private("new.key", &first);
    quay.install().await.is(0, "is now current");
    quay.install().await.is(0, "nothing to do");
    quay.typed("key renew").await.is(0, "a person chose it over the newer key");
    assert_eq!(quay.delivered(), Some(first));
    quay.write_private("new.key", &second);
    quay.install().await.is(0, "is now current");
    assert_eq!(quay.delivered(), Some(second));
    assert_eq!(quay.condition().await, "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_nobody_expected_waits_for_a_persons_word() {
    let quay = Quay::open_with("unscheduled = \"hold\"").await;
    let _daemon = quay.daemon().await;
    let first = quay.portal(KeyKind::Secret, &[]);
    quay.install().await.is(0, "is now current");
    let second = quay.portal(KeyKind::Secret, &[]);
    let asked = quay.typed("key renew").await;
    asked.is(5, "(held)");
    asked.is(5, "quaymaster key accept");
    quay.typed("status").await.is(0, "waits for a person");
    quay.typed("key list").await.is(0, "held");
    quay.typed("key accept --dry-run --detailed-exitcode").await.is(2, "would accept");
    assert_eq!(quay.delivered(), Some(first));
    quay.typed("key accept --reason we-made-it").await.is(0, "is now current");
    assert_eq!(quay.delivered(), Some(second));
    assert_eq!(quay.condition().await, "ok");
    quay.typed("key history").await.is(0, "we-made-it");

    // Whoever has the key at hand need not accept it first.
    let third = quay.portal(KeyKind::Secret, &[]);
    quay.typed("key renew").await.is(5, "(held)");
    quay.install().await.is(0, "is now current");
    assert_eq!(quay.delivered(), Some(third));
    assert_eq!(quay.condition().await, "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_production_facility_is_watched_until_a_person_takes_it_over() {
    let quay = Quay::open_in_production().await;
    let first = quay.portal(KeyKind::Secret, &[]);
    let _daemon = quay.daemon().await;
    let status = quay.typed("status").await;
    status.is(0, "would create the secret with key");
    status.is(0, "facility adopt --dry-run");
    status.is(0, "not taken the facility over yet");
    for refused in ["key compromise --yes", "key rehearse", "key rollback --yes", "key accept"] {
        quay.typed(refused).await.is(3, "quaymaster facility adopt");
    }
    quay.install().await.is(3, "quaymaster facility adopt");
    quay.typed("key renew").await.is(0, "would create the secret with key");
    let plan = quay.typed("facility adopt --dry-run --detailed-exitcode").await;
    plan.is(2, "would create the secret with key");
    quay.typed("facility adopt").await.is(64, "--yes");
    quay.typed("status").await.is(0, "would bring key");
    let stored = std::fs::read_dir(quay.path("keys")).unwrap();
    let stored: Vec<_> = stored.map(|entry| entry.unwrap().file_name()).collect();
    assert!(stored.iter().all(|name| name == "lock"), "it wrote {stored:?}");
    assert_eq!(quay.delivered(), None);

    quay.typed("facility adopt --yes").await.is(0, "the facility is taken over");
    assert_eq!(quay.delivered(), Some(first));
    assert_eq!(quay.condition().await, "ok");
    quay.typed("facility adopt --yes").await.is(0, "nothing to do");
    let second = quay.portal(KeyKind::Secret, &[]);
    quay.typed("key renew").await.is(0, "is now current");
    assert_eq!(quay.delivered(), Some(second));
    quay.typed("key rehearse").await.is(0, "the renewal path works");
}

/// A restart loses the text of a leaked key that is in no store any more, so that the bank cannot be
/// asked about it; it says so, and a person's word ends what nothing else could before its expiry.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leak_that_a_restart_has_cut_short_ends_on_a_persons_word() {
    let quay = Quay::open().await;
    let mut daemon = quay.daemon().await;
    let leaked = quay.portal(KeyKind::Secret, &[]);
    quay.install().await.is(0, "is now current");
    let name = quay.typed("key list -o name").await.out;
    let name = name.trim().rsplit('/').next().unwrap().to_owned();
    let close = format!("key compromise --key {name} --deleted --yes");
    quay.typed(&close).await.is(3, "(not_leaked)");
    quay.typed("key compromise --deleted").await.is(64, "--key");
    quay.typed("key compromise --yes").await.is(0, "is declared leaked");
    quay.typed(&close).await.is(3, "is still the current one");
    quay.restricted(SignedDuration::from_hours(200 * 24));
    quay.install().await.is(0, "is now current");
    // While its text is here, the bank has the last word.
    quay.typed(&close).await.is(1, "(still_accepted)");
    assert_eq!(quay.condition().await, "compromised");

    daemon.kill().await.unwrap();
    let _daemon = quay.daemon().await;
    quay.comes_to("compromised").await;
    let status = quay.typed("status").await;
    status.is(0, &format!("quaymaster key compromise --key {name} --deleted"));
    let again = quay.typed(&format!("key compromise --key {name} --yes")).await;
    again.is(0, &format!("quaymaster key compromise --key {name} --deleted"));
    quay.revoke(&leaked);
    let plan = quay.typed(&format!("{close} --dry-run --detailed-exitcode")).await;
    plan.is(2, "would take your word");
    let closed = quay.typed(&format!("{close} --reason saw-it-gone")).await;
    closed.is(0, "is closed on your word");
    quay.typed(&close).await.is(0, "nothing to do");
    assert_eq!(quay.condition().await, "ok");
    quay.typed("key history").await.is(0, "saw-it-gone");
    quay.typed("explain attest").await.is(0, "deleted in the portal");
    quay.typed("explain close_leak").await.is(0, "deleted in the portal");
}
