//! Mistakes that other programs of this kind were known for.

use quaymaster::sandbox::KeyChange;
use quaymaster::service::Command;

use crate::quay::{first_key, hours, pass, settle};
use crate::watch::delivered;
use crate::world::{Memory, Stores, World};

/// AWS makes a secret's first version current by itself, so nothing unproven may be created.
#[tokio::test]
async fn first_version_auto_current() {
    let mut world = World::new(Stores::Aws, Memory::Kept).await;
    let control = world.quay.sandbox.control();
    let first = control.keys().into_iter().find(|key| key.text == first_key()).unwrap();
    control.change_key(&first.id, KeyChange::Revoke).unwrap();
    world.launch(None).await.unwrap();
    world.pass(hours(3)).await.unwrap();
    assert!(world.aws.as_ref().unwrap().writes().is_empty());
    control.change_key(&first.id, KeyChange::Restore).unwrap();
    world.pass(hours(26)).await.unwrap();
    assert_eq!(world.held().await.current, Some(first_key()));
}

/// Readers are told by content, never by time: here no time passes at all.
#[tokio::test]
async fn two_notifies_same_second() {
    let mut world = World::new(Stores::File, Memory::Kept).await;
    world.launch(None).await.unwrap();
    let second = world.mint();
    world.ask(Command::Renew { end_pin: false }).await.unwrap();
    world.ends_with(&second, Some(&first_key())).unwrap();
    let third = world.mint();
    world.ask(Command::Renew { end_pin: false }).await.unwrap();
    world.ends_with(&third, Some(&second)).unwrap();
}

/// Two replicas renew at once; what they leave is the newer key, also once the older one has expired.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_update_keeps_expired() {
    for stores in [Stores::File, Stores::Aws] {
        let mut world = World::new(stores, Memory::Kept).await;
        let one = world.quay.launch_with_book("one.db").await;
        let other = world.quay.launch_with_book("other.db").await;
        let (clock, tasks) = (world.quay.clock.clone(), [one.task(), other.task()]);
        settle(&clock, 2, &tasks).await;
        let second = world.mint();
        clock.advance(hours(26));
        pass(&clock, hours(2), &tasks).await;
        assert_eq!(world.held().await.current.as_ref(), Some(&second));
        clock.advance(hours(40 * 24));
        pass(&clock, hours(2), &tasks).await;
        world.observe().await.unwrap();
        let held = world.held().await;
        assert_eq!((held.current, held.previous), (Some(second.clone()), None));
        assert_eq!(delivered(&world.quay.path("run")).unwrap(), Some((second, None)));
        one.stop().await;
        other.stop().await;
    }
}
