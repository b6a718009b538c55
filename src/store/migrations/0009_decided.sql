-- When it was decided for when a message is due: a clock that told more then was set back since. Nothing
-- where its receiver named the moment.

ALTER TABLE outbox ADD COLUMN decided_at BIGINT;

UPDATE outbox SET decided_at = created_at WHERE state = 'pending' AND attempts = 0;
