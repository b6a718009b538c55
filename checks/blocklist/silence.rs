//! Why do lists not answer us? Told once for all that have one reason.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Map, Value, json};

use super::BlocklistCode;
use crate::kernel::{ALL_PARTS, Blocklist, CASE, Code, Raised, Reason};

/// What the documentation of Spamhaus says of its answers to a resolver that it turns away, and others took over.
const KEY_DISABLED: Ipv4Addr = Ipv4Addr::new(127, 255, 255, 250);
const KEY_OF_ANOTHER: Ipv4Addr = Ipv4Addr::new(127, 255, 255, 251);
const MISSPELT: Ipv4Addr = Ipv4Addr::new(127, 255, 255, 252);
const PUBLIC_RESOLVER: Ipv4Addr = Ipv4Addr::new(127, 255, 255, 254);

/// Why a list does not answer us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The resolver is open to many.
    PublicResolver,
    /// It turns the resolver away: too many questions, or a public one.
    TurnedAway,
    /// Its zone is not spelled like this.
    Misspelt,
    /// It does not know the key that it was asked with.
    Key,
    /// No answer of its own came.
    Unanswered(Reason),
}

impl Why {
    /// What an answer that refuses says.
    pub fn of(answers: &[IpAddr]) -> Self {
        let has = |code: Ipv4Addr| answers.contains(&IpAddr::V4(code));
        match () {
            () if has(PUBLIC_RESOLVER) => Self::PublicResolver,
            () if has(KEY_DISABLED) || has(KEY_OF_ANOTHER) => Self::Key,
            () if has(MISSPELT) => Self::Misspelt,
            () => Self::TurnedAway,
        }
    }

    fn case(self) -> Option<&'static str> {
        match self {
            Self::PublicResolver => Some("public-resolver"),
            Self::TurnedAway => Some("turned-away"),
            Self::Misspelt => Some("misspelt"),
            Self::Key => Some("key"),
            Self::Unanswered(_) => None,
        }
    }

    fn reason(self) -> Reason {
        match self {
            Self::PublicResolver | Self::TurnedAway => Reason::RateLimited,
            Self::Misspelt => Reason::NotOffered,
            Self::Key => Reason::LoginRefused,
            Self::Unanswered(reason) => reason,
        }
    }
}

/// A list that does not answer us.
pub struct Silence<'a> {
    pub list: &'a Blocklist,
    pub why: Why,
    pub evidence: Map<String, Value>,
}

/// A finding for each reason. A resolver that one list calls public is turned away by others for the same reason,
/// which they do not tell.
pub fn told(mut silences: Vec<Silence<'_>>) -> Vec<Raised> {
    if silences.iter().any(|silence| silence.why == Why::PublicResolver) {
        let turned_away = silences.iter_mut().filter(|silence| silence.why == Why::TurnedAway);
        turned_away.for_each(|silence| silence.why = Why::PublicResolver);
    }
    let mut groups: Vec<Vec<Silence<'_>>> = Vec::new();
    for silence in silences {
        match groups.iter_mut().find(|group| group[0].why == silence.why) {
            Some(group) => group.push(silence),
            None => groups.push(vec![silence]),
        }
    }
    groups.into_iter().map(|group| of_group(&group)).collect()
}

fn of_group(group: &[Silence<'_>]) -> Raised {
    let ids: Vec<&str> = group.iter().map(|silence| silence.list.id.as_str()).collect();
    let names: Vec<&str> = group.iter().map(|silence| silence.list.title()).collect();
    let raised = refused(&ids.join(", "), &names.join(", "), group[0].why);
    let zones: Vec<&str> = group.iter().map(|silence| silence.list.zone.as_str()).collect();
    let raised = raised.with("zone", zones.join(", "));
    if let [alone] = group {
        let raised = raised.evidence("zone", &alone.list.zone).evidence("terms", &alone.list.terms);
        return alone
            .evidence
            .iter()
            .fold(raised, |raised, (name, seen)| raised.evidence(name, seen));
    }
    let seen: Map<String, Value> = group
        .iter()
        .map(|silence| {
            (silence.list.id.clone(), json!({"zone": silence.list.zone, "seen": silence.evidence}))
        })
        .collect();
    raised.evidence("lists", names).evidence("seen", seen)
}

/// That no list answers has one cause, the resolver; what one of them says of it counts for all.
pub fn all(whys: &[Why], shown: &str) -> Raised {
    let says = [Why::PublicResolver, Why::TurnedAway].into_iter().find(|why| whys.contains(why));
    let same = whys.first().copied().filter(|first| whys.iter().all(|why| why == first));
    let unanswered = whys.iter().copied().find(|why| matches!(why, Why::Unanswered(_)));
    let why = says.or(same).or(unanswered).unwrap_or(Why::Unanswered(Reason::ResolverBlocked));
    refused(ALL_PARTS, shown, why)
}

fn refused(subject: &str, shown: &str, why: Why) -> Raised {
    let raised = BlocklistCode::Refused
        .on(subject)
        .with("list", shown)
        .with("reason", why.reason())
        .evidence("reason", why.reason());
    match why.case() {
        Some(case) => raised.with(CASE, case),
        None => raised,
    }
}
