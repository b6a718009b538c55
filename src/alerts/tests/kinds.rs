//! Channels of several kinds side by side.

use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use vigie_checks::kernel::Lang;

use super::house::{House, webhook};
use super::receiver::{Receiver, Reply};
use crate::alerts::ChannelSettings;
use crate::config::{Destination, MailAccount};

fn to(name: &str, destination: Destination) -> ChannelSettings {
    ChannelSettings { destination, lang: Lang::En, ..webhook(name, "http://127.0.0.1:1/") }
}

#[tokio::test]
async fn a_dead_channel_of_any_kind_delays_no_other() {
    let mut house = House::new().await;
    house.limits.attempt = Duration::from_secs(600);
    let silent = Receiver::start(|_, _| Reply::Stalls(String::new())).await;
    let mute = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let working = Receiver::start(|_, _| Reply::status(200)).await;
    let address = mute.local_addr().expect("a bound socket");
    let url = format!("smtp://{address}?tls=none").parse().expect("a submission");
    let hang = ["/bin/sleep", "600"].map(str::to_owned).to_vec();
    let channels = [
        to("slack", Destination::Slack { url: silent.url("/").into() }),
        to(
            "email",
            Destination::Email {
                submit: MailAccount { url, password: None },
                from: "vigie@example.net".to_owned(),
                to: "postmaster@example.net".to_owned(),
            },
        ),
        to("exec", Destination::Exec { command: hang, timeout: Duration::from_secs(600) }),
        to("discord", Destination::Discord { url: working.url("/").into() }),
        webhook("webhook", &working.url("/")),
    ];
    for channel in &channels {
        for number in 0..20 {
            house.put_event(&channel.name, &format!("{}_{number}", channel.name)).await;
        }
    }
    let _at_work = house.run(&channels);
    for channel in ["discord", "webhook"] {
        for number in 0..20 {
            house.delivered(&format!("{channel}_{number}")).await;
        }
    }
    for channel in ["slack", "email", "exec"] {
        assert_eq!(house.kept(&format!("{channel}_0")).await.attempts, 0, "{channel}");
    }
}

#[tokio::test]
async fn what_a_service_refuses_is_told_through_the_others_at_once() {
    let house = House::new().await;
    let refusing = Receiver::start(|_, _| Reply::full(404, "", "no_service")).await;
    let working = Receiver::start(|_, _| Reply::status(200)).await;
    let channels = [
        to("slack", Destination::Slack { url: refusing.url("/").into() }),
        to("teams", Destination::Teams { url: working.url("/").into() }),
        webhook("ops", &working.url("/ops")),
    ];
    house.put_event("slack", "msg_1").await;
    let _at_work = house.run(&channels);

    let told = working.wait_for(2).await;
    let dead = house.kept("msg_1").await;
    assert_eq!((dead.state.as_str(), dead.attempts, dead.last_status), ("dead", 1, Some(404)));
    let ops = told.iter().find(|request| request.path == "/ops").expect("ops hears of it");
    let body: Value = serde_json::from_str(&ops.body).expect("JSON");
    assert_eq!((&body["type"], &body["data"]["channel"]), (&"alert.dead".into(), &"slack".into()));
    let card = told.iter().find(|request| request.path == "/").expect("teams hears of it");
    assert!(card.body.contains("An alert did not reach the channel slack"), "{}", card.body);
    assert_eq!(refusing.seen().len(), 1);
}
