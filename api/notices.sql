-- name: notices
-- The facts of a seller that it must be told of, in order, and when it read each.
SELECT e.originator_version, e.topic, e.state, e.notification_id, r.read_at
FROM stored_events e
LEFT JOIN notice_read r ON r.seller_id = %(seller_id)s AND r.position = e.notification_id
WHERE e.originator_id = %(stream)s AND split_part(e.topic, '.', 1) = ANY(%(kinds)s)
  AND e.notification_id > %(after)s AND (r.position IS NULL OR NOT %(unread)s)
ORDER BY e.originator_version LIMIT %(limit)s

-- name: unread
SELECT count(*) AS unread
FROM stored_events e
LEFT JOIN notice_read r ON r.seller_id = %(seller_id)s AND r.position = e.notification_id
WHERE e.originator_id = %(stream)s AND split_part(e.topic, '.', 1) = ANY(%(kinds)s)
  AND r.position IS NULL

-- name: recorded
-- The violations that these notices are about, as they were recorded.
SELECT topic, state FROM stored_events
WHERE originator_id = %(stream)s AND originator_version = ANY(%(versions)s)

-- name: mark_read
-- The first reading stands.
INSERT INTO notice_read (seller_id, position, read_at) VALUES (%(seller_id)s, %(position)s, %(at)s)
ON CONFLICT DO NOTHING

-- name: mark_read_up_to
INSERT INTO notice_read (seller_id, position, read_at)
SELECT %(seller_id)s, notification_id, %(at)s FROM stored_events
WHERE originator_id = %(stream)s AND split_part(topic, '.', 1) = ANY(%(kinds)s)
  AND notification_id <= %(up_to)s
ON CONFLICT DO NOTHING
