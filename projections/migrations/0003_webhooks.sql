-- migrate:up

-- Who is told of standing changes, and how far. Secrets are kept as they are: signing needs them.
CREATE TABLE webhook (
    webhook_id text COLLATE "C" PRIMARY KEY,
    url text NOT NULL,
    -- NULL: of all sellers, of all statuses.
    seller_ids text[],
    statuses text[],
    -- Where it was asked to begin; NULL: at the end of the log as it was then.
    asked_from bigint,
    secret bytea NOT NULL,
    -- Those of before, each of which signs along until its instant.
    older_secrets bytea[] NOT NULL DEFAULT '{}',
    older_until bigint[] NOT NULL DEFAULT '{}',
    -- Every change up to here was delivered, left out by the filters, or is in webhook_delivery.
    delivered_to bigint NOT NULL,
    -- Why nothing is sent any more; NULL while it is.
    disabled_because text,
    created_at bigint NOT NULL,
    created_by text NOT NULL
);

-- What could not be delivered yet, or at all. What was delivered leaves nothing behind.
CREATE TABLE webhook_delivery (
    webhook_id text COLLATE "C" NOT NULL REFERENCES webhook ON DELETE CASCADE,
    position bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'dead')),
    attempts integer NOT NULL,
    next_attempt_at bigint NOT NULL,
    failed_at bigint NOT NULL,
    problem text NOT NULL,
    PRIMARY KEY (webhook_id, position)
);

CREATE INDEX webhook_delivery_next_attempt_idx ON webhook_delivery (next_attempt_at)
    WHERE state = 'pending';

-- migrate:down

DROP TABLE webhook_delivery, webhook;
