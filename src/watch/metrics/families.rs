//! The names of what is told, with what they mean. Names are kept: rules and dashboards rest on them.

use crate::metrics::{Family, Kind};

const fn gauge(name: &'static str, help: &'static str) -> Family {
    Family { name, kind: Kind::Gauge, help }
}

const fn counter(name: &'static str, help: &'static str) -> Family {
    Family { name, kind: Kind::Counter, help }
}

const fn histogram(name: &'static str, help: &'static str) -> Family {
    Family { name, kind: Kind::Histogram, help }
}

pub const STATUS: Family = gauge(
    "vigie_check_status",
    "The last word of a check: 0 pass, 1 fail, 2 could not tell, 3 skipped.",
);
pub const SEVERITY: Family = gauge(
    "vigie_check_severity",
    "The heaviest failing finding of a check: 0 none, 1 info, 2 warning, 3 error, 4 critical.",
);
pub const DEFINITE: Family = gauge(
    "vigie_check_definite_timestamp_seconds",
    "When a check could tell last, whether it passed or failed.",
);
pub const CERTIFICATE_END: Family = gauge(
    "vigie_certificate_not_after_timestamp_seconds",
    "The end of the certificate of a domain's mail hosts and services that ends first.",
);
pub const REGISTRATION_END: Family = gauge(
    "vigie_registration_expires_timestamp_seconds",
    "The end of a domain's registration, as its registry says.",
);
pub const DELIVERY: Family = gauge(
    "vigie_probe_delivery_ratio",
    "The share of a probe's last test messages that arrived in the inbox.",
);
pub const INCIDENTS: Family =
    gauge("vigie_incidents", "Incidents that are not resolved, by state and severity.");
pub const DOMAINS: Family = gauge("vigie_domains", "Domains of the configuration.");
pub const BLIND: Family =
    gauge("vigie_blind_checks", "Domains and probes of which a check cannot tell.");

pub const DARK: Family =
    gauge("vigie_blind", "Whether vigie sees nothing: 1 while its own resolver or network fails.");

pub const LAG: Family = histogram(
    "vigie_scheduler_lag_seconds",
    "From the moment that a check is due to the one that it runs.",
);
pub const SCHEDULER_WORKS: Family =
    gauge("vigie_scheduler_works", "Whether what is due is being looked for.");
pub const WAITING: Family = gauge("vigie_runs_due", "Runs that are due and wait for room.");
pub const RUNNING: Family = gauge("vigie_runs_running", "Runs under way.");
pub const RUNS: Family =
    counter("vigie_runs_total", "Runs of a domain or probe, by how they ended: ended, panicked.");
pub const RUN_TIME: Family =
    histogram("vigie_run_duration_seconds", "How long a run of a domain or probe takes.");
pub const MEMO: Family = counter(
    "vigie_memo_requests_total",
    "Requests to the world, by whether memory answered: hit, miss.",
);

pub const OUTBOX: Family = gauge(
    "vigie_outbox_messages",
    "Messages that wait for a channel (pending) or were given up (dead).",
);
pub const OLDEST: Family = gauge(
    "vigie_outbox_oldest_pending_timestamp_seconds",
    "When the oldest message that waits for a channel was written.",
);
pub const DISABLED: Family =
    gauge("vigie_channel_disabled", "Whether a channel answered that it wants nothing more.");
pub const ATTEMPTS: Family = counter(
    "vigie_deliveries_total",
    "Attempts to deliver, by channel and end: delivered, failed, given-up.",
);
pub const ATTEMPT_TIME: Family =
    histogram("vigie_delivery_duration_seconds", "How long an attempt to deliver takes.");

pub const STORE_SIZE: Family = gauge("vigie_store_size_bytes", "The octets of the history.");
pub const WRITE_TIME: Family =
    histogram("vigie_store_write_seconds", "How long a transaction holds the writer.");
pub const WRITE_FAILURES: Family =
    counter("vigie_store_write_failures_total", "Transactions that failed.");

pub const BEATS: Family = counter(
    "vigie_heartbeats_total",
    "Heartbeats by how they ended: heard, failed, or withheld since something does not work.",
);
pub const BEAT_AT: Family =
    gauge("vigie_heartbeat_heard_timestamp_seconds", "When a heartbeat was heard last.");

pub const RELOADED: Family = gauge(
    "vigie_config_last_reload_successful",
    "Whether the configuration that was read last was adopted.",
);
pub const RELOADED_AT: Family = gauge(
    "vigie_config_last_reload_success_timestamp_seconds",
    "When a configuration was adopted last.",
);
pub const STARTED: Family = gauge("vigie_start_timestamp_seconds", "When the daemon began.");
pub const BUILD: Family = gauge("vigie_build_info", "The version; the value is always 1.");
