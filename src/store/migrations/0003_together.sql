-- Which messages may become one with others, and which message carries them; when each digest was told.

ALTER TABLE outbox ADD COLUMN joins BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN carried_by TEXT;
CREATE INDEX outbox_carried ON outbox (carried_by);

CREATE TABLE digests (
    key     TEXT   NOT NULL PRIMARY KEY,
    told_at BIGINT NOT NULL
);
