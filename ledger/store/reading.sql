-- name: begin_snapshot
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY

-- name: facts
-- In position order from `after`, of the kinds and the stream asked for; NULL asks for all.
SELECT originator_id, originator_version, topic, state, notification_id
FROM stored_events
WHERE notification_id > %(after)s AND notification_id <= %(to)s
  AND (%(kinds)s::text[] IS NULL OR split_part(topic, '.', 1) = ANY(%(kinds)s) OR topic = ANY(%(kinds)s))
ORDER BY notification_id LIMIT %(limit)s

-- name: facts_of_stream
SELECT originator_id, originator_version, topic, state, notification_id
FROM stored_events
WHERE originator_id = %(stream)s AND notification_id > %(after)s AND notification_id <= %(to)s
  AND (%(kinds)s::text[] IS NULL OR split_part(topic, '.', 1) = ANY(%(kinds)s) OR topic = ANY(%(kinds)s))
ORDER BY originator_version LIMIT %(limit)s

-- name: facts_of_streams
SELECT e.originator_id, e.originator_version, e.topic, e.state, e.notification_id
FROM unnest(%(streams)s::text[]) AS w (stream)
JOIN stored_events e ON e.originator_id = w.stream
ORDER BY e.originator_id, e.originator_version

-- name: facts_behind
SELECT w.position, f.originator_id, f.originator_version, f.topic, f.state, f.notification_id
FROM unnest(%(positions)s::bigint[]) AS w (position)
CROSS JOIN LATERAL (
    SELECT * FROM stored_events e
    WHERE e.notification_id > w.position AND e.notification_id <= w.position + %(most)s
) AS f
ORDER BY f.notification_id

-- name: fact
SELECT originator_id, originator_version, topic, state, notification_id
FROM stored_events WHERE originator_id = %(stream)s AND originator_version = %(version)s

-- name: newest
-- The newest fact of each of these streams.
SELECT f.*
FROM unnest(%(streams)s::text[]) AS w (stream)
CROSS JOIN LATERAL (
    SELECT originator_id, originator_version, topic, state, notification_id
    FROM stored_events e WHERE e.originator_id = w.stream
    ORDER BY e.originator_version DESC LIMIT 1
) AS f

-- name: state_at
SELECT state FROM stored_events WHERE notification_id = %(position)s

-- name: sealed
SELECT position, body FROM sealed_text WHERE position = ANY(%(positions)s)

-- name: edition
SELECT canonical FROM policy_edition WHERE digest = %(digest)s

-- name: newest_but_reads
-- Reads that nothing followed are few, and stand at the log's end.
SELECT state FROM stored_events WHERE topic NOT LIKE 'sensitive-record-read.%%'
ORDER BY notification_id DESC LIMIT 1
