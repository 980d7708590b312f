-- migrate:up

-- One row: the key by which every process of this ledger knows the page tokens of the others as genuine.
CREATE TABLE page_key (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    secret bytea NOT NULL CHECK (length(secret) = 32)
);

-- migrate:down

DROP TABLE page_key;
