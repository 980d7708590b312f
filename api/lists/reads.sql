-- The list of reads of sensitive records. Its statement is put together from these.

-- name: rows
SELECT r.read_at AS key_1, r.number AS key_2, r.who, r.what, r.seller_id, r.asked,
    coalesce(r.rows_told, e.rows_told), r.fact_id
FROM sensitive_read r LEFT JOIN sensitive_read_end e USING (number) WHERE true

-- name: who
AND r.who = %(who)s::text

-- name: what
AND r.what = %(what)s::text

-- name: seller_id
AND r.seller_id = %(seller_id)s::text

-- name: before
AND r.read_at < %(before)s::bigint

-- name: by_instant
AND (r.read_at, r.number) > (%(after_1)s::bigint, %(after_2)s::bigint)
ORDER BY r.read_at, r.number LIMIT %(limit)s
