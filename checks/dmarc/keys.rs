//! Where do the keys stand that streams are signed with? Asked where a record lets fewer names sign than those of
//! the organization, which `dkim` looks at.

use futures::future::join_all;

use super::counted::Counted;
use super::facts::{AstrayKey, Step};
use super::walk::{Discovery, discover};
use crate::kernel::{Lookup, Name, Net, Stream, Target, Text, texts};
use crate::records::tag_list::TagList;

/// Streams that are looked at.
const STREAM_LIMIT: usize = 20;

/// The keys of streams that stand only where their signature does not align; none where a name could not be told.
pub async fn astray(
    net: &dyn Net,
    target: &Target,
    walk: &[Step],
    stream_domains: &[Step],
) -> Vec<AstrayKey> {
    let Discovery::Found { domain, record, .. } = discover(walk) else { return Vec::new() };
    let counted = |stream: &Stream| {
        Counted::of(&stream.from, &target.domain, (&domain, &record), stream_domains)
    };
    let looks = target.streams.iter().take(STREAM_LIMIT).map(|stream| async {
        let selector = stream.dkim.as_ref()?;
        let at = only_place(net, selector, target, &stream.from, &counted(stream)?).await?;
        Some(AstrayKey { selector: selector.clone(), from: stream.from.clone(), at })
    });
    join_all(looks).await.into_iter().flatten().collect()
}

/// The first name with the key, where none has it whose signature aligns.
async fn only_place(
    net: &dyn Net,
    selector: &str,
    target: &Target,
    from: &Name,
    counted: &Counted,
) -> Option<Name> {
    let mut places = from.up_to_organization();
    if !places.contains(&target.domain) {
        places.push(target.domain.clone());
    }
    let (aligned, others): (Vec<Name>, Vec<Name>) =
        places.into_iter().partition(|place| counted.lets_sign(place, from));
    if others.is_empty() {
        return None;
    }
    for place in &aligned {
        if has_key(net, selector, place).await != Some(false) {
            return None;
        }
    }
    for place in others {
        if has_key(net, selector, &place).await? {
            return Some(place);
        }
    }
    None
}

/// Nothing where it could not be told.
async fn has_key(net: &dyn Net, selector: &str, domain: &Name) -> Option<bool> {
    let is_key = |text: &Text| TagList::parse(&text.readable()).tag("p").is_some();
    match texts(net, &domain.child("_domainkey").child(selector)).await {
        Lookup::Found(texts) => Some(texts.iter().any(is_key)),
        Lookup::Absent { .. } => Some(false),
        Lookup::Unknown { .. } => None,
    }
}
