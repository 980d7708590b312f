-- migrate:up

-- Who is signed in to the console. The cookie's secret is never stored: only its SHA-256.
CREATE TABLE console_session (
    session_id  text PRIMARY KEY CHECK (session_id ~ '^[0-9a-f]{16}$'),
    secret_hash bytea NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
    subject     text NOT NULL,
    scopes      text[] NOT NULL CHECK (cardinality(scopes) > 0),
    how         text NOT NULL CHECK (how IN ('key', 'openid')),
    -- The key that signed in: the session ends with it.
    key_id      text REFERENCES api_key ON DELETE CASCADE,
    created_at  timestamptz NOT NULL,
    seen_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    revoked_at  timestamptz,
    CHECK ((how = 'key') = (key_id IS NOT NULL))
);

CREATE INDEX console_session_subject ON console_session (subject);
CREATE INDEX console_session_expires ON console_session (expires_at);

-- migrate:down

DROP TABLE console_session;
