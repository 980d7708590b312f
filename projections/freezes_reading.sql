-- The list of freezes over time. Its statements are put together from these.

-- name: longest
-- The longest time for which money was ever frozen; an index tells it.
SELECT coalesce(max(scheduled_at - starts_at), 0) FROM freezes

-- name: rows_by_position
SELECT f.position AS key_1,

-- name: rows_by_end
SELECT f.ends_at AS key_1, f.position AS key_2,

-- name: rows
    f.position, f.seller_id, f.freeze_id, f.cause, f.sanction_id, f.starts_at, f.ends_at,
    f.scheduled_at, f.why, f.starts_at <= %(at)s::bigint AND f.ends_at > %(at)s::bigint
FROM freezes f WHERE true

-- name: in_force
AND f.starts_at <= %(at)s::bigint AND f.ends_at > %(at)s::bigint

-- name: not_in_force
AND (f.ends_at <= %(at)s::bigint OR f.starts_at > %(at)s::bigint)

-- name: seller_id
AND f.seller_id = %(seller_id)s::text

-- name: cause
AND f.cause = %(cause)s::text

-- name: ends_before
AND f.ends_at < %(ends_before)s::bigint

-- name: between
AND f.position > %(above)s::bigint AND f.position <= %(up_to)s::bigint

-- name: by_recorded
AND f.position > %(after_1)s::bigint ORDER BY f.position LIMIT %(limit)s

-- name: by_recorded_down
AND f.position < %(after_1)s::bigint ORDER BY f.position DESC LIMIT %(limit)s

-- name: by_ends
AND (f.ends_at, f.position) > (%(after_1)s::bigint, %(after_2)s::bigint)
ORDER BY f.ends_at, f.position LIMIT %(limit)s

-- name: by_ends_down
AND (f.ends_at, f.position) < (%(after_1)s::bigint, %(after_2)s::bigint)
ORDER BY f.ends_at DESC, f.position DESC LIMIT %(limit)s
