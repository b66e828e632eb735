use jiff::SignedDuration;

use super::super::tests::Fixture;
use super::*;

fn alert(fixture: &mut Fixture, kind: AlertKind, subject: &str) -> Alert {
    Alert {
        id: AlertId::new(fixture.now, &mut fixture.rng),
        kind,
        subject: subject.to_owned(),
        detail: "found on the carrier's list".to_owned(),
        raised_at: fixture.now,
        closed: None,
    }
}

async fn raised(fixture: &mut Fixture, kind: AlertKind, subject: &str) -> bool {
    let alert = alert(fixture, kind, subject);
    let mut change = fixture.store.change().await.unwrap();
    let is_new = change.raise_alert(&alert).await.unwrap();
    change.commit().await.unwrap();
    is_new
}

async fn open(fixture: &Fixture) -> Vec<(AlertKind, String)> {
    let open = fixture.store.list_alerts(true, 10).await.unwrap();
    open.into_iter().map(|alert| (alert.kind, alert.subject)).collect()
}

#[tokio::test]
async fn an_incident_is_raised_once_for_good_and_a_condition_once_while_it_lasts() {
    let mut fixture = Fixture::new("alerts").await;
    assert!(raised(&mut fixture, AlertKind::AlienCall, "CA1").await);
    assert!(!raised(&mut fixture, AlertKind::AlienCall, "CA1").await);
    assert!(raised(&mut fixture, AlertKind::AlienCall, "CA2").await);
    assert!(raised(&mut fixture, AlertKind::ReconcileFailed, "").await);
    assert!(!raised(&mut fixture, AlertKind::ReconcileFailed, "").await);
    assert_eq!(open(&fixture).await.len(), 3);

    let now = fixture.now;
    let alerts = fixture.store.list_alerts(true, 10).await.unwrap();
    let mut change = fixture.store.change().await.unwrap();
    assert_eq!(change.resolve_alerts(AlertKind::ReconcileFailed, now).await.unwrap(), 1);
    for one in alerts.iter().filter(|one| one.kind == AlertKind::AlienCall) {
        assert!(change.acknowledge_alert(one.id, now).await.unwrap());
        assert!(!change.acknowledge_alert(one.id, now).await.unwrap());
    }
    change.commit().await.unwrap();
    assert_eq!(open(&fixture).await, []);
    let all = fixture.store.list_alerts(false, 10).await.unwrap();
    let ways: Vec<_> = all.iter().filter_map(|one| Some(one.closed?.1.name())).collect();
    assert_eq!((ways.len(), ways.iter().filter(|way| **way == "resolved").count()), (3, 1));

    // The same call is no news the next day; the same condition is.
    assert!(!raised(&mut fixture, AlertKind::AlienCall, "CA1").await);
    assert!(raised(&mut fixture, AlertKind::ReconcileFailed, "").await);
    assert_eq!(open(&fixture).await, [(AlertKind::ReconcileFailed, String::new())]);
}

#[tokio::test]
async fn the_outbox_is_tried_until_it_is_settled() {
    let mut fixture = Fixture::new("alert_notices").await;
    let (alert, now) = (alert(&mut fixture, AlertKind::Doubled, "CA1"), fixture.now);
    let store = fixture.store.clone();
    let mut change = store.change().await.unwrap();
    change.raise_alert(&alert).await.unwrap();
    change.add_alert_notice(alert.id, Channel::Webhook, Some(now)).await.unwrap();
    change.add_alert_notice(alert.id, Channel::Ntfy, None).await.unwrap();
    change.commit().await.unwrap();
    let due = store.list_alert_notices_due(now, 10).await.unwrap();
    assert_eq!(due, [AlertNotice { alert, channel: Channel::Webhook, tries: 0 }]);
    let (later, tried) = (now + SignedDuration::from_secs(5), AlertNotice { tries: 1, ..due[0].clone() });
    let mut change = store.change().await.unwrap();
    change.settle_alert_notice(&tried, NoticeState::Pending, Some(later), Some("asleep")).await.unwrap();
    change.commit().await.unwrap();
    assert_eq!(store.next_alert_notice_at().await.unwrap(), Some(later));
    assert_eq!(store.list_alert_notices_due(now, 10).await.unwrap(), []);
    assert_eq!(store.list_alert_notices_due(later, 10).await.unwrap(), std::slice::from_ref(&tried));
    let mut change = store.change().await.unwrap();
    change.settle_alert_notice(&tried, NoticeState::Sent, None, None).await.unwrap();
    change.commit().await.unwrap();
    assert_eq!(store.next_alert_notice_at().await.unwrap(), None);
}

#[tokio::test]
async fn a_kind_that_nobody_knows_is_an_error() {
    let fixture = Fixture::new("alert_kinds").await;
    let mut change = fixture.store.change().await.unwrap();
    sqlx::query(
        "INSERT INTO alerts (id, kind, subject, detail, raised_at_ms) VALUES ('x', 'fine', '', '', 0)",
    )
    .execute(&mut *change.tx)
    .await
    .unwrap();
    change.commit().await.unwrap();
    let error = fixture.store.list_alerts(true, 10).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { table: "alerts", .. }), "{error}");
}
