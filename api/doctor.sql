-- name: server
SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS bytes

-- name: last_position
SELECT coalesce(max(notification_id), 0) AS position FROM stored_events

-- name: waiting_due
SELECT count(*) AS sellers, min(next_due_at) AS oldest FROM seller_state
WHERE next_due_at <= %(now)s

-- name: some_sellers
SELECT seller_id FROM seller_state ORDER BY random() LIMIT %(most)s
