-- Text and bigint columns only: ids are text, times are microseconds UTC, lists and objects are JSON.

CREATE TABLE spans (
    domain        TEXT   NOT NULL,
    check_name    TEXT   NOT NULL,
    instance      TEXT   NOT NULL,
    position      BIGINT NOT NULL,
    status        TEXT   NOT NULL,
    because       TEXT,
    findings      TEXT   NOT NULL,
    facts         TEXT   NOT NULL,
    facts_version BIGINT NOT NULL,
    digest        TEXT   NOT NULL,
    first_seen    BIGINT NOT NULL,
    last_seen     BIGINT NOT NULL,
    runs          BIGINT NOT NULL,
    PRIMARY KEY (domain, check_name, instance, position)
);

CREATE TABLE changes (
    id         TEXT   NOT NULL PRIMARY KEY,
    domain     TEXT   NOT NULL,
    check_name TEXT   NOT NULL,
    what       TEXT   NOT NULL,
    before     TEXT,
    after      TEXT,
    seen_at    BIGINT NOT NULL
);
CREATE INDEX changes_by_domain ON changes (domain, seen_at);

CREATE TABLE known_findings (
    finding_id  TEXT   NOT NULL PRIMARY KEY,
    known_since BIGINT NOT NULL
);

CREATE TABLE blindness (
    domain     TEXT   NOT NULL,
    check_name TEXT   NOT NULL,
    instance   TEXT   NOT NULL,
    since      BIGINT NOT NULL,
    runs       BIGINT NOT NULL,
    reason     TEXT   NOT NULL,
    said_at    BIGINT,
    PRIMARY KEY (domain, check_name, instance)
);

CREATE TABLE incidents (
    id              TEXT   NOT NULL PRIMARY KEY,
    cause_id        TEXT   NOT NULL,
    subject         TEXT   NOT NULL,
    state           TEXT   NOT NULL,
    severity        TEXT   NOT NULL,
    baseline        BIGINT NOT NULL,
    domain          TEXT   NOT NULL,
    domains         TEXT   NOT NULL,
    symptoms        TEXT   NOT NULL,
    cause           TEXT   NOT NULL,
    merged_into     TEXT,
    since           BIGINT NOT NULL,
    opened_at       BIGINT NOT NULL,
    acknowledged_at BIGINT,
    resolved_at     BIGINT,
    sequence        BIGINT NOT NULL
);
CREATE UNIQUE INDEX incidents_one_per_cause ON incidents (cause_id, subject) WHERE state <> 'resolved';
CREATE INDEX incidents_by_opening ON incidents (opened_at);

CREATE TABLE cases (
    domain      TEXT   NOT NULL,
    check_name  TEXT   NOT NULL,
    instance    TEXT   NOT NULL,
    finding_id  TEXT   NOT NULL,
    subject     TEXT   NOT NULL,
    severity    TEXT   NOT NULL,
    phase       TEXT   NOT NULL,
    phase_since BIGINT,
    shifting_to TEXT,
    baseline    BIGINT NOT NULL,
    reported_at BIGINT,
    incident_id TEXT REFERENCES incidents (id),
    finding     TEXT   NOT NULL,
    beside      TEXT   NOT NULL,
    first_seen  BIGINT NOT NULL,
    last_seen   BIGINT NOT NULL,
    PRIMARY KEY (domain, check_name, instance, finding_id, subject)
);
CREATE INDEX cases_by_incident ON cases (incident_id);

CREATE TABLE incident_events (
    incident_id TEXT   NOT NULL REFERENCES incidents (id),
    sequence    BIGINT NOT NULL,
    event_type  TEXT   NOT NULL,
    severity    TEXT   NOT NULL,
    domains     TEXT   NOT NULL,
    cause       TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (incident_id, sequence)
);

CREATE TABLE outbox (
    id           TEXT   NOT NULL PRIMARY KEY,
    incident_id  TEXT,
    sequence     BIGINT NOT NULL,
    channel      TEXT   NOT NULL,
    event_type   TEXT   NOT NULL,
    body         TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    attempts     BIGINT NOT NULL,
    next_at      BIGINT NOT NULL,
    last_status  BIGINT,
    last_error   TEXT,
    created_at   BIGINT NOT NULL,
    delivered_at BIGINT
);
CREATE INDEX outbox_due ON outbox (state, next_at);
CREATE INDEX outbox_by_incident ON outbox (incident_id, channel, sequence);

CREATE TABLE channels (
    name        TEXT   NOT NULL PRIMARY KEY,
    disabled_at BIGINT,
    reason      TEXT
);

CREATE TABLE sends (
    id           TEXT   NOT NULL PRIMARY KEY,
    probe        TEXT   NOT NULL,
    domain       TEXT   NOT NULL,
    round        TEXT   NOT NULL,
    address      TEXT   NOT NULL,
    submitted_at BIGINT NOT NULL,
    outcome      TEXT   NOT NULL,
    delay_ms     BIGINT,
    detail       TEXT   NOT NULL
);
CREATE INDEX sends_by_domain ON sends (domain, submitted_at);
CREATE INDEX sends_by_probe ON sends (probe, submitted_at);

CREATE TABLE schedule_state (
    key         TEXT   NOT NULL PRIMARY KEY,
    last_run_at BIGINT NOT NULL
);
