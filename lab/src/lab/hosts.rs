//! Which server plays a host of the scenario? Each service on a port of its own, with its route.

use super::{Lab, LabError};
use crate::accounts::Accounts;
use crate::ca::CertificateKind;
use crate::imap;
use crate::mailbox::MailboxFaults;
use crate::old_tls::OldTls;
use crate::smtp::{self, Opening, Port, Recipients, SmtpHost, SmtpManners, Stage, Strictness};
use crate::submission::{DkimSigning, Submission};
use crate::world::Route;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use vigie_scenario::{Certificate, Judges, OldVersion, SmtpReplies, SmtpStage};

/// Of IMAP (RFC 8314 §3.2, RFC 3501 §2.1).
const IMAPS: u16 = 993;
const IMAP: u16 = 143;

impl Lab {
    pub(super) async fn play_smtp(
        &mut self,
        address: IpAddr,
        described: &vigie_scenario::SmtpHost,
    ) -> Result<(), LabError> {
        for mailbox in described.mailboxes.iter().filter(|m| !m.contains('*')) {
            self.mailboxes.open(mailbox);
        }
        let recipients = Recipients::new(described.mailboxes.iter().cloned());
        let mut host = self.receiver(&described.name, recipients);
        host.set_manners(manners(described));
        let mut ports: Vec<(u16, Port)> =
            described.ports.iter().map(|&port| (port, Port::Receiver)).collect();
        if let Some(described) = &described.submission {
            host = host.with_submission(self.submission(described)?);
            ports.push((described.implicit_tls, Port::ImplicitTls));
            ports.push((described.starttls, Port::Submission));
        }
        let host = Arc::new(host);
        for (port, purpose) in ports {
            if described.refuse {
                self.world.set_route(address, port, Route::Refuse);
            } else if described.drop {
                self.world.set_route(address, port, Route::Drop);
            } else {
                let running = smtp::serve(Arc::clone(&host), purpose).await?;
                self.world.route(address, port, running.addr());
                self.servers.push(running);
            }
        }
        self.post.set(address, &host);
        self.smtp.insert(address, host);
        Ok(())
    }

    /// The host that greets everybody, so that a closed port 25 is told from a dead host.
    pub(super) async fn play_port_25_control(
        &mut self,
        address: IpAddr,
        name: &str,
    ) -> Result<(), LabError> {
        let host = Arc::new(self.receiver(name, Recipients::default()));
        let running = smtp::serve(Arc::clone(&host), Port::Receiver).await?;
        self.world.route(address, 25, running.addr());
        self.servers.push(running);
        self.post.set(address, &host);
        self.smtp.insert(address, host);
        Ok(())
    }

    /// Without a name of its own the host bears that of the mail host at its address.
    pub(super) async fn play_imap(
        &mut self,
        address: IpAddr,
        described: &vigie_scenario::ImapHost,
        neighbour: Option<&str>,
    ) -> Result<(), LabError> {
        let faults = MailboxFaults {
            delay: Duration::from_millis(described.delay_ms),
            lose: described.lose,
        };
        for user in described.users.keys() {
            let mailbox = self.mailboxes.address_of(user);
            self.mailboxes.set_faults(&mailbox, faults);
        }
        let name = described.name.as_deref().or(neighbour);
        let host = imap::ImapHost {
            name: name.map_or_else(|| address.to_string(), str::to_owned),
            certificate: kind(described.certificate),
            accounts: Accounts::new(described.users.clone()),
            junk_folder: described.junk_folder.clone(),
            tab: described.tab.clone(),
            mailboxes: self.mailboxes.clone(),
            ca: Arc::clone(&self.ca),
        };
        for (port, purpose) in [(IMAPS, imap::Port::ImplicitTls), (IMAP, imap::Port::StartTls)] {
            let running = imap::serve(host.clone(), purpose).await?;
            self.world.route(address, port, running.addr());
            self.servers.push(running);
        }
        Ok(())
    }

