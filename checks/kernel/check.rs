//! What a check is: observe, then judge; and how the registry holds it.

use std::any::Any;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use strum::IntoEnumIterator;

use super::{
    Because, Catalogue, Clock, Finding, KeptFacts, Needs, Net, Past, Profile, RecordChange, Rtype,
    Severity, Target, Vantage, Withheld,
};

/// What a check sees the world through.
pub struct View<'a> {
    pub target: &'a Target,
    pub vantage: &'a Vantage,
    pub needs: &'a Needs,
    pub net: &'a dyn Net,
    pub clock: &'a dyn Clock,
    /// The moment of the run, which its evidence keeps: a replay asks the same of it.
    pub now: DateTime<Utc>,
}

/// What a judgement may rest on besides the facts. All of it is plain data.
pub struct Context<'a> {
    pub target: &'a Target,
    pub vantage: &'a Vantage,
    pub needs: &'a Needs,
    /// What the same check saw before, if it [reads](Check::READS_PAST) it.
    pub past: &'a Past,
    pub now: DateTime<Utc>,
}

impl Context<'_> {
    /// As of a look that nothing came before.
    #[must_use]
    pub fn without_past(&self) -> Context<'_> {
        static NONE: Past = Past { sightings: Vec::new() };
        Context { past: &NONE, ..*self }
    }
}

/// The findings of a check by their kebab-case condition; the same as in its `findings.toml`.
pub trait Code: IntoEnumIterator + Into<&'static str> + Copy + Send + Sync + 'static {
    /// A finding of this code about `subject`, at its default severity.
    fn on(self, subject: impl std::fmt::Display) -> Raised {
        Raised {
            condition: self.into(),
            subject: subject.to_string(),
            severity: None,
            params: BTreeMap::new(),
            evidence: serde_json::Map::new(),
            fix: Vec::new(),
            withheld: None,
        }
    }
}

impl<T: IntoEnumIterator + Into<&'static str> + Copy + Send + Sync + 'static> Code for T {}

/// A finding as a judge raises it, before the catalogue gives it its status and default severity.
#[derive(Clone, Debug)]
pub struct Raised {
    condition: &'static str,
    subject: String,
    severity: Option<Severity>,
    params: BTreeMap<String, String>,
    evidence: serde_json::Map<String, serde_json::Value>,
    fix: Vec<RecordChange>,
    withheld: Option<Withheld>,
}

impl Raised {
    /// Another severity than the default, as its row allows.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// Fills a placeholder of the words.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }

    /// Adds a fact to the evidence. A value that cannot be JSON is left out.
    #[must_use]
    pub fn evidence(mut self, name: &str, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.evidence.insert(name.to_owned(), value);
        }
        self
    }

    #[must_use]
    pub fn fix(mut self, change: RecordChange) -> Self {
        self.fix.push(change);
        self
    }

    /// Proposes nothing, for a reason.
    #[must_use]
    pub fn withhold(mut self, why: Withheld) -> Self {
        self.fix.clear();
        self.withheld = Some(why);
        self
    }

    /// Proposes this change, and no other.
    pub fn propose(&mut self, change: RecordChange) {
        self.fix = vec![change];
    }

    /// Whether none of what a check says is an error for a domain of that profile.
    pub fn holds_no_error<C: Check>(raised: &[Self], profile: Profile) -> bool {
        let catalogue = Catalogue::of(C::NAME);
        raised.iter().all(|one| one.severity_in(catalogue, profile) < Severity::Error)
    }

    fn severity_in(&self, catalogue: &Catalogue, profile: Profile) -> Severity {
        let words = || catalogue.entry(self.condition);
        self.severity.unwrap_or_else(|| words().severity_for(profile))
    }

    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Whether it is a finding of this code.
    pub fn is_of(&self, code: impl Code) -> bool {
        self.condition == code.into()
    }

    /// Adds a finding, unless the same thing is said of the same subject already.
    pub fn push_new(raised: &mut Vec<Self>, new: Self) {
        let is_same =
            |known: &Self| known.condition == new.condition && known.subject == new.subject;
        if !raised.iter().any(is_same) {
            raised.push(new);
        }
    }

    fn complete(self, catalogue: &Catalogue, profile: Profile) -> Finding {
        let words = catalogue.entry(self.condition);
        Finding {
            id: format!("{}.{}", catalogue.check(), self.condition),
            severity: self.severity_in(catalogue, profile),
            status: words.status(),
            subject: self.subject,
            params: self.params,
            evidence: serde_json::Value::Object(self.evidence),
            fix: self.fix,
            withheld: self.withheld,
        }
    }
}

/// What a judge says.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    pub raised: Vec<Raised>,
    /// Set when there was nothing to ask; the findings then say why.
    pub nothing_to_ask: Option<&'static str>,
}

