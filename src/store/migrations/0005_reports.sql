-- Aggregate reports of DMARC: what each counted, once. met_at is when vigie was last given it.

CREATE TABLE reports (
    domain      TEXT   NOT NULL,
    reporter    TEXT   NOT NULL,
    report_id   TEXT   NOT NULL,
    begins_at   BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    met_at      BIGINT NOT NULL,
    messages    BIGINT NOT NULL,
    aligned     BIGINT NOT NULL,
    by_dkim     BIGINT NOT NULL,
    by_spf      BIGINT NOT NULL,
    quarantined BIGINT NOT NULL,
    rejected    BIGINT NOT NULL,
    PRIMARY KEY (domain, reporter, report_id, begins_at, ends_at)
);
CREATE INDEX reports_by_end ON reports (domain, ends_at);
