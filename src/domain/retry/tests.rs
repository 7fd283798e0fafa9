use super::*;

fn replies() -> impl Iterator<Item = Reply> {
    let failures = Failure::ALL.iter().copied().map(Reply::Failure);
    (100..=599).map(Reply::Status).chain(failures)
}

fn cases() -> impl Iterator<Item = (Reply, Method, Earlier)> {
    replies().flat_map(|reply| {
        Method::ALL.iter().flat_map(move |method| {
            Earlier::ALL.iter().map(move |earlier| (reply, *method, *earlier))
        })
    })
}

fn sends_again(action: Action) -> bool {
    matches!(action, Action::SendAgain | Action::FreshKey)
}

#[test]
fn every_case_has_exactly_one_rule_and_every_rule_a_case() {
    for (reply, method, earlier) in cases() {
        let rules = RULES.iter().filter(|rule| rule.is_for(reply, method, earlier)).count();
        assert_eq!(rules, 1, "{reply:?} {method:?} {earlier:?}");
    }
    for rule in RULES {
        let used = cases().any(|(reply, method, earlier)| rule.is_for(reply, method, earlier));
        assert!(used, "{rule:?}");
    }
}

#[test]
fn nothing_is_sent_again_blindly_once_a_copy_may_have_arrived() {
    for (reply, method, earlier) in cases() {
        if method == Method::Get {
            continue;
        }
        let rule = advice(reply, method, earlier);
        if earlier == Earlier::MayHaveArrived {
            assert!(!sends_again(rule.action), "{reply:?} {method:?}: {:?}", rule.action);
            let open = matches!(rule.action, Action::Accept | Action::Poll | Action::Confirm);
            assert!(open || rule.class == Some(Class::Unclear), "{reply:?} {method:?}");
        }
        if rule.action == Action::QueryThenSendAgain {
            assert_eq!(
                method,
                Method::PostWithKey,
                "only a POST has an idempotency key: {reply:?}"
            );
        }
        let queries = matches!(
            rule.action,
            Action::QueryThenSendAgain | Action::QueryThenAsCommandSays | Action::QueryOnly
        );
        assert_eq!(queries, rule.wait == QUIET, "{reply:?} {method:?}");
    }
}

#[test]
fn the_banks_own_rules_are_kept() {
    use Reply::Status as Code;
    for method in [Method::PostWithKey, Method::Patch] {
        for earlier in Earlier::ALL {
            assert_eq!(advice(Code(500), method, *earlier).action, Action::QueryOnly);
        }
    }
    let first = |status, method| advice(Code(status), method, Earlier::None);
    assert_eq!(first(429, Method::PostWithKey).action, Action::SendAgain);
    assert_eq!(first(503, Method::PostWithKey).action, Action::QueryThenSendAgain);
    assert_eq!(first(202, Method::PostWithKey).action, Action::Poll);
    assert_eq!(first(204, Method::Patch).action, Action::Confirm);
    assert_eq!(first(504, Method::Get).wait, WAIT_AFTER_504);
    assert_eq!(first(503, Method::Get).wait, WAIT);
    assert_eq!(first(401, Method::Get).action, Action::FreshKey);
    assert_eq!(first(407, Method::Get).action, Action::FixProxy);
    assert_eq!(first(302, Method::Get).action, Action::FixAddress);
}

#[test]
fn a_wait_is_never_shorter_than_the_rule_or_the_bank_says() {
    let rule = advice(Reply::Status(503), Method::Get, Earlier::None);
    for random in [0, 1, 9_999, 10_000, 10_001, u32::MAX] {
        let wait = rule.wait(None, random);
        assert!(wait >= WAIT && wait <= WAIT + JITTER_MAX, "{wait:?}");
    }
    let asked = Duration::from_secs(90);
    assert_eq!(rule.wait(Some(asked), 0), asked);
    assert_eq!(rule.wait(Some(Duration::from_secs(1)), 0), WAIT);
    let done = advice(Reply::Status(200), Method::Get, Earlier::None);
    assert_eq!(done.wait(Some(asked), 7), Duration::ZERO);
}

#[test]
fn every_status_explains_itself_and_ends_in_a_command() {
    for status in STATUSES {
        assert_eq!(status.code.to_string(), status.label);
        let text = explain(status.label).unwrap();
        assert!(text.starts_with(&format!("{} {}\n", status.label, status.name)), "{text}");
        assert!(text.lines().last().unwrap().contains("quaymaster "), "{text}");
        for method in Method::ALL {
            assert!(text.contains(&format!("\n{}: ", method.label())), "{text}");
        }
    }
    for failure in Failure::ALL {
        assert!(explain(failure.label()).unwrap().contains("quaymaster "));
    }
    assert!(explain("418").unwrap().contains("do not name"));
    for word in ["", "99", "099", "600", "+50", "5 3", "ok", "5033"] {
        assert_eq!(explain(word), None, "{word}");
    }
    let text = explain("503").unwrap();
    assert!(text.contains("same key") && text.contains("at least 120 s"), "{text}");
}
