use std::collections::BTreeSet;

use super::catalogue::{has_remedy, provider, rows};
use super::{Fault, Lasts, ReplyManual};
use vigie_checks::kernel::Lang;

fn said(reply: &str) -> Vec<(Option<&'static str>, String)> {
    let manual = ReplyManual::find(reply, Lang::En).unwrap_or_else(|| panic!("{reply} is one"));
    manual.meanings.into_iter().map(|one| (one.provider, one.meaning)).collect()
}

#[test]
fn every_row_is_whole_and_named_once() {
    let mut ids = BTreeSet::new();
    for row in rows() {
        assert!(ids.insert(row.id.as_str()), "{} is named twice", row.id);
        assert!(has_remedy(row), "{}: no such remedy", row.id);
        assert!(row.at.as_deref().is_none_or(|at| provider(at).is_some()), "{}", row.id);
        assert!(row.code.is_some() || row.status.is_some() || row.has_words(), "{}", row.id);
        for lang in [Lang::En, Lang::Fr] {
            assert!(row.meaning.get(lang).ends_with('.') && row.remedy(lang).ends_with('.'));
        }
        assert!(!row.meaning.get(Lang::Fr).contains('\''), "{}: a straight apostrophe", row.id);
    }
}

#[test]
#[rustfmt::skip]
fn wording_goes_before_numbers() {
    let cases = [
        ("a provider that names itself",   "550-5.7.26 This message fails to pass authentication checks\n550 5.7.26 gsmtp", (Some("Gmail"), "The message passes neither SPF nor DKIM.")),
        ("a number with another meaning",  "550 5.7.27 bulk senders must authenticate their email with SPF. gsmtp", (Some("Gmail"), "Gmail bulk rule: SPF did not pass (4.7.27 = same, temporary).")),
        ("a token that nobody else has",   "552 5.1.1 smtp.example OFR_417 [417]", (Some("Orange"), "Recipient over quota (5.1.1 does NOT mean unknown here).")),
        ("words of another provider",      "552 5.2.2 mailbox is over quota", (None, "Mailbox full.")),
        ("the resolver before the list",   "554 5.7.1 blocked using zen.spamhaus.org; Error: open resolver", (None, "Spamhaus refused the receiver’s resolver: a false listing.")),
        ("a status",                       "450 4.2.2 come back", (None, "Mailbox full for now.")),
        ("a bare code",                    "550", (None, "Refused with no usable detail: unknown address OR policy. Never suppress on this alone.")),
        ("a code that no row has",         "599 what", (None, "Refused.")),
    ];
    for (rule, reply, (provider, meaning)) in cases {
        let first = said(reply).into_iter().next();
        assert_eq!(first, Some((provider, meaning.to_owned())), "{rule}");
    }
}

#[test]
fn a_bare_number_names_who_uses_it_otherwise() {
    let all = said("550 5.7.26");
    assert_eq!(all[0], (None, "Several authentication checks failed.".to_owned()));
    assert!(all.iter().skip(1).any(|(at, _)| *at == Some("Gmail")), "{all:?}");
    assert_eq!(said("550 5.7.26 refused").len(), 1, "with words it is anybody's");
}

#[test]
fn an_address_is_struck_off_for_its_own_fault_alone() {
    let strikes = |reply: &str| ReplyManual::find(reply, Lang::En).unwrap().meanings[0].suppress;
    assert!(strikes("550 5.1.1 user unknown"));
    for kept in ["550", "550 5.7.1 spam", "552 5.2.2 mailbox full", "550 5.7.26 dmarc policy"] {
        assert!(!strikes(kept), "{kept}");
    }
    let all = rows().iter().filter(|row| row.strikes_the_address());
    assert!(
        all.into_iter().all(|row| (row.fault, row.lasts) == (Fault::Recipient, Lasts::Permanent))
    );
}

#[test]
fn what_refuses_nothing_is_no_reply_to_explain() {
    for other in ["", "250 ok", "5.7.26", "55", "5500", "hello", "4é0", "-", "\u{1b}[31m"] {
        assert!(ReplyManual::find(other, Lang::En).is_none(), "{other}");
    }
    let endless = format!("550 {}", "é".repeat(20_000));
    assert!(ReplyManual::find(&endless, Lang::Fr).is_some());
}
