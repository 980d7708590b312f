-- name: any_log
SELECT FROM log_head

-- name: states
-- Each projection beside the end of the log: who follows for it, and whether it is being rebuilt.
WITH held AS (
    SELECT classid::bigint AS class, objid::bigint AS key FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 2 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
SELECT w.name, p.version, coalesce(p.position, 0), h.next_position - 1,
       (SELECT count(*) FROM parked_stream s WHERE s.projection = w.name),
       EXISTS (SELECT FROM held WHERE class = 5120205 AND key = w.key),
       EXISTS (SELECT FROM held WHERE class = 5120206 AND key = w.key)
FROM (
    SELECT name, hashtext(name)::bigint & 4294967295 AS key
    FROM unnest(%(names)s::text[]) AS n (name)
) AS w CROSS JOIN log_head h LEFT JOIN projection p USING (name)
ORDER BY w.name

-- name: parked
SELECT projection, stream, position, cause, parked_at FROM parked_stream
WHERE (projection, stream) > (%(projection)s, %(stream)s) ORDER BY projection, stream
LIMIT %(limit)s

-- name: parked_of
SELECT projection, stream FROM parked_stream
WHERE projection = ANY(%(projections)s) AND (%(stream)s::text IS NULL OR stream = %(stream)s)
ORDER BY projection, stream
