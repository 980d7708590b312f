-- Standing changes have no table of their own: they are what the log says.

-- name: streams_up_to
-- All facts of some streams up to a position, each stream in order.
SELECT originator_id, originator_version, topic, state, notification_id
FROM stored_events
WHERE originator_id = ANY(%(streams)s) AND notification_id <= %(to)s
ORDER BY originator_id, originator_version
