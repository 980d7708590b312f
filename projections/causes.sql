-- name: fact
SELECT originator_id, originator_version, topic, state, notification_id FROM stored_events
WHERE originator_id = %(stream)s AND originator_version = %(version)s
