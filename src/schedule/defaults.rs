//! How often is a check due when nobody says otherwise? As often as what it looks at may change,
//! and no more than those who are asked would like.

use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// The period of a plugin without a schedule.
pub(super) const PLUGIN: Duration = HOUR;

/// The period of a check without a schedule; a day for one that is not in the table.
pub(super) fn period(check: &str) -> Duration {
    match check {
        "probe" => HOUR / 2,
        "mx" | "ip" | "spf" | "dkim" | "dmarc" | "blocklist" => HOUR,
        "dns" | "dnssec" | "smtp" | "tls" | "dane" | "mta-sts" | "tls-rpt" => 6 * HOUR,
        _ => 24 * HOUR,
    }
}
