-- name: own
-- One owner at a time follows the log for a projection; the lock dies with its session.
SELECT pg_try_advisory_lock(5120205, hashtext(%(name)s))

-- name: disown
SELECT pg_advisory_unlock(5120205, hashtext(%(name)s))

-- name: begin
INSERT INTO projection (name, version) VALUES (%(name)s, %(version)s) ON CONFLICT DO NOTHING

-- name: begin_again
UPDATE projection SET version = %(version)s, position = 0, generation = generation + 1
WHERE name = %(name)s

-- name: where_it_is
SELECT version, position, generation FROM projection WHERE name = %(name)s FOR UPDATE

-- name: where_it_stands
SELECT position FROM projection WHERE name = %(name)s

-- name: advance
UPDATE projection SET position = %(position)s WHERE name = %(name)s

-- name: facts_after
SELECT originator_id, originator_version, topic, state, notification_id FROM stored_events
WHERE notification_id > %(after)s AND notification_id <= %(to)s ORDER BY notification_id

-- name: facts_of_stream
SELECT originator_id, originator_version, topic, state, notification_id FROM stored_events
WHERE originator_id = %(stream)s AND notification_id >= %(first)s AND notification_id <= %(last)s
ORDER BY originator_version

-- name: park
INSERT INTO parked_stream (projection, stream, position, cause, parked_at)
VALUES (%(projection)s, %(stream)s, %(position)s, %(cause)s, %(parked_at)s)
ON CONFLICT (projection, stream) DO UPDATE
SET cause = excluded.cause, position = least(parked_stream.position, excluded.position)

-- name: unpark
DELETE FROM parked_stream WHERE projection = %(projection)s AND stream = %(stream)s
RETURNING position

-- name: disturb
-- Whoever follows for this projection remembers nothing of its rows any more.
UPDATE projection SET generation = generation + 1 WHERE name = %(name)s

-- name: unpark_all
DELETE FROM parked_stream WHERE projection = %(projection)s

-- name: parked_in
SELECT stream FROM parked_stream WHERE projection = %(projection)s

-- name: listen
LISTEN stored_events
