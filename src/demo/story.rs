//! The story of the forgotten SPF record. Each chapter waits until the store or the receiver's log
//! shows what it tells; what does not come in time breaks the story.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use vigie_checks::kernel::{Finding, Name, RecordChange};

use super::narrator::{Narrator, Sign};
use super::{Stage, Staging};
use crate::incidents::{Incident, State};
use crate::store::{DeliveryRate, Of, StoreError};

/// Where the newsletter's new provider sends from.
const POSTVITE: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 45));

/// The finding that is the cause of it all.
const CAUSE: &str = "spf.sending-ip-not-authorised";

/// How often the store is looked at.
const LOOKING: Duration = Duration::from_millis(250);

/// Why the story could not be told to its end.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    #[error("the story broke: {what} did not happen within {within:?}")]
    NotInTime { what: &'static str, within: Duration },
    #[error("the story broke: {what}")]
    Otherwise { what: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Tells the story once.
///
/// # Errors
/// The world did not do what the story tells.
pub async fn tell(stage: &Stage, narrator: &Narrator, staging: &Staging) -> Result<(), Broken> {
    let teller = Teller { stage, narrator, patience: staging.patience };
    teller.opening();
    teller.calm().await?;
    teller.move_away().await?;
    let incident = teller.incident().await?;
    let fix = teller.fix_of(&incident)?;
    if staging.publishes {
        teller.publish(&fix)?;
    }
    teller.healed(&incident).await?;
    teller.alerts(&incident)
}

/// The last words; whether the pages stay up is as `once` says.
pub fn close(narrator: &Narrator, once: bool) {
    narrator.line("");
    let (en, fr) = last_words(once);
    narrator.line(narrator.say(en, fr));
    narrator.line(narrator.say("  vigie audit YOUR-DOMAIN", "  vigie audit VOTRE-DOMAINE"));
}

fn last_words(once: bool) -> (&'static str, &'static str) {
    match once {
        true => ("That is the whole story. Now yours:", "Voilà toute l’histoire. À vous :"),
        false => (
            "That is the whole story; the dashboard stays up. Now yours:",
            "Voilà toute l’histoire ; le tableau de bord reste ouvert. À vous :",
        ),
    }
}

struct Teller<'a> {
    stage: &'a Stage,
    narrator: &'a Narrator,
    patience: Duration,
}

impl Teller<'_> {
    fn opening(&self) {
        let say = |en, fr| self.narrator.line(self.narrator.say(en, fr));
        say(
            "A small internet is up on loopback: 7 domains, 5 receivers.",
            "Un petit internet tourne en boucle locale : 7 domaines, 5 destinataires.",
        );
        say("Nothing leaves this machine.", "Rien ne sort de cette machine.");
        self.narrator.line("");
        let pages = self.narrator.say("Dashboard", "Tableau de bord");
        self.narrator.line(&format!("  {pages}   {}", self.stage.pages));
        say(
            "  Clock       real time, short periods (the clock below is the story's); Ctrl-C ends",
            "  Horloge           temps réel, périodes courtes (l’heure est celle du récit) ; Ctrl-C",
        );
        self.narrator.line("");
    }

    async fn calm(&self) -> Result<(), Broken> {
        let text = self.narrator.say(
            "The newsletter of example.com leaves through Courrier, from 198.51.100.20.",
            "La lettre d’example.com part par Courrier, depuis 198.51.100.20.",
        );
        self.narrator.at("09:00", Sign::Well, text);
        let rate = self
            .rate_becomes("the first round of test sends", |rate| {
                rate.sent == 50 && rate.arrived == 49
            })
            .await?;
        self.narrator.rate("09:00", percent(rate));
        Ok(())
    }

    async fn move_away(&self) -> Result<(), Broken> {
        let text = self.narrator.say(
            "Marketing moves to Postvite: mail now leaves from 203.0.113.45. Nobody touches the DNS.",
            "Le marketing passe chez Postvite : les messages partent désormais de 203.0.113.45. Personne ne touche au DNS.",
        );
        self.narrator.at("09:02", Sign::Change, text);
        self.stage
            .move_newsletter(POSTVITE)
            .map_err(|error| Broken::Otherwise { what: error.to_string() })?;
        let rate = self
            .rate_becomes("the fall of the delivery rate", |rate| {
                rate.sent == 50 && rate.arrived == 30
            })
            .await?;
        let text = self
            .narrator
            .say("vigie’s test send is refused:", "L’envoi d’essai de vigie est refusé :");
        self.narrator.at("09:02", Sign::Bad, text);
        if let Some(reply) = self.refusal().await? {
            self.narrator.quote(&format!("< {reply}"));
        }
        let text = self.narrator.say(
            "One answer proves little. A second look, past the cache: the same record.",
            "Une réponse seule prouve peu. Second regard, sans le cache : même enregistrement.",
        );
        self.narrator.at("09:02", Sign::Note, text);
        self.narrator.rate("09:03", percent(rate));
        Ok(())
    }

    /// The newest refusal that is about SPF, as the receiver worded it.
    async fn refusal(&self) -> Result<Option<String>, Broken> {
        let since = chrono::Utc::now() - chrono::TimeDelta::minutes(10);
        let sends = self.stage.store.sends(Of::Domain(&self.stage.domain), since, 1000).await?;
        let refused =
            sends.iter().rev().filter(|send| send.outcome == crate::store::SendOutcome::Refused);
        Ok(refused.map(|send| send.detail.clone()).find(|detail| !detail.contains("5.1.1")))
    }

    async fn incident(&self) -> Result<Incident, Broken> {
        let opened = self
            .until("the incident", || async {
                let incidents = self.stage.store.incidents(50).await?;
                Ok(incidents
                    .into_iter()
                    .find(|incident| incident.cause.id == CAUSE && incident.state == State::Open))
            })
            .await?;
        let title = words(&opened.cause, self.narrator).title;
        self.narrator.at("09:03", Sign::Alarm, &format!("INCIDENT  {title}"));
        self.until("the alert", || async {
            Ok(self.told("incident.opened", &opened.id).then_some(()))
        })
        .await?;
        let text = self.narrator.say(
            "One alert went to ops. It carries the cause and the record to publish:",
            "Une seule alerte est partie, à ops. Elle porte la cause et l’enregistrement à publier :",
        );
        self.narrator.quote(text);
        Ok(opened)
    }

    fn fix_of(&self, incident: &Incident) -> Result<RecordChange, Broken> {
        let fix = incident.cause.fix.first().cloned();
        let fix = fix
            .ok_or_else(|| Broken::Otherwise { what: "the incident carries no fix".to_owned() })?;
        self.narrator.line("");
        self.narrator.line(&crate::report::record_line(&fix).unwrap_or_default());
        self.narrator.line("");
        Ok(fix)
    }

    fn publish(&self, fix: &RecordChange) -> Result<(), Broken> {
        let value = fix.value.as_deref().unwrap_or_default();
        let text = format!("{} {}", fix.rtype, fix.name);
        let text = match self.narrator.lang {
            vigie_checks::kernel::Lang::En => {
                format!("The DNS admin publishes it: {text} changed.")
            }
            vigie_checks::kernel::Lang::Fr => format!("L’admin DNS le publie : {text} a changé."),
        };
        self.narrator.at("11:21", Sign::Change, &text);
        let quoted = format!("\"{value}\"");
        let published = self.stage.lab.world().replace_rrset(
            fix.name.as_str(),
            &fix.rtype.to_string(),
            &[&quoted],
        );
        published.map_err(|error| Broken::Otherwise { what: error.to_string() })
    }

    async fn healed(&self, incident: &Incident) -> Result<(), Broken> {
        self.until("the end of the incident", || async {
            let now = self.stage.store.incident(&incident.id).await?;
            Ok(now.filter(|incident| incident.state == State::Resolved).map(|_| ()))
        })
        .await?;
        self.until("the alert of the end", || async {
            Ok(self.told("incident.resolved", &incident.id).then_some(()))
        })
        .await?;
        let text = self.narrator.say(
            "Incident closed by itself: two looks in a row found the record right, and mail is delivered.",
            "L’incident se ferme de lui-même : deux regards de suite ont trouvé le bon enregistrement, et les messages arrivent.",
        );
        self.narrator.at("11:26", Sign::Well, text);
        let rate = self
            .rate_becomes("the return of the delivery rate", |rate| {
                rate.sent == 50 && rate.arrived == 49
            })
            .await?;
        self.narrator.rate("13:30", percent(rate));
        Ok(())
    }

    /// The receiver's log holds one opening and one resolution of the incident, in that order.
    fn alerts(&self, incident: &Incident) -> Result<(), Broken> {
        let of_incident: Vec<String> = self
            .events()
            .into_iter()
            .filter(|(_, id)| id.as_deref() == Some(incident.id.as_str()))
            .map(|(kind, _)| kind)
            .collect();
        let count = |kind: &str| of_incident.iter().filter(|event| *event == kind).count();
        let in_order = of_incident.first().map(String::as_str) == Some("incident.opened");
        if in_order && count("incident.opened") == 1 {
            return Ok(());
        }
        Err(Broken::Otherwise { what: format!("the receiver's log holds {of_incident:?}") })
    }

    fn told(&self, kind: &str, incident: &str) -> bool {
        self.events().iter().any(|(event, id)| event == kind && id.as_deref() == Some(incident))
    }

    /// The type and incident of every webhook that the receiver took.
    fn events(&self) -> Vec<(String, Option<String>)> {
        let deliveries = self.stage.lab.webhook().deliveries();
        let accepted = deliveries.iter().filter(|delivery| delivery.is_accepted());
        let bodies =
            accepted.filter_map(|delivery| serde_json::from_slice(&delivery.request.body).ok());
        let event = |body: serde_json::Value| {
            let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
            Some((text(&body["type"])?, text(&body["data"]["incident"])))
        };
        bodies.filter_map(event).collect()
    }

    async fn rate_becomes(
        &self,
        what: &'static str,
        is_so: impl Fn(DeliveryRate) -> bool,
    ) -> Result<DeliveryRate, Broken> {
        let domain: &Name = &self.stage.domain;
        self.until(what, || async {
            let rate = self.stage.store.delivery_rate(Of::Domain(domain)).await?;
            Ok(is_so(rate).then_some(rate))
        })
        .await
    }

    /// Looks until there is something, at most as long as the telling has patience.
    async fn until<T, F>(&self, what: &'static str, look: impl Fn() -> F) -> Result<T, Broken>
    where
        F: Future<Output = Result<Option<T>, StoreError>>,
    {
        let give_up = Instant::now() + self.patience;
        loop {
            if let Some(found) = look().await? {
                return Ok(found);
            }
            if Instant::now() >= give_up {
                return Err(Broken::NotInTime { what, within: self.patience });
            }
            sleep(LOOKING).await;
        }
    }
}

/// Whole percents, as people say them.
fn percent(rate: DeliveryRate) -> u64 {
    (rate.arrived * 100 + rate.sent / 2).checked_div(rate.sent).unwrap_or(0)
}

fn words(finding: &Finding, narrator: &Narrator) -> vigie_checks::kernel::Words {
    vigie_checks::kernel::Catalogue::words(finding, narrator.lang)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_with_the_story_does_not_stay_up() {
        let stays = |(en, fr): (&str, &str)| (en.contains("stays up"), fr.contains("reste ouvert"));
        assert_eq!(stays(last_words(true)), (false, false));
        assert_eq!(stays(last_words(false)), (true, true));
    }
}
