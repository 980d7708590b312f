-- name: facts_after
-- In position order, as they are stored.
SELECT originator_id, originator_version, topic, state, notification_id
FROM stored_events
WHERE notification_id > %(after)s AND notification_id <= %(to)s
ORDER BY notification_id
