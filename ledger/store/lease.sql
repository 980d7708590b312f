-- name: patience
-- Transactions of other writers are over within this; another import is not.
SET LOCAL lock_timeout = '2s'

-- name: take_lease
-- For this session alone: it dies with it, and every writer asks for a share of it first.
SELECT pg_advisory_lock(5120204)

-- name: lock_importing
SELECT importing, clock FROM log_head FOR UPDATE

-- name: read_importing
-- Whether an import was begun and not finished, and whether it is at work at this moment.
SELECT h.importing, EXISTS (
    SELECT FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.mode = 'ExclusiveLock' AND l.granted
      AND l.classid = 0 AND l.objid = 5120204 AND l.objsubid = 1
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
) AS alive
FROM log_head h

-- name: begin_import
INSERT INTO history_import (import_id, name) VALUES (%(import_id)s, %(name)s)
ON CONFLICT (import_id) DO NOTHING

-- name: read_import
SELECT import_id, name, lines_done, lines_refused, finished FROM history_import
WHERE import_id = %(import_id)s

-- name: imports
SELECT import_id, name, lines_done, lines_refused, finished FROM history_import ORDER BY name

-- name: facts_of_others
-- Published policies are in every log; what else is there came from somebody. Not counted in the
-- log itself, which may be long: positions are dense, and each edition has one.
SELECT h.next_position - 1 - (SELECT count(*) FROM policy_edition) FROM log_head h

-- name: set_importing
UPDATE log_head SET importing = %(importing)s

-- name: lines_done
UPDATE history_import SET lines_done = %b::int8, lines_refused = %b::int8
WHERE import_id = %b::text

-- name: finish_import
WITH finished AS (UPDATE history_import SET finished = true WHERE import_id = %(import_id)s)
UPDATE log_head SET importing = NULL
