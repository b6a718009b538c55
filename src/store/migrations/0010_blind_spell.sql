-- The time in which channels know that some checks cannot tell, while it lasts: at most one row.

CREATE TABLE blind_spell (
    id         TEXT   NOT NULL PRIMARY KEY,
    since      BIGINT NOT NULL,
    reason     TEXT   NOT NULL,
    told       BIGINT NOT NULL,
    seen_since BIGINT
);
