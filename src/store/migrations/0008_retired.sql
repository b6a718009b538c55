-- What was wrong at the start and that nobody looks at for the time: taken up again, it is still no news.

ALTER TABLE cases ADD COLUMN retired BIGINT NOT NULL DEFAULT 0;

-- An incident that is over because nobody looks at it any more did not heal.
ALTER TABLE incidents ADD COLUMN unwatched BIGINT NOT NULL DEFAULT 0;
