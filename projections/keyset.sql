-- name: last_before
-- The last position of a table's rows before an instant: both grow together, so halving finds it.
WITH RECURSIVE search (low, high) AS (
    SELECT 0::bigint, coalesce((SELECT max(position) FROM {view}), 0)
    UNION ALL
    SELECT CASE WHEN here.at < %(instant)s THEN here.position ELSE low END,
           CASE WHEN here.at < %(instant)s THEN high ELSE (low + high + 1) / 2 - 1 END
    FROM search CROSS JOIN LATERAL (
        SELECT v.position, v.{told_at} AS at FROM {view} v
        WHERE v.position >= (low + high + 1) / 2 ORDER BY v.position LIMIT 1
    ) here
    WHERE low < high
)
SELECT low FROM search WHERE low >= high
