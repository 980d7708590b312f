-- migrate:up

-- When time alone next brings something to a case. One of which nothing is due has no row.
CREATE TABLE case_due (
    stream text COLLATE "C" PRIMARY KEY,
    next_due_at bigint NOT NULL
);
INSERT INTO case_due SELECT 'dispute-' || dispute_id, next_due_at FROM dispute_due;
DROP TABLE dispute_due;
CREATE INDEX case_due_next_due_idx ON case_due (next_due_at, stream);

-- The cases that are concerned, up to an instant, by what becomes of their seller.
CREATE TABLE case_concerned (
    seller_id text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    until bigint NOT NULL,
    PRIMARY KEY (seller_id, stream)
);
-- What is over stays, and is never looked at again.
CREATE INDEX case_concerned_until_idx ON case_concerned (until);
CREATE INDEX case_concerned_seller_idx ON case_concerned (seller_id, until);

-- migrate:down

DROP TABLE case_concerned;
CREATE TABLE dispute_due (
    dispute_id text COLLATE "C" PRIMARY KEY,
    next_due_at bigint NOT NULL
);
INSERT INTO dispute_due
SELECT substr(stream, 9), next_due_at FROM case_due WHERE stream LIKE 'dispute-%';
CREATE INDEX dispute_due_next_due_idx ON dispute_due (next_due_at, dispute_id);
DROP TABLE case_due;
