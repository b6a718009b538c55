-- The time in which vigie itself sees nothing, while it lasts: at most one row.

CREATE TABLE darkness (
    id         TEXT   NOT NULL PRIMARY KEY,
    since      BIGINT NOT NULL,
    runs       BIGINT NOT NULL,
    reason     TEXT   NOT NULL,
    said_at    BIGINT,
    seen_since BIGINT
);