    fn receiver(&self, name: &str, recipients: Recipients) -> SmtpHost {
        SmtpHost::new(
            name,
            recipients,
            self.mailboxes.clone(),
            self.resolver.clone(),
            Arc::clone(&self.ca),
        )
    }

    fn submission(&self, described: &vigie_scenario::Submission) -> Result<Submission, LabError> {
        let submission = Submission::new(
            Accounts::new(described.users.clone()),
            described.sends_from,
            self.post.clone(),
            self.resolver.clone(),
        )
        .with_greetings(described.greets_as.clone());
        Ok(match &described.dkim {
            Some(dkim) => submission.with_signing(DkimSigning::new(&dkim.domain, &dkim.selector)?),
            None => submission,
        })
    }
}

fn manners(described: &vigie_scenario::SmtpHost) -> SmtpManners {
    SmtpManners {
        opening: match (described.silent, described.endless) {
            (true, _) => Opening::Silent,
            (false, true) => Opening::Endless,
            (false, false) => Opening::Greets,
        },
        greeting: described.greeting.clone(),
        greeting_after: Duration::from_millis(described.greeting_after_ms),
        auth_in_plain: described.auth_in_plain,
        confirms_users: described.confirms_users,
        old_tls: old_tls(&described.old_tls),
        starttls: described.starttls,
        certificate: kind(described.certificate),
        replies: replies(&described.replies),
        judges: match described.judges {
            Judges::Nobody => Strictness::Nobody,
            Judges::Spf => Strictness::Spf,
            Judges::Dmarc => Strictness::Dmarc,
            Judges::Junk => Strictness::Junk,
        },
        delay: Duration::from_millis(described.delay_ms),
        disconnects_at: described.hangs_up_at.map(stage),
        greylists: described.greylists,
        handles: described.handles.clone(),
    }
}

fn stage(described: SmtpStage) -> Stage {
    match described {
        SmtpStage::Ehlo => Stage::Ehlo,
        SmtpStage::Starttls => Stage::StartTls,
        SmtpStage::Auth => Stage::Auth,
        SmtpStage::Mail => Stage::Mail,
        SmtpStage::Rcpt => Stage::Rcpt,
        SmtpStage::Data => Stage::Data,
        SmtpStage::Message => Stage::Message,
    }
}

fn old_tls(described: &vigie_scenario::OldTls) -> OldTls {
    let version = |old: &OldVersion| match old {
        OldVersion::Ssl2 => [0, 2],
        OldVersion::Ssl3 => [3, 0],
        OldVersion::Tls10 => [3, 1],
        OldVersion::Tls11 => [3, 2],
    };
    OldTls {
        versions: described.versions.iter().map(version).collect(),
        broken_suite: described.broken_suite,
        suite: described.suite,
        nothing_newer: described.nothing_newer,
    }
}

fn replies(described: &SmtpReplies) -> HashMap<Stage, String> {
    let stages = [
        (Stage::Ehlo, &described.ehlo),
        (Stage::StartTls, &described.starttls),
        (Stage::Mail, &described.mail),
        (Stage::Rcpt, &described.rcpt),
        (Stage::Message, &described.data),
    ];
    let own = stages.into_iter();
    own.filter_map(|(stage, reply)| Some((stage, reply.clone()?))).collect()
}

pub(super) fn kind(described: Certificate) -> Option<CertificateKind> {
    Some(match described {
        Certificate::Valid => CertificateKind::Valid,
        Certificate::Expired => CertificateKind::Expired,
        Certificate::Expiring => CertificateKind::Expiring,
        Certificate::SelfSigned => CertificateKind::SelfSigned,
        Certificate::WrongName => CertificateKind::WrongName,
        Certificate::UnknownCa => CertificateKind::UnknownCa,
        Certificate::WeakKey => CertificateKind::WeakKey,
        Certificate::Incomplete => CertificateKind::Incomplete,
        Certificate::Listed => CertificateKind::Listed,
        Certificate::None => return None,
    })
}
