-- Who took an incident on, why and until when, at each time that somebody did.

ALTER TABLE incident_events ADD COLUMN acknowledged_by TEXT;
ALTER TABLE incident_events ADD COLUMN acknowledged_why TEXT;
ALTER TABLE incident_events ADD COLUMN acknowledged_at BIGINT;
ALTER TABLE incident_events ADD COLUMN acknowledged_until BIGINT;
