use vigie_checks::kernel::{Auth, Mail, Reason, SmtpScript, SmtpTls, Stage, StoppedBy};

use super::host::Turn::{Encrypt, Hear, Say};
use super::host::{ScriptedHost, Turn, play};
use super::{client, hasty, script};
use crate::net::trust::Roots;
use crate::net::trust::authority::{Authority, self_signed};

fn mail() -> Mail {
    Mail {
        auth: Some(Auth { user: "news".to_owned(), secret: "mail".to_owned() }),
        mail_from: "news@example.com".to_owned(),
        rcpt_to: "probe@example.net".to_owned(),
        message: "Subject: test\r\n\r\n.hidden\r\nbody".to_owned(),
    }
}

fn submission(host: &ScriptedHost, tls: SmtpTls, mail: Mail) -> SmtpScript {
    SmtpScript { mail: Some(mail), ..script(host.address, tls) }
}

fn after_login() -> Vec<Turn> {
    vec![
        Hear("MAIL FROM:<news@example.com>\r\n"),
        Say(b"250 ok\r\n"),
        Hear("RCPT TO:<probe@example.net>\r\n"),
        Say(b"250 ok\r\n"),
        Hear("DATA\r\n"),
        Say(b"354 go\r\n"),
        Hear("\r\n.\r\n"),
        Say(b"250 2.0.0 queued as 42\r\n"),
        Hear("QUIT\r\n"),
        Say(b"221 bye\r\n"),
    ]
}

#[tokio::test]
async fn a_message_is_handed_in_over_tls_and_its_password_is_never_shown() {
    let authority = Authority::new("ours");
    let mut turns = vec![
        Encrypt(authority.leaf("mx.test", -1, 30).server()),
        Say(b"220 mx\r\n"),
        Hear("EHLO vigie.test\r\n"),
        Say(b"250-mx\r\n250 AUTH LOGIN PLAIN\r\n"),
        Hear("AUTH PLAIN AG5ld3MAczNjcmV0\r\n"),
        Say(b"235 welcome\r\n"),
    ];
    turns.extend(after_login());
    let host = play(turns).await;
    let asked = submission(&host, SmtpTls::Implicit, mail());
    let seen = client(authority.roots()).converse(&asked).await;

    assert_eq!((seen.end.stage, &seen.end.by), (Stage::Quit, &StoppedBy::Done));
    assert_eq!(seen.reply(Stage::Message).unwrap().lines, ["2.0.0 queued as 42"]);
    let shown = serde_json::to_string(&seen).unwrap();
    assert!(shown.contains("AUTH PLAIN ***"), "{shown}");
    assert!(!shown.contains("AG5ld3MAczNjcmV0") && !shown.contains("s3cret"), "{shown}");
    let heard = host.heard.await.unwrap();
    assert!(heard.contains("\r\n\r\n..hidden\r\nbody\r\n.\r\n"), "{heard}");
}

#[tokio::test]
async fn login_is_the_fallback_and_a_refused_account_ends_it() {
    let host = play(vec![
        Say(b"220 mx\r\n"),
        Hear("EHLO"),
        Say(b"250-mx\r\n250 AUTH=LOGIN\r\n"),
        Hear("AUTH LOGIN\r\n"),
        Say(b"334 VXNlcm5hbWU6\r\n"),
        Hear("bmV3cw==\r\n"),
        Say(b"334 UGFzc3dvcmQ6\r\n"),
        Hear("czNjcmV0\r\n"),
        Say(b"535 5.7.8 no\r\n"),
        Hear("QUIT"),
        Say(b"221 bye\r\n"),
    ])
    .await;
    let seen = hasty().converse(&submission(&host, SmtpTls::None, mail())).await;
    assert_eq!((seen.end.stage, &seen.end.by), (Stage::Auth, &StoppedBy::Reply));
    assert_eq!(seen.reply(Stage::Auth).unwrap().code, 535);
    let shown: Vec<_> = seen.steps.iter().filter_map(|step| step.sent.as_deref()).collect();
    assert_eq!(shown, ["EHLO vigie.test", "AUTH LOGIN", "***", "***", "QUIT"]);
    assert!(!host.heard.await.unwrap().contains("MAIL"));
}

