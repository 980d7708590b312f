-- name: server
-- PostgreSQL's version, the database's size, and the settings on which an answer's promise rests.
SELECT current_setting('server_version') AS version,
       current_setting('server_version_num')::int AS number,
       pg_database_size(current_database()) AS bytes,
       current_setting('fsync') AS fsync,
       current_setting('full_page_writes') AS full_page_writes,
       current_setting('synchronous_commit') AS synchronous_commit,
       current_setting('max_connections')::int AS max_connections,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
       (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now,
       current_setting('archive_mode') AS archive_mode

-- name: end_of_log
-- The newest position, and how many of the last thousand there are.
SELECT coalesce(max(notification_id), 0) AS position, count(*) AS facts
FROM (
    SELECT notification_id FROM stored_events
    WHERE notification_id > (SELECT coalesce(max(notification_id), 0) - 1000 FROM stored_events)
) AS newest

-- name: waiting_due
SELECT count(*) AS sellers, min(next_due_at) AS oldest FROM seller_state
WHERE next_due_at <= %(now)s

-- name: some_sellers
SELECT seller_id FROM seller_state ORDER BY random() LIMIT %(most)s

-- name: tables
-- Tables that this program may have, by name.
SELECT to_regclass('projection') IS NOT NULL AS projection,
       to_regclass('parked_stream') IS NOT NULL AS parked_stream,
       to_regclass('page_key') IS NOT NULL AS page_key

-- name: projections
SELECT name, position FROM projection ORDER BY name

-- name: parked
SELECT projection, count(*) AS streams, min(stream) AS one FROM parked_stream
GROUP BY projection ORDER BY projection

-- name: page_keys
SELECT count(*) AS keys FROM page_key

-- name: api_keys
-- Keys that open something, and of those which end soon.
SELECT count(*) AS open_keys,
       count(*) FILTER (WHERE 'admin' = ANY(scopes)) AS admins,
       array_agg(subject ORDER BY expires_at) FILTER (WHERE expires_at < %(soon)s) AS ending
FROM api_key
WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > %(now)s)
