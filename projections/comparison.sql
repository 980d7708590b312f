-- name: one_moment
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY

-- name: positions
SELECT max(position) FILTER (WHERE name = %(live)s), max(position) FILTER (WHERE name = %(beside)s)
FROM projection

-- name: rows
SELECT * FROM {schema}.{table}

-- name: key
SELECT a.attname FROM pg_index i
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
WHERE i.indisprimary AND i.indrelid = to_regclass(%(table)s)
ORDER BY array_position(i.indkey::int2[], a.attnum)

-- name: differing
SELECT side, told, count(*) OVER (PARTITION BY side) FROM (
    SELECT 'live' AS side, to_jsonb(l) AS told FROM ({live} EXCEPT {beside}) AS l
    UNION ALL
    SELECT 'rebuilt', to_jsonb(r) FROM ({beside} EXCEPT {live}) AS r
) AS d ORDER BY told LIMIT {most}
