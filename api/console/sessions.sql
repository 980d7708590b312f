-- Sessions are few and asked for with every page; each process remembers what it found for a few seconds.

-- name: add_session
INSERT INTO console_session (session_id, secret_hash, subject, scopes, how, key_id, created_at, seen_at, expires_at)
VALUES (%(session_id)s, %(secret_hash)s, %(subject)s, %(scopes)s, %(how)s, %(key_id)s, %(now)s, %(now)s, %(expires_at)s);

-- name: find_session
-- Only one that lives: not signed out, not too old, not idle for too long, its key still good.
SELECT s.session_id, s.subject, s.scopes, s.how, s.key_id, s.created_at, s.seen_at, s.expires_at
FROM console_session s LEFT JOIN api_key k USING (key_id)
WHERE s.secret_hash = %(secret_hash)s
  AND s.revoked_at IS NULL AND s.expires_at > %(now)s AND s.seen_at > %(idle_since)s
  AND (s.key_id IS NULL OR (k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > %(now)s)));

-- name: see_session
-- Told once a minute at most: a page is no reason to write.
UPDATE console_session SET seen_at = greatest(seen_at, %(now)s) WHERE session_id = %(session_id)s;

-- name: sessions_of
-- The living sessions of one subject, the one seen last first.
SELECT s.session_id, s.subject, s.scopes, s.how, s.key_id, s.created_at, s.seen_at, s.expires_at
FROM console_session s LEFT JOIN api_key k USING (key_id)
WHERE s.subject = %(subject)s
  AND s.revoked_at IS NULL AND s.expires_at > %(now)s AND s.seen_at > %(idle_since)s
  AND (s.key_id IS NULL OR (k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > %(now)s)))
ORDER BY s.seen_at DESC, s.session_id;

-- name: end_sessions
-- One session, or all of a subject; nobody ends another's.
UPDATE console_session SET revoked_at = coalesce(revoked_at, %(now)s)
WHERE subject = %(subject)s AND (%(session_id)s::text IS NULL OR session_id = %(session_id)s)
RETURNING session_id;

-- name: remove_old_sessions
-- The table grows by sign-ins alone, so each sign-in sweeps it.
DELETE FROM console_session
WHERE session_id IN (
    SELECT session_id FROM console_session WHERE expires_at < %(before)s
    ORDER BY expires_at LIMIT 1000 FOR UPDATE SKIP LOCKED
);
