//! Records beside the place where they belong: under a wildcard, or with the domain written twice.

use futures::future::{join, join_all};

use crate::dns::{Denied, Doubled, Strays};
use crate::kernel::{Answer, Lookup, Name, Question, Rcode, Rtype, Text, View, confirmed, texts};

/// Names that mail needs besides those of DKIM keys.
const NAMES: [&str; 3] = ["_dmarc", "_mta-sts", "_smtp._tls"];

/// DKIM selectors that are looked up.
const MOST_SELECTORS: usize = 10;

/// What is told of one record, in characters; room for every key, which is to be moved whole.
const LONGEST: usize = 4096;

pub async fn observe(view: &View<'_>) -> Strays {
    let domain = &view.target.domain;
    let random = domain.child(&view.vantage.random_label("wildcard"));
    let selectors = view.target.selectors.iter().take(MOST_SELECTORS);
    let keys = selectors.map(|selector| format!("{selector}._domainkey"));
    let labels: Vec<String> = NAMES.map(str::to_owned).into_iter().chain(keys).collect();
    let found = labels.iter().map(|label| async move {
        let name = domain.child(label);
        (texts(view.net, &name).await, name)
    });
    let (wildcard, found) = join(texts(view.net, &random), join_all(found)).await;
    let doubled = async {
        match wildcard {
            Lookup::Absent { .. } => doubled(view, &found).await,
            // Under a wildcard every name exists, so none shows where somebody wrote it.
            _ => Vec::new(),
        }
    };
    let (denied, doubled) = join(denied(view, &found), doubled).await;
    let wildcard = wildcard.found().map(|records| printable(records)).unwrap_or_default();
    Strays { wildcard, doubled, denied }
}

fn printable(records: &[Text]) -> Vec<String> {
    records.iter().map(|text| text.printable().chars().take(LONGEST).collect()).collect()
}

/// Each record that is absent, and is there with the domain once more at its end.
async fn doubled(view: &View<'_>, found: &[(Lookup<Vec<Text>>, Name)]) -> Vec<Doubled> {
    let absent = found.iter().filter(|(lookup, _)| lookup.is_absent());
    let asked = absent.map(|(_, expected)| async move {
        let doubled = Name::new(&format!("{expected}.{}", view.target.domain));
        let records = texts(view.net, &doubled).await;
        let texts = printable(records.found()?);
        Some(Doubled { expected: expected.clone(), found: doubled, texts })
    });
    join_all(asked).await.into_iter().flatten().collect()
}

/// RFC 8020 §2: nothing exists below a name that does not, so a name that leads to others does.
async fn denied(view: &View<'_>, found: &[(Lookup<Vec<Text>>, Name)]) -> Vec<Denied> {
    let domain = &view.target.domain;
    let asked = ["_domainkey", "_tls"].map(|label| async move {
        let name = domain.child(label);
        let is_there = |(lookup, below): &&(Lookup<Vec<Text>>, Name)| {
            lookup.found().is_some() && below.parent().as_ref() == Some(&name)
        };
        let below = found.iter().find(is_there).map(|(_, below)| below.clone())?;
        let question = Question::new(&name, Rtype::TXT);
        let Answer::Message(said) = view.net.dns(question.clone()).await else { return None };
        let denies = said.rcode == Rcode::NXDOMAIN && said.answers.is_empty();
        let is_sure = denies && confirmed(view.net, question).await.is_absent();
        is_sure.then_some(Denied { name, below })
    });
    join_all(asked).await.into_iter().flatten().collect()
}
