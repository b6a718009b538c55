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
            assert!(row.meaning.get(lang).ends_with('.') && row.remedy(550, lang).ends_with('.'));
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
#[rustfmt::skip]
fn the_wording_names_the_cause() {
    let cases = [
        ("SPF in full",           "550 5.7.23 The message was rejected because of Sender Policy Framework violation", "SPF failed or the record is broken."),
        ("an unusable record",    "554 5.7.5 permanent error evaluating DMARC policy", "The DMARC record of the From domain is unusable: bad syntax, or several records."),
        ("a record unread",       "451 4.7.5 temporary error evaluating DMARC policy", "The DMARC record could not be read for now: a DNS server of the From domain does not answer."),
        ("a policy that refuses", "550 5.7.1 not accepted due to domain's DMARC policy", "DMARC failed and the policy (or the receiver) refuses."),
        ("no name",               "450 4.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.1]", "Reverse DNS missing or inconsistent."),
        ("an EHLO name",          "450 4.7.1 <mail>: Helo command rejected: Host not found", "The EHLO name is refused: not a full host name, or not in DNS."),
        ("a list of addresses",   "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using b.barracudacentral.org", "The sending IP or domain is on the blocklist that the reply names."),
        ("Spamhaus in a phrase",  "550 rejected because 192.0.2.1 is in a black list at zen.spamhaus.org", "The sending IP is on a Spamhaus list (SBL spam, CSS snowshoe, XBL infected, PBL dynamic range)."),
        ("Spamhaus of domains",   "554 5.7.1 Sender address [a@b.example] blocked using dbl.spamhaus.org; https://check.spamhaus.org/query/domain/b.example", "A domain in the message or envelope is on Spamhaus DBL."),
        ("Microsoft's own list",  "550 SC-001 Unfortunately, messages from 192.0.2.1 weren't sent: part of their network is on our block list.", "Your IP or its network is on Microsoft’s own block list (S3140/S3150)."),
        ("no null MX there",      "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found by SMTP address lookup", "Microsoft 365: recipient not found (NOT a null MX here)."),
        ("an account of theirs",  "550 5.1.8 Access denied, bad outbound sender AS(42004)", "Microsoft 365: this sender is blocked from sending outside."),
        ("Yahoo for good",        "421 4.7.1 [TS03] All messages from 192.0.2.1 will be permanently deferred", "Permanently deferred, retrying is useless."),
        ("Mimecast",              "550 Envelope blocked - User Entry - https://community.mimecast.com/docs/DOC-1369#550", "The recipient’s organisation blocks this sender, or mail from outside in its own name."),
        ("a reputation",          "554 Your access has been rejected due to the sending MTA's poor reputation", "Bad reputation of the sending IP or domain."),
        ("a quota of mail",       "450 4.7.3 Organization queue quota exceeded", "Too much mail or too many connections."),
        ("blocked, not locked",   "550 permanent failure for one or more recipients (a@b.example:blocked)", "Refused by a local policy."),
        ("a callback",            "550-Callback setup failed while verifying <a@b.example>", "The sender’s address or its domain does not exist or cannot be verified."),
    ];
    for (rule, reply, meaning) in cases {
        assert_eq!(said(reply).remove(0).1, meaning, "{rule}");
    }
}

#[test]
#[rustfmt::skip]
fn a_status_tells_alike_wordings_apart_and_means_the_same_in_both_classes() {
    let cases = [
        ("alike wordings",        "550 5.7.28 unusual rate of unsolicited mail. gsmtp", "Blocked for an unusual rate of unsolicited mail."),
        ("two wordings",          "550 5.1.1 account closed, user unknown", "Unknown user."),
        ("too general to tell",   "550 5.7.1 SPF failure, refused as spam", "SPF failed or the record is broken."),
        ("the other class",       "450 4.7.25 come back", "Reverse DNS check failed."),
        ("several checks",        "450 4.7.26 come back", "Several authentication checks failed."),
        ("the code of a refusal", "550 4.7.1", "Delivery not authorised, message refused (policy: read the text)."),
        ("the code of a delay",   "450 5.7.1", "Refused for now by policy, often greylisting: retry later."),
    ];
    for (rule, reply, meaning) in cases {
        assert_eq!(said(reply).remove(0).1, meaning, "{rule}");
    }
}

#[test]
#[rustfmt::skip]
fn the_code_says_whether_the_message_is_tried_again() {
    let cases = [
        ("nothing waits any more",  "554 5.7.1 please try again later", Lasts::Permanent, "A 5xx ends the attempts: the message has bounced and has to be sent again later."),
        ("waiting does not mend",   "450 4.7.25 come back", Lasts::Transient, "Give the sending IP a PTR name that resolves back to the same IP, and use that name in EHLO. A 4xx is tried again, but waiting alone seldom helps."),
        ("an address is kept",      "450 5.1.1 user unknown", Lasts::Transient, "Retry a few days; after 3 bounces over 2 weeks, suspend the address."),
        ("nothing to add",          "451 4.7.1 greylisted", Lasts::Transient, "Keep the message queued and retry with increasing delays (first at 5-15 min, up to 48-72 h)."),
    ];
    for (rule, reply, lasts, remedy) in cases {
        let first = ReplyManual::find(reply, Lang::En).unwrap().meanings.remove(0);
        assert_eq!((first.lasts, first.remedy.as_str()), (lasts, remedy), "{rule}");
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
    for kept in [
        "550",
        "553",
        "450 5.1.1 user unknown",
        "552 5.2.2 mailbox full",
        "550 5.7.26 dmarc policy",
    ] {
        assert!(!strikes(kept), "{kept}");
    }
    let all = rows().iter().filter(|row| row.strikes_the_address(550));
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
