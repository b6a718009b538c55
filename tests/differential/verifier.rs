//! Mail-auth's verifier, which asks nobody: what it would ask the DNS is answered here.

use std::borrow::Borrow;
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Instant;

use hickory_resolver::config::{ResolverConfig, ResolverOpts};
use mail_auth::common::cache::NoCache;
use mail_auth::{MX, MessageAuthenticator, Parameters, RecordSet, ResolverCache, Txt};
use tokio::runtime::{Builder, Runtime};

/// The verifier, and what it has to run in.
pub fn verifier() -> (Runtime, MessageAuthenticator) {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime of one thread");
    let inside = runtime.enter();
    let nobody = ResolverConfig::from_parts(None, Vec::new(), Vec::new());
    let verifier = MessageAuthenticator::new(nobody, ResolverOpts::default());
    drop(inside);
    (runtime, verifier.expect("a resolver that asks nobody"))
}

/// Answers every question for a text: given whether a name is the one that is asked for, it says what
/// stands there.
pub struct Texts<F>(pub F);

impl<F: Fn(&dyn Fn(&str) -> bool) -> Txt> ResolverCache<Box<str>, Txt> for Texts<F> {
    fn get<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        // The key is some borrowed form of a `Box<str>`.
        let is_asked = |name_of: &str| {
            let key: Box<str> = name_of.into();
            <Box<str> as Borrow<Q>>::borrow(&key) == name
        };
        Some((self.0)(&is_asked))
    }

    fn remove<Q>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _: Box<str>, _: Txt, _: Instant) {}
}

/// What is verified, with what answers for texts; nobody answers for anything else.
pub type Asked<'x, P, F> = Parameters<
    'x,
    P,
    Texts<F>,
    NoCache<Box<str>, RecordSet<MX>>,
    NoCache<Box<str>, RecordSet<Ipv4Addr>>,
    NoCache<Box<str>, RecordSet<Ipv6Addr>>,
    NoCache<IpAddr, RecordSet<Box<str>>>,
>;

pub fn asking<P, F: Fn(&dyn Fn(&str) -> bool) -> Txt>(
    what: P,
    texts: &Texts<F>,
) -> Asked<'_, P, F> {
    Parameters::new(what).with_txt_cache(texts)
}