#[tokio::test]
async fn no_password_leaves_for_a_host_that_does_not_show_who_it_is() {
    let authority = Authority::new("ours");
    let other = Authority::new("other");
    #[rustfmt::skip]
    let cases = [
        ("another name",      authority.leaf("other.test", -1, 30), "does not name the host"),
        ("expired",           authority.leaf("mx.test", -30, -1),   "has expired"),
        ("an unknown issuer", other.leaf("mx.test", -1, 30),        "not trusted here"),
        ("itself alone",      self_signed("mx.test"),               "not trusted here"),
    ];
    for (rule, leaf, words) in cases {
        for tls in [SmtpTls::Required, SmtpTls::IfOffered] {
            let host = play(vec![
                Say(b"220 mx\r\n"),
                Hear("EHLO"),
                Say(b"250-mx\r\n250 STARTTLS\r\n"),
                Hear("STARTTLS\r\n"),
                Say(b"220 go\r\n"),
                Encrypt(leaf.server()),
                Hear("AUTH"),
            ])
            .await;
            let seen = client(authority.roots()).converse(&submission(&host, tls, mail())).await;
            assert_eq!(seen.end.stage, Stage::Handshake, "{rule}");
            let StoppedBy::TlsFailed(said) = seen.end.by else { panic!("{rule}") };
            assert!(said.contains(words), "{rule}: {said}");
            assert!(seen.tls.is_some(), "{rule}: the chain is evidence");
            assert!(!host.heard.await.unwrap().contains("AUTH"), "{rule}");
        }
    }
}

#[tokio::test]
async fn what_the_script_requires_and_the_host_lacks_ends_it() {
    let plain: &[u8] = b"250 mx\r\n";
    #[rustfmt::skip]
    let cases = [
        ("no STARTTLS",                 SmtpTls::Required,  mail(), Stage::Starttls),
        ("no STARTTLS before AUTH",     SmtpTls::IfOffered, mail(), Stage::Starttls),
        ("no AUTH",                     SmtpTls::None,      mail(), Stage::Auth),
        ("no SMTPUTF8",                 SmtpTls::None,      Mail { auth: None, rcpt_to: "é@example.net".to_owned(), ..mail() }, Stage::Mail),
    ];
    for (rule, tls, mail, stage) in cases {
        let host = play(vec![Say(b"220 mx\r\n"), Hear("EHLO"), Say(plain), Hear("QUIT")]).await;
        let seen = hasty().converse(&submission(&host, tls, mail)).await;
        assert_eq!((seen.end.stage, seen.end.by), (stage, StoppedBy::NotOffered), "{rule}");
    }
}

#[tokio::test]
async fn each_refusal_ends_at_its_stage() {
    let open = || vec![Say(b"220 mx\r\n"), Hear("EHLO"), Say(b"250 mx\r\n")];
    #[rustfmt::skip]
    let cases = [
        ("the sender",    vec![Hear("MAIL"), Say(b"550 5.7.1 no\r\n")], Stage::Mail),
        ("the recipient", vec![Hear("MAIL"), Say(b"250 ok\r\n"), Hear("RCPT"), Say(b"550 5.1.1 no\r\n")], Stage::Rcpt),
        ("DATA",          vec![Hear("MAIL"), Say(b"250 ok\r\n"), Hear("RCPT"), Say(b"250 ok\r\n"), Hear("DATA"), Say(b"451 later\r\n")], Stage::Data),
        ("the message",   vec![Hear("MAIL"), Say(b"250 ok\r\n"), Hear("RCPT"), Say(b"250 ok\r\n"), Hear("DATA"), Say(b"354 go\r\n"), Hear("\r\n.\r\n"), Say(b"550 5.7.26 unauthenticated\r\n")], Stage::Message),
    ];
    for (rule, turns, stage) in cases {
        let mut all = open();
        all.extend(turns);
        let host = play(all).await;
        let asked = submission(&host, SmtpTls::None, Mail { auth: None, ..mail() });
        let seen = hasty().converse(&asked).await;
        assert_eq!((seen.end.stage, &seen.end.by), (stage, &StoppedBy::Reply), "{rule}");
    }
}

#[tokio::test]
async fn what_would_end_a_command_early_is_refused_before_connecting() {
    let refused = StoppedBy::Unknown(Reason::Malformed);
    let with = |change: &dyn Fn(&mut SmtpScript)| {
        let address = "127.0.0.1:1".parse().unwrap();
        let mut asked = SmtpScript { mail: Some(mail()), ..script(address, SmtpTls::None) };
        change(&mut asked);
        asked
    };
    #[rustfmt::skip]
    let cases = [
        ("CRLF in the sender",      with(&|s| s.mail.as_mut().unwrap().mail_from = "a\r\nRSET".to_owned()), Stage::Mail),
        ("a bracket in a sender",   with(&|s| s.mail.as_mut().unwrap().mail_from = "a> SIZE=1".to_owned()), Stage::Mail),
        ("LF in the recipient",     with(&|s| s.mail.as_mut().unwrap().rcpt_to = "a\nb".to_owned()),        Stage::Rcpt),
        ("a password nobody knows", with(&|s| s.mail.as_mut().unwrap().auth.as_mut().unwrap().secret = "x".to_owned()), Stage::Auth),
        ("CRLF in the EHLO name",   with(&|s| s.helo = "a\r\nRSET".to_owned()),                             Stage::Ehlo),
    ];
    for (rule, asked, stage) in cases {
        let seen = client(Roots::nobody()).converse(&asked).await;
        assert_eq!((seen.end.stage, &seen.end.by), (stage, &refused), "{rule}");
        assert_eq!(seen.address, None, "{rule}");
    }
}
