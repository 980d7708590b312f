-- Endpoints are few; their pending deliveries are bounded, and dead ones are for persons to look at.

-- name: add
INSERT INTO webhook (webhook_id, url, seller_ids, statuses, asked_from, secret, delivered_to,
                     created_at, created_by)
VALUES (%(webhook_id)s, %(url)s, %(seller_ids)s, %(statuses)s, %(asked_from)s, %(secret)s,
        %(delivered_to)s, %(created_at)s, %(created_by)s)
ON CONFLICT (webhook_id) DO NOTHING

-- name: page
-- In order of their ids, from `after` on.
SELECT w.webhook_id, w.url, w.seller_ids, w.statuses, w.asked_from, w.delivered_to,
       w.disabled_because, (SELECT max(until) FROM unnest(w.older_until) AS until) AS older_until,
       w.created_at, w.created_by,
       count(d.position) FILTER (WHERE d.state = 'pending') AS pending,
       count(d.position) FILTER (WHERE d.state = 'dead') AS dead
FROM webhook w LEFT JOIN webhook_delivery d USING (webhook_id)
WHERE w.webhook_id > %(after)s
GROUP BY w.webhook_id ORDER BY w.webhook_id LIMIT %(limit)s

-- name: find
SELECT w.webhook_id, w.url, w.seller_ids, w.statuses, w.asked_from, w.delivered_to,
       w.disabled_because, (SELECT max(until) FROM unnest(w.older_until) AS until) AS older_until,
       w.created_at, w.created_by,
       count(d.position) FILTER (WHERE d.state = 'pending') AS pending,
       count(d.position) FILTER (WHERE d.state = 'dead') AS dead
FROM webhook w LEFT JOIN webhook_delivery d USING (webhook_id)
WHERE w.webhook_id = %(webhook_id)s
GROUP BY w.webhook_id

-- name: remove
DELETE FROM webhook WHERE webhook_id = %(webhook_id)s

-- name: rotate
-- Each secret of before signs along for its while, however soon the next one comes.
UPDATE webhook w
SET (older_secrets, older_until) = (
    SELECT array_agg(older.secret), array_agg(older.until) FROM (
        SELECT o.secret, o.until FROM unnest(w.older_secrets, w.older_until) AS o (secret, until)
        WHERE o.until > %(now)s
        UNION ALL SELECT w.secret, %(older_until)s::bigint
        ORDER BY until DESC LIMIT %(most)s
    ) AS older
), secret = %(secret)s
WHERE webhook_id = %(webhook_id)s

-- name: keys
SELECT secret, ARRAY(
    SELECT o.secret FROM unnest(older_secrets, older_until) AS o (secret, until)
    WHERE o.until > %(now)s ORDER BY o.until DESC
)
FROM webhook WHERE webhook_id = %(webhook_id)s

-- name: replay
-- What lies behind the new place comes again, so nothing waits for it any more.
WITH moved AS (
    UPDATE webhook SET delivered_to = %(delivered_to)s, disabled_because = NULL
    WHERE webhook_id = %(webhook_id)s RETURNING webhook_id
), dropped AS (
    DELETE FROM webhook_delivery d USING moved m
    WHERE d.webhook_id = m.webhook_id AND d.position > %(delivered_to)s
)
SELECT webhook_id FROM moved

-- name: deliveries
SELECT position, state, attempts, next_attempt_at, failed_at, problem
FROM webhook_delivery
WHERE webhook_id = %(webhook_id)s AND position > %(after)s
  AND (%(state)s::text IS NULL OR state = %(state)s)
ORDER BY position LIMIT %(limit)s

-- name: retry
UPDATE webhook_delivery SET state = 'pending', attempts = 0, next_attempt_at = %(now)s
WHERE webhook_id = %(webhook_id)s AND position = %(position)s
RETURNING position, state, attempts, next_attempt_at, failed_at, problem
