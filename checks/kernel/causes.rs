//! What is told of a cause in one word of the program, in the words of people.

use super::Lang;

/// A [`super::Reason`], or a definite cause, as people say it; a word that is none stays as it is.
pub fn reason_in_words(word: &str, lang: Lang) -> &str {
    let (en, fr) = match word {
        "timeout" => ("no answer in time", "pas de réponse à temps"),
        "servfail" => {
            ("the name servers failed (SERVFAIL)", "les serveurs de noms ont échoué (SERVFAIL)")
        }
        "refused" => ("the server refused to answer", "le serveur a refusé de répondre"),
        "formerr" => {
            ("the server did not understand (FORMERR)", "le serveur n’a pas compris (FORMERR)")
        }
        "notimp" => ("the server cannot do that (NOTIMP)", "le serveur ne sait pas faire (NOTIMP)"),
        "rcode" => ("an unusual response code", "un code de réponse inhabituel"),
        "truncated" => {
            ("cut short, and not whole over TCP", "réponse tronquée, et incomplète par TCP")
        }
        "malformed" => ("an answer that cannot be read", "une réponse illisible"),
        "referral" => ("a referral instead of an answer", "un renvoi au lieu d’une réponse"),
        "network" => ("the network failed", "le réseau a fait défaut"),
        "resolver-blocked" => ("the resolver filters that name", "le résolveur filtre ce nom"),
        "rewritten-answer" => ("the resolver invents answers", "le résolveur invente des réponses"),
        "rate-limited" => (
            "turned away for now: a limit, our reputation, or a fault over there",
            "écarté pour l’instant : limite, réputation, ou panne de l’autre côté",
        ),
        "login-refused" => (
            "user or password is not accepted",
            "l’utilisateur ou le mot de passe n’est pas accepté",
        ),
        "not-offered" => (
            "the server does not offer it, or it does not work",
            "le serveur ne le propose pas, ou cela ne fonctionne pas",
        ),
        "too-large" => ("more was sent than is read", "plus de données que ce qui est lu"),
        "bogus" => (
            "the resolver gives no answer, for the signatures of DNSSEC do not hold",
            "le résolveur ne répond pas, car les signatures DNSSEC ne tiennent pas",
        ),
        "not-proven" => {
            ("its signature does not prove it", "sa signature ne prouve pas son origine")
        }
        "outdated" => ("what came is out of date", "ce qui est venu est périmé"),
        "private-address" => ("a private address, not asked", "une adresse privée, non interrogée"),
        "not-recorded" => ("not in the saved evidence", "absent des preuves enregistrées"),
        other => return cause_in_words(other, lang),
    };
    match lang {
        Lang::En => en,
        Lang::Fr => fr,
    }
}

