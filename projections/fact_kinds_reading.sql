-- name: position
-- How far the view has read the log; nowhere, where it was never made.
SELECT position FROM projection WHERE name = 'fact-kinds' AND version <> ''

-- name: thousands
-- The next thousands of positions in which any of these kinds stands.
SELECT DISTINCT thousand FROM unnest(%(kinds)s::text[]) AS wanted (kind) CROSS JOIN LATERAL (
    SELECT f.thousand FROM fact_kinds f
    WHERE f.kind = wanted.kind AND f.thousand > %(after)s ORDER BY f.thousand LIMIT %(limit)s
) found
ORDER BY thousand LIMIT %(limit)s
