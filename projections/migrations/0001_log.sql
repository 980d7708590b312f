-- migrate:up

-- The log. The columns are those of the eventsourcing library, which can open this table by itself.
-- notification_id is the fact's position: dense, given under the lock on log_head.
-- Numbers stand first, and a version takes four bytes: else each row would hold padding.
CREATE TABLE stored_events (
    notification_id bigint NOT NULL,
    originator_version integer NOT NULL,
    originator_id text COLLATE "C" NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL,
    PRIMARY KEY (originator_id, originator_version)
) WITH (autovacuum_analyze_scale_factor = 0.02);

CREATE UNIQUE INDEX stored_events_notification_id_idx ON stored_events (notification_id);

-- One row: where the log ends and by which clock it is kept. Whoever writes locks it first.
CREATE TABLE log_head (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    next_position bigint NOT NULL,
    last_recorded_at bigint NOT NULL,
    -- No later fact may be recorded at or before this instant: answers were given as known then.
    settled_at bigint NOT NULL DEFAULT 0,
    clock text NOT NULL CHECK (clock IN ('system', 'test')),
    clock_at bigint,
    pack text NOT NULL,
    -- The history import that holds the log for itself until it is finished or abandoned.
    importing text
) WITH (fillfactor = 10);

-- What is known of each seller, written with its facts: a memo for speed, never the truth.
CREATE TABLE seller_state (
    seller_id text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    engine_version integer NOT NULL,
    next_due_at bigint,
    state bytea NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX seller_state_next_due_idx ON seller_state (next_due_at, seller_id)
    WHERE next_due_at IS NOT NULL;

-- What may be personal is kept apart from the facts that seal it, and can be erased.
CREATE TABLE seller_key (
    seller_id text COLLATE "C" PRIMARY KEY,
    key bytea NOT NULL
);

CREATE TABLE sealed_text (
    position bigint PRIMARY KEY,
    salt bytea NOT NULL,
    body bytea NOT NULL
);

-- The canonical bytes of every edition that entered the log.
CREATE TABLE policy_edition (
    digest text PRIMARY KEY,
    ref text NOT NULL UNIQUE,
    -- Where its policy-published stands in the log.
    position bigint NOT NULL UNIQUE,
    canonical bytea NOT NULL
);

CREATE TABLE idempotency_key (
    actor text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    recorded_at bigint NOT NULL,
    seller_id text NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (actor, key)
);

CREATE INDEX idempotency_key_age_idx ON idempotency_key (recorded_at);

-- How far each history file was imported, so that an import goes on where it stopped.
CREATE TABLE history_import (
    import_id text PRIMARY KEY,
    name text NOT NULL,
    lines_done bigint NOT NULL DEFAULT 0,
    lines_refused bigint NOT NULL DEFAULT 0,
    finished boolean NOT NULL DEFAULT false
);

-- migrate:down

DROP TABLE history_import, idempotency_key, policy_edition, sealed_text, seller_key, seller_state,
    log_head, stored_events;
