-- name: last_before
-- The last position of a table's rows before each of some instants: both grow together, so halving
-- finds it.
WITH RECURSIVE search (instant, low, high) AS (
    SELECT i.instant, 0::bigint, coalesce((SELECT max(position) FROM {view}), 0)
    FROM unnest(%(instants)s::bigint[]) AS i (instant)
    UNION ALL
    SELECT instant, CASE WHEN here.at < instant THEN here.position ELSE low END,
           CASE WHEN here.at < instant THEN high ELSE (low + high + 1) / 2 - 1 END
    FROM search CROSS JOIN LATERAL (
        SELECT v.position, v.{told_at} AS at FROM {view} v
        WHERE v.position >= (low + high + 1) / 2 ORDER BY v.position LIMIT 1
    ) here
    WHERE low < high
)
SELECT instant, low FROM search WHERE low >= high
