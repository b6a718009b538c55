//! `vigie.ingest/1`: the reports that were taken in, and what was not read.

use strum::VariantNames;
use vigie::ingest::{Fault, Kind};

use super::Form;
use super::parts::{about, count, head, key, list, object, one_of, or_null, sentence, text, time};

pub fn form() -> Form {
    let reporter = object([key("name", text()), key("reports", count())]);
    let domain = object([
        key("domain", sentence()),
        key("new", count()),
        key("known", about("Reports that were there already.", count())),
        key("begin", about("Of the new reports; null without one.", or_null(time()))),
        key("end", or_null(time())),
        key("messages", about("That the new reports count, as are those that follow.", count())),
        key("aligned", about("Those that pass DMARC.", count())),
        key("by_dkim", count()),
        key("by_spf", count()),
        key("quarantined", count()),
        key("rejected", count()),
        key("reporters", about("Who sent the new reports, most first.", list(reporter))),
    ]);
    let unread = object([
        key("file", about("As it was given or found; `-` is standard input.", text())),
        key(
            "inside",
            about(
                "From the outside in: the number of a message, the name of an attachment or member.",
                list(text()),
            ),
        ),
        key("kind", about("What is known by sight and not read.", or_null(one_of(Kind::VARIANTS)))),
        key(
            "problem",
            about("What is wrong with what should be a report.", or_null(one_of(Fault::VARIANTS))),
        ),
        key("sentence", sentence()),
    ]);
    let keys = head("vigie.ingest/1").into_iter().chain([
        key("new", count()),
        key("known", about("Reports that were there already.", count())),
        key("passed_over", about("Messages and files without a report.", count())),
        key("domains", list(domain)),
        key("unread", list(unread)),
        key("unread_beyond", about("How many were not read beyond those.", count())),
    ]);
    Form {
        name: "ingest",
        about: "What `vigie ingest --format json` prints: the reports that were taken in.",
        object: object(keys),
    }
}
