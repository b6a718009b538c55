use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use tokio::net::TcpListener;
use vigie_checks::kernel::{
    Lookup, Peer, Reason, SmtpScript, SmtpTls, SmtpTranscript, Stage, StoppedBy, Trust,
};

use super::host::Turn::{Encrypt, Hang, Hear, Say};
use super::host::play;
use super::{Known, client, hasty, script};
use crate::net::smtp::SmtpClient;
use crate::net::trust::Roots;
use crate::net::trust::authority::{Authority, self_signed};

const EHLO: &[u8] = b"250-mx.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n";

fn stages(transcript: &SmtpTranscript) -> Vec<Stage> {
    transcript.steps.iter().map(|step| step.stage).collect()
}

#[tokio::test]
async fn an_inspection_greets_encrypts_greets_again_and_leaves() {
    let authority = Authority::new("ours");
    let host = play(vec![
        Say(b"220 mx.test ESMTP\r\n"),
        Hear("EHLO vigie.test\r\n"),
        Say(EHLO),
        Hear("STARTTLS\r\n"),
        Say(b"220 go ahead\r\n"),
        Encrypt(authority.leaf("mx.test", -1, 30).server()),
        Hear("EHLO vigie.test\r\n"),
        Say(b"250 mx.test\r\n"),
        Hear("QUIT\r\n"),
        Say(b"221 bye\r\n"),
    ])
    .await;
    let seen = client(authority.roots()).converse(&script(host.address, SmtpTls::IfOffered)).await;

    assert_eq!(seen.address, Some(host.address.ip()));
    assert_eq!(
        stages(&seen),
        [Stage::Greeting, Stage::Ehlo, Stage::Starttls, Stage::EhloTls, Stage::Quit]
    );
    assert_eq!(seen.reply(Stage::Ehlo).unwrap().lines, ["mx.test", "SIZE 1000", "STARTTLS"]);
    assert_eq!((seen.end.stage, seen.end.by), (Stage::Quit, StoppedBy::Done));
    let tls = seen.tls.unwrap();
    assert_eq!((tls.version.as_str(), tls.chain.len(), tls.trust), ("TLSv1.3", 1, Trust::Trusted));
    assert!(!host.heard.await.unwrap().contains("MAIL"));
}

#[tokio::test]
async fn an_inspection_goes_on_with_a_certificate_that_nobody_trusts() {
    let host = play(vec![
        Say(b"220 mx.test\r\n"),
        Hear("EHLO"),
        Say(EHLO),
        Hear("STARTTLS\r\n"),
        Say(b"220 go\r\n"),
        Encrypt(self_signed("other.test").server()),
        Hear("EHLO"),
        Say(b"250 mx.test\r\n"),
    ])
    .await;
    let roots = Authority::new("ours").roots();
    let seen = client(roots).converse(&script(host.address, SmtpTls::IfOffered)).await;
    assert_eq!(seen.end.by, StoppedBy::Done);
    assert_eq!(seen.tls.unwrap().trust, Trust::SelfSigned);
}

#[tokio::test]
async fn replies_sent_ahead_of_the_handshake_are_thrown_away() {
    let host = play(vec![
        Say(b"220 mx.test\r\n"),
        Hear("EHLO"),
        Say(EHLO),
        Hear("STARTTLS\r\n"),
        Say(b"220 go\r\n250-injected\r\n250 AUTH PLAIN\r\n"),
        Encrypt(self_signed("mx.test").server()),
        Hear("EHLO"),
        Say(b"250 mx.test\r\n"),
    ])
    .await;
    let seen = client(Roots::nobody()).converse(&script(host.address, SmtpTls::IfOffered)).await;
    assert_eq!(seen.reply(Stage::EhloTls).unwrap().lines, ["mx.test"]);
}

#[tokio::test]
async fn each_way_to_stop_is_told_apart() {
    let endless: &'static [u8] = b"220-more\r\n".repeat(101).leak();
    let long: &'static [u8] = vec![b'2'; 4000].leak();
    #[rustfmt::skip]
    let cases = [
        ("a refusing greeting",      vec![Say(b"554 no service\r\n")],              Stage::Greeting, StoppedBy::Reply),
        ("a busy greeting",          vec![Say(b"421 too many connections\r\n")],    Stage::Greeting, StoppedBy::Reply),
        ("closed before a word",     vec![],                                        Stage::Greeting, StoppedBy::Closed),
        ("closed within a line",     vec![Say(b"220 mx")],                          Stage::Greeting, StoppedBy::Closed),
        ("another protocol",         vec![Say(b"SSH-2.0-OpenSSH_9\r\n"), Hang],      Stage::Greeting, StoppedBy::NotSmtp),
        ("a code out of range",      vec![Say(b"999 mx\r\n"), Hang],                Stage::Greeting, StoppedBy::NotSmtp),
        ("a greeting without end",   vec![Say(endless), Hang],                      Stage::Greeting, StoppedBy::NotSmtp),
        ("a line without end",       vec![Say(long), Hang],                         Stage::Greeting, StoppedBy::NotSmtp),
        ("silence",                  vec![Hang],                                    Stage::Greeting, StoppedBy::Unknown(Reason::Timeout)),
        ("EHLO refused",             vec![Say(b"220 mx\r\n"), Hear("EHLO"), Say(b"502 no\r\n")], Stage::Ehlo, StoppedBy::Reply),
        ("silence after EHLO",       vec![Say(b"220 mx\r\n"), Hear("EHLO"), Hang],  Stage::Ehlo, StoppedBy::Unknown(Reason::Timeout)),
        ("STARTTLS refused",         vec![Say(b"220 mx\r\n"), Hear("EHLO"), Say(EHLO), Hear("STARTTLS"), Say(b"454 not now\r\n")], Stage::Starttls, StoppedBy::Reply),
        ("no STARTTLS is no fault",  vec![Say(b"220 mx\r\n"), Hear("EHLO"), Say(b"250 mx\r\n"), Hear("QUIT"), Say(b"221 bye\r\n")], Stage::Quit, StoppedBy::Done),
        ("no answer to QUIT either", vec![Say(b"220 mx\r\n"), Hear("EHLO"), Say(b"250 mx\r\n"), Hang], Stage::Quit, StoppedBy::Done),
    ];
    for (rule, turns, stage, by) in cases {
        let host = play(turns).await;
        let seen = hasty().converse(&script(host.address, SmtpTls::IfOffered)).await;
        assert_eq!((seen.end.stage, seen.end.by), (stage, by), "{rule}");
    }
}

