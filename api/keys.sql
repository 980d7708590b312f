-- Keys are few and read often; each process remembers what it found for a few seconds.

-- name: add_key
INSERT INTO api_key (key_id, secret_hash, subject, scopes, seller_id, created_at, created_by, expires_at)
VALUES (%(key_id)s, %(secret_hash)s, %(subject)s, %(scopes)s, %(seller_id)s, %(created_at)s, %(created_by)s, %(expires_at)s);

-- name: find_key
-- Only a key that opens something: neither revoked nor expired.
SELECT secret_hash, subject, scopes, seller_id
FROM api_key
WHERE key_id = %(key_id)s
  AND revoked_at IS NULL
  AND (expires_at IS NULL OR expires_at > %(now)s);

-- name: list_keys
SELECT key_id, subject, scopes, seller_id, created_at, created_by, expires_at, revoked_at
FROM api_key
ORDER BY created_at, key_id;

-- name: revoke_key
-- The first revocation stands: doing it again changes nothing.
UPDATE api_key
SET revoked_at = coalesce(revoked_at, %(now)s)
WHERE key_id = %(key_id)s
RETURNING revoked_at;
