-- What is kept of each seller, and the facts that it was made from.

-- name: spans
-- The last seller of every stretch of so many facts, as memos count them.
SELECT max(seller_id) FROM (
    SELECT seller_id, sum(version + 1) OVER (ORDER BY seller_id) AS facts FROM seller_state
) AS counted
GROUP BY div(facts, %(facts)s) ORDER BY 1

-- name: memos
SELECT seller_id, version, engine_version, next_due_at, state FROM seller_state
WHERE seller_id > %(after)s AND seller_id <= %(to)s

-- name: facts
-- Whole streams, one after the other, and of each fact whether a text is kept beside it.
SELECT e.originator_id, e.originator_version, e.topic, e.state, e.notification_id,
       t.position IS NOT NULL AS has_text
FROM stored_events e LEFT JOIN sealed_text t ON t.position = e.notification_id
WHERE e.originator_id > %(after)s AND e.originator_id <= %(to)s
ORDER BY e.originator_id, e.originator_version
