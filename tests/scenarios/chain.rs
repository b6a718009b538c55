//! How many questions wait for each other? Counted in rounds: all that is asked meanwhile is answered
//! together, and what is asked only then is a round later.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::poll_immediate;
use tokio::sync::oneshot;
use tokio::task::unconstrained;
use vigie_checks::kernel::{Net, Request, Response, Tape};
use vigie_lab::world::World;
use vigie_scenario::{Case, Scenario};

use crate::memory::Memory;
use crate::stage::{Sightings, audit};

/// A domain like most: its own servers, two mail hosts, an SPF record that includes a provider's,
/// which includes one more, and reports to itself.
const DOMAIN: &str = r#"
name = "a domain like most"
checks = ["dns", "dnssec", "mx", "spf", "dmarc", "tls-rpt"]
[target]
domain = "example.com"
[zones]
"example.com" = '''
@ IN NS ns1.example.net.
@ IN NS ns2.example.net.
@ IN MX 10 mx1.example.net.
@ IN MX 20 mx2.example.net.
@ IN TXT "v=spf1 mx include:_spf.example.net -all"
_dmarc IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@example.com"
_smtp._tls IN TXT "v=TLSRPTv1; rua=mailto:tls@example.com"
'''
"example.net" = '''
@ IN NS ns1.example.net.
@ IN NS ns2.example.net.
ns1 IN A 203.0.113.1
ns2 IN A 203.0.113.2
mx1 IN A 198.51.100.1
mx2 IN A 198.51.100.2
_spf IN TXT "v=spf1 include:_more.example.net ip4:192.0.2.0/25 ~all"
_more IN TXT "v=spf1 ip4:192.0.2.128/25 ~all"
'''
[expect]
findings = []
"#;

/// The world in memory, whose answers come when a round ends.
struct Rounds {
    below: Memory,
    waiting: Mutex<Vec<oneshot::Sender<()>>>,
}

impl Rounds {
    fn waiting(&self) -> usize {
        self.waiting.lock().unwrap().len()
    }

    fn end_round(&self) {
        for asker in self.waiting.lock().unwrap().drain(..) {
            let _ = asker.send(());
        }
    }
}

#[async_trait]
impl Net for Rounds {
    async fn exchange(&self, request: Request) -> Response {
        if matches!(request, Request::Dns(_)) {
            let (tell, told) = oneshot::channel();
            self.waiting.lock().unwrap().push(tell);
            told.await.expect("every round ends");
        }
        self.below.exchange(request).await
    }
}

#[tokio::test]
async fn few_questions_wait_for_each_other() {
    let scenario = Scenario::parse(DOMAIN).unwrap();
    let world = World::from_scenario(&scenario).unwrap();
    let below = Memory::of(world, &Tape::default());
    let net = Arc::new(Rounds { below, waiting: Mutex::default() });
    let case = Case { name: scenario.name.clone(), scenario, before: Vec::new() };
    let minute = Duration::from_secs(60);
    let audit = audit(&case, net.clone(), minute, Sightings::default(), None);
    let mut audit = pin!(unconstrained(audit));
    let mut rounds = 0;
    loop {
        // Whoever was answered may wake others, which ask in the same round.
        let mut asked = None;
        while asked != Some(net.waiting()) {
            asked = Some(net.waiting());
            for _ in 0..3 {
                if poll_immediate(audit.as_mut()).await.is_some() {
                    assert_eq!(rounds, 6);
                    return;
                }
            }
        }
        assert_ne!(asked, Some(0), "the audit waits for nobody");
        rounds += 1;
        net.end_round();
    }
}
