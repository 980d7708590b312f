-- name: said
-- Places of some facts of a stream, and the texts kept beside them, as far as they were not erased.
SELECT e.originator_version, e.notification_id, t.body
FROM stored_events e LEFT JOIN sealed_text t ON t.position = e.notification_id
WHERE e.originator_id = %(stream)s AND e.originator_version = ANY(%(versions)s)
