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

-- name: fact
SELECT originator_id, originator_version, topic, state, notification_id
FROM stored_events WHERE originator_id = %(stream)s AND originator_version = %(version)s

-- name: state_at
SELECT state FROM stored_events WHERE notification_id = %(position)s

-- name: sealed
SELECT position, body FROM sealed_text WHERE position = ANY(%(positions)s)

-- name: edition
SELECT canonical FROM policy_edition WHERE digest = %(digest)s