/// What a fetch or a delivery fails for, in both languages.
#[rustfmt::skip]
const CAUSES: [(&str, &str, &str); 48] = [
    ("no-address",                "the host has no address",                  "l’hôte n’a pas d’adresse"),
    ("private-only", "its host has private addresses alone, which nobody reaches from the internet", "son hôte n’a que des adresses privées, inaccessibles depuis Internet"),
    ("own-alias-absent", "it is an alias of a name below the domain that does not exist, as when a final dot is missing", "c’est l’alias d’un nom inexistant sous le domaine, comme lorsqu’il manque le point final"),
    ("mx-is-address",             "an MX names a host, not an address",       "un MX nomme un serveur, pas une adresse"),
    ("domain-twice",              "the domain stands at its end twice, for a final dot is missing; without that it has an address", "le domaine y figure deux fois, faute du point final ; sans cela, ce nom a une adresse"),
    ("domain-appended", "the domain was added at its end, for a final dot is missing; without that it is a host of a mail provider", "le domaine y a été ajouté, faute du point final ; sans cela, c’est un serveur d’un prestataire de messagerie"),
    ("connection-refused",        "the connection is refused",                "la connexion est refusée"),
    ("no-rdap",                   "no RDAP service of its registry is known", "aucun service RDAP de son registre n’est connu"),
    ("no-expiration",             "the registry does not tell the end",       "le registre ne donne pas l’échéance"),
    ("mark-absent",               "the record names none",                    "l’enregistrement n’en indique aucun"),
    ("mark-unreadable",           "the file holds no certificate",            "le fichier ne contient pas de certificat"),
    ("mark-authority",            "no authority for mark certificates issued it", "aucune autorité de certificats de marque ne l’a émis"),
    ("mark-logo-differs",         "it holds another logo",                    "il contient un autre logo"),
    ("no-starttls",               "STARTTLS is not offered",                  "STARTTLS n’est pas proposé"),
    ("handshake-fails",           "the TLS handshake fails",                  "la négociation TLS échoue"),
    ("starttls-refused",          "STARTTLS is offered, then refused",        "STARTTLS est proposé, puis refusé"),
    ("handshake-refused",         "every TLS handshake is refused",           "toute négociation TLS est refusée"),
    ("certificate-expired",       "the certificate has expired",              "le certificat a expiré"),
    ("certificate-ending",        "its renewal is overdue",                   "son renouvellement tarde"),
    ("certificate-not-yet-valid", "the certificate is not valid yet",         "le certificat n’est pas encore valable"),
    ("certificate-name-mismatch", "the certificate is for another name",      "le certificat porte un autre nom"),
    ("certificate-chain-incomplete", "its chain is not sent whole",            "sa chaîne n’est pas envoyée en entier"),
    ("not-started",               "the program cannot be started",            "le programme ne peut pas être lancé"),
    ("unexpected-end",            "it ended with no state that is known",     "il s’est terminé sans état connu"),
    ("too-much-output",           "it printed more than 64 KiB",              "il a affiché plus de 64 Kio"),
    ("unreadable-output",         "what it printed cannot be understood",     "ce qu’il a affiché est incompréhensible"),
    ("no-https-uri",              "List-Unsubscribe has no https address",    "List-Unsubscribe n’a pas d’adresse https"),
    ("no-one-click-field",        "List-Unsubscribe-Post: List-Unsubscribe=One-Click is missing", "List-Unsubscribe-Post: List-Unsubscribe=One-Click est absent"),
    ("not-signed",                "no DKIM signature covers both header fields", "aucune signature DKIM ne couvre les deux champs d’en-tête"),
    ("signature-invalid",         "the DKIM signature that covers them does not verify", "la signature DKIM qui les couvre n’est pas valide"),
    ("no-verdict",                "the receiver does not say whether the signature holds", "le destinataire ne dit pas si la signature est valide"),
    ("relayed",                   "it came by way of another host",           "il est passé par un autre serveur"),
    ("origin-hidden",             "a server on the way does not say where it took it from", "un serveur du chemin ne dit pas d’où il l’a reçu"),
    ("altered",                   "it was changed on its way",                "il a été modifié en chemin"),
    ("temperror",                 "a lookup that SPF needs had no answer",    "une requête dont SPF dépend est restée sans réponse"),
    ("says-unknown",              "it says UNKNOWN",                          "il répond UNKNOWN"),
    ("key",                       "its key is not in DNS",                    "sa clé manque dans le DNS"),
    ("cv=fail",                   "it says that the chain was broken before it", "il déclare la chaîne déjà rompue"),
    ("upward-referral",           "it refers to servers further up",          "il renvoie à des serveurs situés plus haut"),
    ("not-authoritative",         "it has no authority for the zone",         "il ne fait pas autorité pour la zone"),
    ("error",                     "an unusual response code",                 "un code de réponse inhabituel"),
    ("subject",                   "subject",                                  "objet"),
    ("body",                      "body",                                     "corps"),
    ("submission",                "submission",                               "soumission"),
    ("mailbox",                   "mailbox",                                  "boîte de réception"),
    ("returns",                   "returned mail",                            "rebonds"),
    ("registrar",                 "registrar",                                "bureau d’enregistrement"),
    ("certificate-untrusted",     "no trusted authority vouches for the certificate", "aucune autorité reconnue ne garantit le certificat"),
];

/// A definite cause as people say it; what is none, such as `HTTP 404`, stays as it is.
fn cause_in_words(word: &str, lang: Lang) -> &str {
    let known = CAUSES.iter().find(|(cause, ..)| *cause == word);
    known.map_or(word, |(_, en, fr)| match lang {
        Lang::En => en,
        Lang::Fr => fr,
    })
}