impl Judgement {
    /// There is nothing to ask; `what` is a short word such as `no-selectors`.
    pub fn nothing_to_ask(what: &'static str) -> Self {
        Self { raised: Vec::new(), nothing_to_ask: Some(what) }
    }
}

impl From<Vec<Raised>> for Judgement {
    fn from(raised: Vec<Raised>) -> Self {
        Self { raised, nothing_to_ask: None }
    }
}

/// A check. `observe` is async and cannot fail; `judge` is pure.
pub trait Check: Send + Sync + 'static {
    /// As in the contract, kebab-case.
    const NAME: &'static str;
    /// The text of its `findings.toml`.
    const FINDINGS: &'static str;
    /// The version of the facts' form; raised when equal worlds give other facts than before.
    const FACTS: u32;
    /// The checks whose facts it reads.
    const NEEDS: &'static [&'static str];
    /// Whether some of its rows judge a change or an age, so that the past is handed over.
    const READS_PAST: bool = false;
    /// What it asks of the domain itself in any case, so that it can be asked before its turn.
    const ASKS: &'static [Rtype] = &[];
    type Code: Code;
    type Facts: Serialize + DeserializeOwned + Send + Sync + 'static;

    fn observe(view: &View<'_>) -> impl Future<Output = Self::Facts> + Send;
    fn judge(facts: &Self::Facts, context: &Context<'_>) -> Judgement;
}

/// The facts of a check in its own type, for who knows the check.
pub type Learned = Arc<dyn Any + Send + Sync>;

/// The facts of one look.
pub struct Observed {
    /// For its judge and for the checks that need it.
    pub learned: Learned,
    /// The same as it is kept; equal when it is read back.
    pub kept: KeptFacts,
}

impl Observed {
    fn of<C: Check>(facts: C::Facts) -> Self {
        let kept = KeptFacts::of(&facts);
        debug_assert_eq!(
            kept.read::<C::Facts>().map(|read| KeptFacts::of(&read)).ok().as_ref(),
            Some(&kept),
            "the facts of {} read back as written",
            C::NAME
        );
        Self { learned: Arc::new(facts), kept }
    }
}

type Observing<'a> = Pin<Box<dyn Future<Output = Observed> + Send + 'a>>;

/// A check as the registry holds it: its types are behind [`Learned`] and JSON.
pub struct CheckEntry {
    pub name: &'static str,
    pub findings: &'static str,
    pub facts_version: u32,
    pub needs: &'static [&'static str],
    pub reads_past: bool,
    /// What it asks of the domain itself in any case.
    pub asks: &'static [Rtype],
    /// Every condition of the check's own enum.
    pub conditions: fn() -> Vec<&'static str>,
    observe: for<'a> fn(&'a View<'a>) -> Observing<'a>,
    read: fn(&KeptFacts) -> Result<Learned, serde_json::Error>,
    judge: fn(&Learned, &Context<'_>) -> Judgement,
}

impl CheckEntry {
    pub const fn of<C: Check>() -> Self {
        Self {
            name: C::NAME,
            findings: C::FINDINGS,
            facts_version: C::FACTS,
            needs: C::NEEDS,
            reads_past: C::READS_PAST,
            asks: C::ASKS,
            conditions: || C::Code::iter().map(Into::into).collect(),
            observe: |view| Box::pin(async move { Observed::of::<C>(C::observe(view).await) }),
            read: |facts| Ok(Arc::new(facts.read::<C::Facts>()?)),
            judge: |learned, context| {
                let facts = learned.downcast_ref::<C::Facts>();
                C::judge(facts.expect("an entry is handed what it observed or read"), context)
            },
        }
    }

    /// Looks at the world.
    pub async fn observe(&self, view: &View<'_>) -> Observed {
        (self.observe)(view).await
    }

    /// Reads facts that were kept.
    ///
    /// # Errors
    /// The facts are not of this check's form.
    pub fn read(&self, facts: &KeptFacts) -> Result<Learned, serde_json::Error> {
        (self.read)(facts)
    }

    /// Judges facts that [`Self::observe`] or [`Self::read`] of this entry gave.
    pub fn judge(
        &self,
        learned: &Learned,
        context: &Context<'_>,
    ) -> (Vec<Finding>, Option<Because>) {
        let judgement = (self.judge)(learned, context);
        let profile = context.target.profile;
        let complete = |raised: Raised| raised.complete(Catalogue::of(self.name), profile);
        let findings = judgement.raised.into_iter().map(complete).collect();
        let because =
            judgement.nothing_to_ask.map(|what| Because::NothingToAsk { what: what.to_owned() });
        (findings, because)
    }
}