#[tokio::test]
async fn a_handshake_that_is_none_is_told_in_words() {
    let host = play(vec![
        Say(b"220 mx\r\n"),
        Hear("EHLO"),
        Say(EHLO),
        Hear("STARTTLS\r\n"),
        Say(b"220 go\r\n"),
        Hear("\u{1}"), // somewhere in the ClientHello
        Say(b"this is not TLS at all\r\n"),
    ])
    .await;
    let seen = client(Roots::nobody()).converse(&script(host.address, SmtpTls::IfOffered)).await;
    assert_eq!(seen.end.stage, Stage::Handshake);
    assert!(matches!(seen.end.by, StoppedBy::TlsFailed(words) if !words.is_empty()));
}

#[tokio::test]
async fn nobody_listening_is_definite() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let seen = hasty().converse(&script(address, SmtpTls::IfOffered)).await;
    assert_eq!((seen.end.stage, seen.end.by), (Stage::Connect, StoppedBy::ConnectionRefused));
    assert_eq!(seen.address, Some(address.ip()));
}

#[tokio::test]
async fn a_drip_of_octets_does_not_outlast_the_reply() {
    let line: &'static [u8] = b"220-still here\r\n";
    let host = play(vec![Say(line), Say(line), Say(line), Hang]).await;
    let seen = hasty().converse(&script(host.address, SmtpTls::IfOffered)).await;
    assert_eq!(seen.end.by, StoppedBy::Unknown(Reason::Timeout));
    assert!(seen.steps.is_empty(), "half a reply is no reply");
}

#[tokio::test]
async fn what_a_host_says_obeys_no_terminal() {
    let host = play(vec![Say(b"554 \x1b[31mred\x07 \xff \xe2\x80\xaerev caf\xc3\xa9\r\n")]).await;
    let seen = hasty().converse(&script(host.address, SmtpTls::IfOffered)).await;
    let shown = &seen.reply(Stage::Greeting).unwrap().lines[0];
    assert_eq!(shown, "\u{fffd}[31mred\u{fffd} \u{fffd} \u{fffd}rev café");

    let wide: &'static [u8] = [b"554 ", "é".repeat(600).as_bytes(), b"\r\n"].concat().leak();
    let host = play(vec![Say(wide)]).await;
    let seen = hasty().converse(&script(host.address, SmtpTls::IfOffered)).await;
    assert_eq!(seen.reply(Stage::Greeting).unwrap().lines[0].len(), 512);
}

#[tokio::test]
async fn a_written_host_is_resolved_or_taken_as_the_address_it_is() {
    let unknown = Lookup::Unknown { reason: Reason::Servfail };
    let here = Lookup::Found(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]);
    let absent = Lookup::Absent { nxdomain: true };
    #[rustfmt::skip]
    let cases = [
        ("found by its name",    "mail.test", here,           Stage::Quit,    StoppedBy::Done),
        ("an address literal",   "127.0.0.1", absent.clone(), Stage::Quit,    StoppedBy::Done),
        ("no such name",         "mail.test", absent,         Stage::Resolve, StoppedBy::NoAddress),
        ("the name is unknown",  "mail.test", unknown,        Stage::Resolve, StoppedBy::Unknown(Reason::Servfail)),
    ];
    for (rule, name, found, stage, by) in cases {
        let host = play(vec![Say(b"220 mx\r\n"), Hear("EHLO"), Say(b"250 mx\r\n")]).await;
        let client = SmtpClient { resolve: Arc::new(Known(found)), ..hasty() };
        let peer = Peer::Written { host: name.to_owned(), port: host.address.port() };
        let asked = SmtpScript { peer, ..script(host.address, SmtpTls::None) };
        let seen = client.converse(&asked).await;
        assert_eq!((seen.end.stage, seen.end.by), (stage, by), "{rule}");
    }
}
