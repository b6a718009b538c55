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

CREATE TABLE channels (
    name        TEXT   NOT NULL PRIMARY KEY,
    disabled_at BIGINT,
    reason      TEXT
);
