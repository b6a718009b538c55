//! Records beside the place where they belong: under a wildcard, or with the domain written twice.

use futures::future::{join, join_all, join3};

use crate::dns::judge::is_spf_alone;
use crate::dns::{Denied, Doubled, Strays};
use crate::kernel::{
    Answer, Lookup, Name, Profile, Question, Rcode, Rtype, Text, View, alias, ask, confirmed, texts,
};
use crate::records::selectors::commonest;

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
    let (wildcard, found, probed) =
        join3(texts(view.net, &random), join_all(found), probed(view)).await;
    let doubled = async {
        match wildcard {
            Lookup::Absent { .. } => doubled(view, &found).await,
            // Under a wildcard every name exists, so none shows where somebody wrote it.
            _ => Vec::new(),
        }
    };
    let denied = denied(view, found.iter().chain(&probed));
    let (denied, doubled, shape) = join3(denied, doubled, shape(view, &random, &wildcard)).await;
    let covers = |(lookup, _): &&(Lookup<Vec<Text>>, Name)| {
        let own = lookup.found().map(|records| printable(records));
        own.is_some_and(|own| own == shape.wildcard)
    };
    let covered = found.iter().filter(covers).map(|(_, name)| name.clone()).collect();
    Strays { doubled, denied, covered, ..shape }
}

/// What a name gets which nobody wrote, and by which kind of wildcard.
async fn shape(view: &View<'_>, random: &Name, found: &Lookup<Vec<Text>>) -> Strays {
    let Some(records) = found.found() else { return Strays::default() };
    let wildcard = printable(records);
    let wildcard_alias = alias(view.net, random, Rtype::TXT).await.found().cloned();
    let wildcard_mail = match is_spf_alone(&wildcard) && view.target.profile != Profile::Parked {
        true => Some(ask(view.net, random, Rtype::MX).await.map(|_| ())),
        false => None,
    };
    Strays { wildcard, wildcard_alias, wildcard_mail, ..Strays::default() }
}

/// The commonest DKIM keys, where `_domainkey` is denied and no selector is known that could prove it wrong. `dkim`
/// asks the same.
async fn probed(view: &View<'_>) -> Vec<(Lookup<Vec<Text>>, Name)> {
    let target = view.target;
    if !target.selectors.is_empty() || !target.profile.sends() {
        return Vec::new();
    }
    let above = target.domain.child("_domainkey");
    let asked = commonest().iter().map(|selector| async {
        let name = above.child(selector);
        (texts(view.net, &name).await, name)
    });
    // `dkim` asks for all of it whatever the first answer is, so nothing is asked in vain.
    match join(texts(view.net, &above), join_all(asked)).await {
        (Lookup::Absent { nxdomain: true }, probed) => probed,
        _ => Vec::new(),
    }
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
        let alias = alias(view.net, &doubled, Rtype::TXT).await;
        Some(Doubled { expected: expected.clone(), found: doubled, texts, alias })
    });
    join_all(asked).await.into_iter().flatten().collect()
}

/// RFC 8020 §2: nothing exists below a name that does not, so a name that leads to others does.
async fn denied<'f>(
    view: &View<'_>,
    found: impl Iterator<Item = &'f (Lookup<Vec<Text>>, Name)> + Clone,
) -> Vec<Denied> {
    let domain = &view.target.domain;
    let found = &found;
    let asked = ["_domainkey", "_tls"].map(|label| async move {
        let name = domain.child(label);
        let is_there = |(lookup, below): &&(Lookup<Vec<Text>>, Name)| {
            lookup.found().is_some() && below.parent().as_ref() == Some(&name)
        };
        let below = found.clone().find(is_there).map(|(_, below)| below.clone())?;
        let question = Question::new(&name, Rtype::TXT);
        let Answer::Message(said) = view.net.dns(question.clone()).await else { return None };
        let denies = said.rcode == Rcode::NXDOMAIN && said.answers.is_empty();
        let is_sure = denies && confirmed(view.net, question).await.is_absent();
        is_sure.then_some(Denied { name, below })
    });
    join_all(asked).await.into_iter().flatten().collect()
}
