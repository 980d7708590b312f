-- name: newest
SELECT size, root, note FROM log_checkpoint WHERE origin = %(origin)s ORDER BY size DESC LIMIT 1

-- name: of_size
SELECT size, root, note FROM log_checkpoint WHERE origin = %(origin)s AND size = %(size)s

-- name: covering
-- The first checkpoint that holds a position, and the instants of its last fact and its signature.
SELECT size, root, note, recorded_at, signed_at FROM log_checkpoint WHERE origin = %(origin)s AND size >= %(position)s
ORDER BY size LIMIT 1

-- name: spread
-- About so many of all checkpoints, spread evenly, the first and the newest among them. A busy log
-- has one for every second of its life: only what is wanted leaves the database.
SELECT c.size, c.root, c.note FROM (
    SELECT size, row_number() OVER (ORDER BY size) - 1 AS place, count(*) OVER () AS many
    FROM log_checkpoint WHERE origin = %(origin)s
) AS p JOIN log_checkpoint c ON c.origin = %(origin)s AND c.size = p.size
WHERE mod(p.place, greatest(1, div(p.many, %(about)s)::bigint)) = 0 OR p.place = p.many - 1
ORDER BY c.size

-- name: keep
INSERT INTO log_checkpoint (origin, size, root, recorded_at, signed_at, note)
VALUES (%(origin)s, %(size)s, %(root)s, %(recorded_at)s, %(signed_at)s, %(note)s)

-- name: state_at
SELECT state FROM stored_events WHERE notification_id = %(position)s

-- name: cosignatures
SELECT c.line FROM cosignature c JOIN witness w USING (vkey)
WHERE c.origin = %(origin)s AND c.size = %(size)s ORDER BY c.vkey

-- name: add_cosignature
-- A witness that says it again with a later time is heard.
INSERT INTO cosignature (origin, size, vkey, line)
VALUES (%(origin)s, %(size)s, %(vkey)s, %(line)s)
ON CONFLICT (origin, size, vkey) DO UPDATE SET line = excluded.line

-- name: witnesses
SELECT vkey FROM witness ORDER BY vkey

-- name: trust
INSERT INTO witness (vkey, since) VALUES (%(vkey)s, %(since)s) ON CONFLICT DO NOTHING

-- name: distrust
DELETE FROM witness WHERE vkey = %(vkey)s RETURNING vkey

-- name: keys
SELECT vkey, began_at, retired_at FROM signing_key WHERE origin = %(origin)s ORDER BY number DESC

-- name: lock_keys
-- Two servers that start at once do not both make a key.
LOCK TABLE signing_key IN EXCLUSIVE MODE

-- name: add_key
INSERT INTO signing_key (vkey, origin, began_at) VALUES (%(vkey)s, %(origin)s, %(began_at)s)
ON CONFLICT (vkey) DO NOTHING

-- name: retire_key
UPDATE signing_key SET retired_at = %(retired_at)s
WHERE vkey = %(vkey)s AND retired_at IS NULL RETURNING vkey
