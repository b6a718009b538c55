//! When vigie itself sees nothing, that is told once for all, and its end too.

use vigie_checks::kernel::{Name, Status};

use super::*;

on_both!(
    that_nothing_is_seen_is_told_once_for_all_and_its_end_too,
    what_passes_by_itself_is_not_told,
    who_cannot_tell_of_one_domain_sees,
    that_a_check_can_tell_again_is_told_once_it_lasts,
);

/// What `dns` says where the resolver is silent, and where it answers but not of this domain.
fn dns(canary: serde_json::Value, is_told: bool) -> Observed {
    let untold = finding("dns.lookup-timeout", Severity::Info, Status::Indeterminate);
    let untold = if is_told { Vec::new() } else { vec![untold] };
    Observed::of(outcome("dns", untold, json!({ "canary": canary })))
}

fn nothing() -> Observed {
    dns(json!({ "untold": { "reason": "timeout" } }), false)
}

fn sees() -> Observed {
    dns(json!("honest"), true)
}

impl Daemon {
    async fn run_of(&self, domain: &str, seconds: i64, seen: &[Observed]) {
        self.committer.commit(&Name::new(domain), seen, first(seconds)).await.unwrap();
    }

    async fn announced(&self, seconds: i64) -> usize {
        self.committer.announce(at(seconds)).await.unwrap()
    }
}

async fn that_nothing_is_seen_is_told_once_for_all_and_its_end_too(stores: Stores) {
    let daemon = Daemon::new(&stores, everyone()).await;
    let domains: Vec<String> = (0..20).map(|number| format!("d{number}.example")).collect();
    for domain in &domains {
        daemon.run_of(domain, 0, &[sees(), spf("a", &[])]).await;
    }
    for (number, domain) in (100..).zip(&domains[..2]) {
        daemon.run_of(domain, number, &[nothing(), blind()]).await;
    }
    assert_eq!(daemon.announced(150).await, 0, "two runs are not enough");
    daemon.run_of(&domains[2], 151, &[nothing(), blind()]).await;
    assert_eq!(daemon.announced(152).await, 2, "every channel, once");
    for round in 0..5 {
        for domain in &domains {
            daemon.run_of(domain, 200 + round * 900, &[nothing(), blind()]).await;
        }
        assert_eq!(daemon.announced(201 + round * 900).await, 0, "once for all");
    }
    // Sight must last as long as a second look waits.
    daemon.run_of(&domains[0], 5000, &[sees(), spf("a", &[])]).await;
    assert_eq!(daemon.announced(5010).await, 0);
    daemon.run_of(&domains[1], 5020, &[nothing(), blind()]).await;
    assert_eq!(daemon.announced(5060).await, 0, "it was gone again");
    daemon.run_of(&domains[0], 5100, &[sees(), spf("a", &[])]).await;
    assert_eq!(daemon.announced(5144).await, 0);
    assert_eq!(daemon.announced(5145).await, 2);
    assert_eq!(daemon.announced(5200).await, 0, "also of what still waits for its next look");

    assert_eq!(
        daemon.messages().await,
        [
            "ops monitor.blind 1",
            "team monitor.blind 1",
            "ops monitor.recovered 2",
            "team monitor.recovered 2"
        ]
    );
    let told = &daemon.bodies("monitor.blind").await[0]["data"];
    assert_eq!((&told["all"], &told["reason"]), (&json!(true), &json!("timeout")));
    assert_eq!(told["since"], "2027-01-15T08:01:40.000Z");
    let over = &daemon.bodies("monitor.recovered").await[0]["data"];
    assert_eq!(over["since"], told["since"]);
    assert_eq!(over["until"], "2027-01-15T09:25:00.000Z");
    assert!(daemon.store().incidents(10).await.unwrap().is_empty());
    assert_eq!(daemon.store().darkness().await.unwrap(), None);
}

async fn what_passes_by_itself_is_not_told(stores: Stores) {
    let mut daemon = Daemon::new(&stores, everyone()).await;
    for round in 0..3 {
        let now = round * 900;
        for number in 0..10 {
            daemon.run_of(&format!("d{number}.example"), now, &[nothing(), blind()]).await;
        }
        assert_eq!(daemon.announced(now + 1).await, 0, "a second is no time");
        daemon.run_of("d0.example", now + 20, &[sees(), spf("a", &[])]).await;
        assert_eq!(daemon.store().darkness().await.unwrap(), None);
        for number in 0..10 {
            daemon.run_of(&format!("d{number}.example"), now + 21, &[sees(), spf("a", &[])]).await;
        }
        assert_eq!(daemon.announced(now + 100).await, 0);
        daemon.restart(at(now + 101)).await;
    }
    assert_eq!(daemon.messages().await, Vec::<String>::new());
}

async fn who_cannot_tell_of_one_domain_sees(stores: Stores) {
    let daemon = Daemon::new(&stores, everyone()).await;
    let own_zones_only = [dns(json!({ "untold": { "reason": "refused" } }), true)];
    let silent_domain = [dns(json!("honest"), false)];
    for round in 0..5 {
        daemon.run_of("a.example", round * 900, &own_zones_only).await;
        daemon.run_of("b.example", round * 900, &silent_domain).await;
        assert_eq!(daemon.store().darkness().await.unwrap(), None);
    }
    assert_eq!(daemon.announced(5000).await, 2);
    let told = &daemon.bodies("monitor.blind").await[0]["data"];
    assert_eq!((&told["domains"], &told["all"]), (&json!(["b.example"]), &json!(null)));
}

async fn that_a_check_can_tell_again_is_told_once_it_lasts(stores: Stores) {
    let mut daemon = Daemon::new(&stores, everyone()).await;
    let (tells, blind) = ([sees(), spf("a", &[])], [sees(), blind()]);
    for begin in [0, 10_000] {
        for seconds in [100, 1000, 1900] {
            daemon.run_of("a.example", begin + seconds, &blind).await;
        }
        assert_eq!(daemon.announced(begin + 1901).await, 2);
        daemon.run_of("a.example", begin + 2800, &tells).await;
        assert_eq!(daemon.announced(begin + 2801).await, 0, "it may be gone again");
        daemon.run_of("a.example", begin + 2820, &blind).await;
        daemon.restart(at(begin + 2830)).await;
        assert_eq!(daemon.announced(begin + 2900).await, 0, "it was");
        daemon.run_of("a.example", begin + 3000, &tells).await;
        assert_eq!(daemon.announced(begin + 3001).await, 0);
        assert_eq!(daemon.announced(begin + 3045).await, 0);
        assert_eq!(daemon.announced(begin + 3046).await, 2);
        assert_eq!(daemon.announced(begin + 9000).await, 0, "once");
    }
    let told = daemon.messages().await;
    let ops: Vec<&str> = told.iter().filter_map(|told| told.strip_prefix("ops ")).collect();
    let once = ["monitor.blind 1", "monitor.recovered 2"];
    assert_eq!(ops, [once, once].concat());
    let over = &daemon.bodies("monitor.recovered").await[0]["data"];
    assert_eq!(over["reason"], "timeout");
}
