-- migrate:up

-- When the next default of a dispute falls. A closed one has no row: its facts are all there is.
CREATE TABLE dispute_due (
    dispute_id text COLLATE "C" PRIMARY KEY,
    next_due_at bigint NOT NULL
);

CREATE INDEX dispute_due_next_due_idx ON dispute_due (next_due_at, dispute_id);

-- A key may have been used for a dispute: what it was used for is a stream.
ALTER TABLE idempotency_key RENAME COLUMN seller_id TO stream;
UPDATE idempotency_key SET stream = 'seller-' || stream;

-- migrate:down

DELETE FROM idempotency_key WHERE stream NOT LIKE 'seller-%';
UPDATE idempotency_key SET stream = substr(stream, 8);
ALTER TABLE idempotency_key RENAME COLUMN stream TO seller_id;
DROP TABLE dispute_due;
