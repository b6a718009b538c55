-- Who took an incident on and until when; what comes and goes; whom nobody told in a quiet time.

ALTER TABLE incidents ADD COLUMN acknowledged_by TEXT;
ALTER TABLE incidents ADD COLUMN acknowledged_why TEXT;
ALTER TABLE incidents ADD COLUMN acknowledged_until BIGINT;
ALTER TABLE incidents ADD COLUMN reopenings BIGINT NOT NULL DEFAULT 0;
ALTER TABLE incidents ADD COLUMN held BIGINT NOT NULL DEFAULT 0;

CREATE TABLE silences (
    id         TEXT   NOT NULL PRIMARY KEY,
    domain     TEXT,
    finding    TEXT,
    subject    TEXT,
    tag        TEXT,
    by_whom    TEXT   NOT NULL,
    why        TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    until_at   BIGINT NOT NULL
);
