-- What the dispatcher asks and notes. Whoever dispatches holds the lock on its one connection: with
-- the connection the right is gone, and with the right the connection.

-- name: take_dispatch
SELECT pg_try_advisory_lock(5120205)

-- name: with_work
-- Endpoints that lag behind the log, or for which something is due again.
SELECT w.webhook_id FROM webhook w
WHERE w.disabled_because IS NULL AND (
    w.delivered_to < %(log_end)s
    OR EXISTS (SELECT FROM webhook_delivery d WHERE d.webhook_id = w.webhook_id
               AND d.state = 'pending' AND d.next_attempt_at <= %(now)s)
)
ORDER BY w.webhook_id

-- name: due
SELECT position, attempts FROM webhook_delivery
WHERE webhook_id = %(webhook_id)s AND state = 'pending' AND next_attempt_at <= %(now)s
ORDER BY next_attempt_at, position LIMIT %(limit)s

-- name: advance
-- Only from where we thought it stood: a replay asked for meanwhile is not undone.
UPDATE webhook SET delivered_to = %(to)s
WHERE webhook_id = %(webhook_id)s AND delivered_to = %(known)s

-- name: put_off
-- A first failure: the change waits beside the others, and those behind it go on.
WITH moved AS (
    UPDATE webhook SET delivered_to = %(position)s
    WHERE webhook_id = %(webhook_id)s AND delivered_to = %(known)s RETURNING webhook_id
)
INSERT INTO webhook_delivery (webhook_id, position, state, attempts, next_attempt_at, failed_at,
                              problem)
SELECT webhook_id, %(position)s, 'pending', 1, %(next_attempt_at)s, %(now)s, %(problem)s FROM moved
ON CONFLICT (webhook_id, position) DO UPDATE
SET state = 'pending', attempts = 1, next_attempt_at = excluded.next_attempt_at,
    failed_at = excluded.failed_at, problem = excluded.problem

-- name: failed_again
UPDATE webhook_delivery
SET state = %(state)s, attempts = %(attempts)s, next_attempt_at = %(next_attempt_at)s,
    failed_at = %(now)s, problem = %(problem)s
WHERE webhook_id = %(webhook_id)s AND position = %(position)s AND state = 'pending'

-- name: delivered
DELETE FROM webhook_delivery
WHERE webhook_id = %(webhook_id)s AND position = %(position)s AND state = 'pending'

-- name: disable
UPDATE webhook SET disabled_because = %(why)s WHERE webhook_id = %(webhook_id)s
