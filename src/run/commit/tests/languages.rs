//! Is each channel told in its own language?

use serde_json::json;
use vigie_checks::kernel::{Bilingual, Catalogue, Lang};

use super::super::Fault;
use super::daemon::*;
use crate::incidents::Routes;
use crate::store::Wanted;
use crate::store::tests::Stores;

pub(super) async fn each_channel_is_told_in_its_language(stores: Stores) {
    let both = ["ops", "french"].map(str::to_owned).to_vec();
    let daemon = Daemon::new(&stores, Routes::new(Vec::new(), both)).await;
    daemon.run(first(0), &[spf("v=spf1 -all", &[])]).await;
    let broken = [spf("v=spf1 -all", &["spf.sending-ip-not-authorised"])];
    daemon.run(first(1800), &broken).await;
    daemon.run(second(1845), &broken).await;

    let rows = daemon.store().outbox(Wanted::default(), 100).await.unwrap();
    let entry = Catalogue::find("spf.sending-ip-not-authorised").unwrap();
    for (channel, lang) in [("ops", Lang::En), ("french", Lang::Fr)] {
        let mut of_channel = rows.iter().filter(|row| row.channel == channel);
        let row = of_channel.find(|row| row.event_type == "incident.opened").unwrap();
        let body: serde_json::Value = serde_json::from_str(&row.body).unwrap();
        let said = body["data"]["cause"]["why"].as_str().unwrap();
        assert_eq!(said, entry.why.get(lang), "{channel}");
    }
}

pub(super) async fn a_refusal_is_told_in_each_language(stores: Stores) {
    let both = ["ops", "french"].map(str::to_owned).to_vec();
    let daemon = Daemon::new(&stores, Routes::new(Vec::new(), both)).await;
    let message = Bilingual::new(
        "`buk` is not a key of [[streams]]",
        "`buk` n’est pas une clé de [[streams]]",
    );
    let fault = Fault { file: "vigie.toml".to_owned(), line: 3, column: 48, message };
    daemon.committer.reject("vigie.toml", std::slice::from_ref(&fault), at(0)).await.unwrap();

    let rows = daemon.store().outbox(Wanted::default(), 100).await.unwrap();
    for (channel, lang) in [("ops", Lang::En), ("french", Lang::Fr)] {
        let row = rows.iter().find(|row| row.channel == channel).unwrap();
        let body: serde_json::Value = serde_json::from_str(&row.body).unwrap();
        let said = fault.message.get(lang);
        let expected = json!({ "file": "vigie.toml", "line": 3, "column": 48, "message": said });
        assert_eq!(body["data"]["errors"], json!([expected]), "{channel}");
    }
}
