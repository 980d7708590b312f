-- name: position
-- How far a view of this version has read the log; nowhere, where it was never made.
SELECT position FROM projection WHERE name = %(name)s AND version = %(version)s

-- name: fifties
-- The next fifties in which any of these terms stands.
SELECT DISTINCT found.fifty FROM unnest(%(terms)s::int4[]) AS wanted (term) CROSS JOIN LATERAL (
    SELECT t.fifty FROM fact_terms t
    WHERE t.term = wanted.term AND t.fifty > %(after)s ORDER BY t.fifty LIMIT %(limit)s
) found
ORDER BY found.fifty LIMIT %(limit)s

-- name: in_stretches
-- The facts of these stretches of positions whose bytes hold a text; of one stream none. A stretch
-- has no more than fifty; saying so keeps each to the index, where the planner, which cannot know
-- how near its ends are, would sooner read the whole log.
SELECT e.originator_id, e.originator_version, e.topic, e.state, e.notification_id
FROM unnest(%(above)s::bigint[], %(up_to)s::bigint[]) AS s (above, up_to)
CROSS JOIN LATERAL (
    SELECT * FROM stored_events f
    WHERE f.notification_id > s.above AND f.notification_id <= s.up_to
      AND position(%(told)s::bytea IN f.state) > 0 AND f.originator_id <> %(elsewhere)s
    ORDER BY f.notification_id LIMIT 50
) AS e
ORDER BY e.notification_id

-- name: tail
-- The same of one stretch that no view has read yet, so many at once.
SELECT originator_id, originator_version, topic, state, notification_id FROM stored_events
WHERE notification_id > %(above)s AND notification_id <= %(up_to)s
  AND position(%(told)s::bytea IN state) > 0 AND originator_id <> %(elsewhere)s
ORDER BY notification_id LIMIT %(limit)s

-- name: of_stream
-- The facts of a stream whose bytes hold a text.
SELECT originator_id, originator_version, topic, state, notification_id FROM stored_events
WHERE originator_id = %(stream)s AND notification_id > %(above)s AND notification_id <= %(up_to)s
  AND position(%(told)s::bytea IN state) > 0
ORDER BY originator_version LIMIT %(limit)s

-- name: at
SELECT originator_id, originator_version, topic, state, notification_id FROM stored_events
WHERE notification_id = ANY(%(positions)s) ORDER BY notification_id

-- name: parked
-- Streams of which a view has no rows from a position on.
SELECT stream, position FROM parked_stream WHERE projection = %(name)s ORDER BY stream

-- name: of_parked
SELECT originator_id, originator_version, topic, state, notification_id FROM stored_events
WHERE originator_id = %(stream)s AND notification_id >= %(first)s
  AND notification_id > %(above)s AND notification_id <= %(up_to)s
ORDER BY originator_version
