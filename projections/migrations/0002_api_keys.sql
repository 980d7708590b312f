-- migrate:up

-- Who may ask. The secret itself is never stored: only its SHA-256.
CREATE TABLE api_key (
    key_id      text PRIMARY KEY CHECK (key_id ~ '^[0-9a-f]{16}$'),
    secret_hash bytea NOT NULL CHECK (length(secret_hash) = 32),
    subject     text NOT NULL,
    scopes      text[] NOT NULL CHECK (cardinality(scopes) > 0),
    seller_id   text,
    created_at  timestamptz NOT NULL,
    created_by  text NOT NULL,
    expires_at  timestamptz,
    revoked_at  timestamptz
);

COMMENT ON COLUMN api_key.subject IS 'The opaque id under which the key''s holder acts; every fact names it.';
COMMENT ON COLUMN api_key.seller_id IS 'Set: a seller''s own key, which sees that seller only.';

-- migrate:down

DROP TABLE api_key;
