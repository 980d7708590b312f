-- name: look_first
-- Tables are made and found in the schema of the rebuild; what is not there is the ledger's.
SELECT set_config('search_path', quote_ident(%(schema)s) || ', ' || %(path)s, true)

-- name: look_away
SELECT set_config('search_path', %(path)s, true)

-- name: read_path
SHOW search_path

-- name: under_way
-- Whether an earlier rebuild by this version stopped on the way.
SELECT EXISTS (SELECT FROM projection WHERE name = %(name)s AND version = %(version)s)
   AND to_regclass(quote_ident(%(schema)s) || '.rebuild_progress') IS NOT NULL

-- name: forget
WITH unparked AS (DELETE FROM parked_stream WHERE projection = %(name)s)
DELETE FROM projection WHERE name = %(name)s

-- name: drop_schema
DROP SCHEMA IF EXISTS {schema} CASCADE

-- name: create_schema
CREATE SCHEMA {schema}

-- name: create_progress
-- How far the log was taken stream by stream (null: it is not, or no more), and the indexes that
-- are made once the tables are full.
CREATE TABLE rebuild_progress AS
SELECT %(fill_to)s::bigint AS fill_to, '' AS after_stream, 0::bigint AS done,
       %(indexes)s::text[] AS indexes

-- name: progress
SELECT fill_to, after_stream, done, indexes FROM rebuild_progress

-- name: filled
UPDATE rebuild_progress SET after_stream = %(after)s, done = done + %(facts)s

-- name: filled_all
UPDATE rebuild_progress SET fill_to = NULL

-- name: indexes_made
UPDATE rebuild_progress SET indexes = '{}'

-- name: late_indexes
-- Those that no constraint rests on, and by which the projection itself does not look for rows.
SELECT c.relname, pg_get_indexdef(i.indexrelid)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = to_regnamespace(quote_ident(%(schema)s)) AND NOT i.indisunique
  AND c.relname <> ALL(%(found_by)s)
ORDER BY c.relname

-- name: drop_index
DROP INDEX {index}

-- name: room
SET LOCAL maintenance_work_mem = '128MB'

-- name: analyze
ANALYZE {table}

-- name: streams_after
SELECT originator_id, originator_version, topic, state, notification_id FROM stored_events
WHERE originator_id > %(after)s AND notification_id <= %(to)s
ORDER BY originator_id, originator_version LIMIT %(most)s

-- name: whole_stream
SELECT originator_id, originator_version, topic, state, notification_id FROM stored_events
WHERE originator_id = %(stream)s AND notification_id <= %(to)s ORDER BY originator_version
