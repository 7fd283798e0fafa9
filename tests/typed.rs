//! The emergencies and the ways out of dead ends, typed into the real program as a person would: a
//! daemon of its own beside a sandbox in this process.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as tests do"
)]

#[path = "typed/dead_ends.rs"]
mod dead_ends;
#[path = "typed/production.rs"]
mod production;
#[path = "typed/quay.rs"]
mod quay;

use quaymaster::sandbox::{KeyKind, SANDBOX_CODE};

use quay::Quay;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn out_of_every_dead_end_by_installing_a_key() {
    let quay = Quay::open().await;
    let _daemon = quay.daemon().await;
    quay.typed("status").await.is(0, "no_key");
    quay.typed("key install").await.is(64, "--from-file");
    quay.portal(KeyKind::Publishable, &[]);
    quay.install().await.is(1, "wrong_kind");
    let first = quay.portal(KeyKind::Secret, &[]);
    let control = quay.sandbox.control();
    control.whitelist(SANDBOX_CODE, Some(&["203.0.113.7".to_owned()])).unwrap();
    quay.install().await.is(1, "white-list");
    control.whitelist(SANDBOX_CODE, None).unwrap();
    quay.install().await.is(0, "is now current");
    assert_eq!(quay.delivered().as_ref(), Some(&first));
    assert_eq!(quay.condition().await, "ok");
    quay.install().await.is(0, "nothing to do");

    // Deleted in the portal by mistake: nothing works until a person brings another.
    quay.revoke(&first);
    quay.typed("key renew").await.is(1, "ip_refused");
    quay.portal(KeyKind::Secret, &[]);
    quay.install().await.is(0, "is now current");
    assert_eq!(quay.condition().await, "ok");
    quay.typed("key history").await.is(0, "install");
    quay.typed("key history -o json").await.is(0, "\"actor\"");
    quay.typed("key list -o name").await.is(0, "key/");
    quay.typed("key status -o yaml").await.is(0, "facility: main");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn back_to_the_previous_key_and_forward_again() {
    let quay = Quay::open().await;
    let mut daemon = quay.daemon().await;
    let first = quay.portal(KeyKind::Secret, &[]);
    quay.install().await.is(0, "is now current");
    quay.typed("key rollback --yes").await.is(3, "no_previous");
    let second = quay.portal(KeyKind::Secret, &[]);
    quay.typed("key renew").await.is(0, "is now current");
    assert_eq!(quay.delivered().as_ref(), Some(&second));

    quay.typed("key rollback").await.is(64, "--yes");
    quay.typed("key rollback --dry-run --detailed-exitcode").await.is(2, "would go back");
    quay.typed("key rollback --dry-run").await.is(0, "3. would make it current in every store");
    quay.typed("key rollback --yes --for 900d").await.is(64, "pin_too_long");
    quay.typed("key rollback --yes --for 30d --reason cards-fail").await.is(0, "is current again");
    assert_eq!(quay.delivered().as_ref(), Some(&first));
    quay.typed("status").await.is(0, "pinned");
    quay.typed("key renew").await.is(0, "pin holds until");
    assert_eq!(quay.delivered().as_ref(), Some(&first), "the pin holds");

    // A restart keeps the pin.
    daemon.kill().await.unwrap();
    let _daemon = quay.daemon().await;
    assert_eq!(quay.condition().await, "pinned");
    quay.typed("key history").await.is(0, "cards-fail");
    quay.typed("key renew --end-pin").await.is(0, "is now current");
    assert_eq!(quay.delivered().as_ref(), Some(&second));
    assert_eq!(quay.condition().await, "ok");

    quay.typed("key accept").await.is(3, "nothing_held");
    quay.typed("key rehearse").await.is(0, "the renewal path works");
    quay.typed("freeze on --for 3d --reason end-of-year").await.is(0, "");
    quay.typed("freeze show").await.is(0, "end-of-year");
    quay.typed("key rehearse").await.is(3, "frozen");
    quay.typed("freeze off").await.is(0, "");
    quay.typed("freeze show").await.is(0, "off");
    quay.typed("facility adopt").await.is(0, "nothing to do");
}

/// The leaked-key emergency to its end, as its own steps say.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leaked_key_is_walked_out_of_every_place() {
    let quay = Quay::open().await;
    let _daemon = quay.daemon().await;
    let leaked = quay.portal(KeyKind::Secret, &[]);
    quay.install().await.is(0, "is now current");
    quay.typed("key compromise --dry-run --detailed-exitcode").await.is(2, "would declare");
    let told = quay.typed("key compromise --yes --reason on-a-forum").await;
    told.is(0, "restricted to a business");
    told.is(0, "Still to be done");
    assert_eq!(quay.condition().await, "compromised");
    assert_eq!(quay.delivered().as_ref(), Some(&leaked), "nothing else works yet");
    quay.typed("status").await.is(0, "key compromise --dry-run");
    quay.typed("key renew").await.is(3, "compromised");

    let bridge = quay.portal(KeyKind::Secret, &["SANDBOXHIRE"]);
    quay.install().await.is(0, "is now current");
    assert_eq!(quay.delivered().as_ref(), Some(&bridge));
    assert!(!quay.path("run/previous").exists(), "the leaked key is still delivered");
    assert_eq!(quay.condition().await, "compromised", "the bank still accepts it");

    quay.revoke(&leaked);
    quay.typed("key renew").await;
    assert_ne!(quay.condition().await, "compromised");
    quay.typed("key history").await.is(0, "revoke");
    let last = quay.portal(KeyKind::Secret, &[]);
    quay.install().await.is(0, "is now current");
    assert_eq!(quay.delivered().as_ref(), Some(&last));
    assert_eq!(quay.condition().await, "ok");
}
