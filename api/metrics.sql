-- name: log
-- Where the log ends, and which views are kept beside it.
SELECT next_position - 1 AS last_position, last_recorded_at, clock, clock_at, importing,
       to_regclass('projection') IS NOT NULL AS has_projections,
       to_regclass('parked_stream') IS NOT NULL AS has_parked,
       to_regclass('appeals') IS NOT NULL AND to_regclass('disputes') IS NOT NULL AS has_cases
FROM log_head

-- name: overdue
-- Counted up to a bound, so that asking stays cheap however late the work is. A memo of 0 is one
-- to be derived again; it says nothing of when.
SELECT count(*) FILTER (WHERE of_seller) AS sellers,
       count(*) FILTER (WHERE NOT of_seller) AS disputes, min(nullif(next_due_at, 0)) AS oldest
FROM ((
    SELECT next_due_at, true AS of_seller FROM seller_state WHERE next_due_at <= %(now)s
    ORDER BY next_due_at LIMIT %(most)s
) UNION ALL (
    SELECT next_due_at, false FROM case_due WHERE next_due_at <= %(now)s
    ORDER BY next_due_at LIMIT %(most)s
)) AS late

-- name: open_cases
-- Rounds of appeals that wait for a decision, and disputes by what they wait for; up to a bound.
SELECT (
    SELECT count(*) FROM (
        SELECT FROM appeals
        WHERE status = 'filed' AND (lapses_at IS NULL OR lapses_at > %(now)s) LIMIT %(most)s
    ) AS filed
), (
    SELECT jsonb_object_agg(status, found) FROM unnest(%(statuses)s::text[]) AS s (status)
    CROSS JOIN LATERAL (
        SELECT count(*) FROM (
            SELECT FROM disputes d WHERE d.status = s.status LIMIT %(most)s
        ) AS these
    ) AS counted (found)
)

-- name: projections
SELECT name, position FROM projection

-- name: parked
SELECT projection, count(*) AS streams FROM parked_stream GROUP BY projection

-- name: unread
-- When each follower's first fact that it has not read was recorded; none where it has read all.
SELECT f.name, (convert_from(e.state, 'UTF8')::json ->> 'at')::bigint AS recorded_at
FROM unnest(%(names)s::text[], %(positions)s::bigint[]) AS f (name, position)
JOIN stored_events e ON e.notification_id = f.position + 1
