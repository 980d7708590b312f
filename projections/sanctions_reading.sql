-- The list of sanctions over time. Its statements are put together from these.

-- name: spans
-- The kinds that there are, each with its spans: from one to the next by their index.
WITH RECURSIVE found (sanction, span_days) AS (
    (SELECT sanction, span_days FROM sanctions ORDER BY sanction, span_days LIMIT 1)
    UNION ALL
    SELECT next.sanction, next.span_days FROM found CROSS JOIN LATERAL (
        SELECT n.sanction, n.span_days FROM sanctions n
        WHERE (n.sanction, n.span_days) > (found.sanction, found.span_days)
        ORDER BY n.sanction, n.span_days LIMIT 1
    ) next
)
SELECT sanction, span_days FROM found
WHERE %(kind)s::text IS NULL OR sanction = %(kind)s

-- name: rows
SELECT s.position, s.seller_id, s.sanction_id, s.sanction, s.milestone, s.bucket, s.starts_at,
       s.until_at, s.ends_at, s.cut, s.error_us, s.proposed_at, s.proposed_by, s.because_of,
       s.policy, s.listing_ids, s.imposed_by, s.starts_at <= %(at)s::bigint AND coalesce(s.until_at > %(at)s::bigint, true)
FROM sanctions s WHERE true

-- name: in_force
-- Said as the index of spans has it.
AND s.starts_at <= %(at)s::bigint AND coalesce(s.until_at, 9223372036854775807) > %(at)s::bigint

-- name: not_in_force
AND (s.until_at <= %(at)s::bigint OR s.starts_at > %(at)s::bigint)

-- name: seller_id
AND s.seller_id = %(seller_id)s::text

-- name: kind
AND s.sanction = %(kind)s::text

-- name: milestone
AND s.milestone = %(milestone)s::text

-- name: bucket
AND s.bucket = %(bucket)s::text

-- name: because_of
AND %(because_of)s::text = ANY(s.because_of)

-- name: waiver_proposed
-- A wish that nothing came of yet, as the index of those has it.
AND s.proposed_at IS NOT NULL AND s.cut_at IS NULL

-- name: no_waiver_proposed
AND (s.proposed_at IS NULL OR s.cut_at IS NOT NULL)

-- name: between
AND s.position > %(above)s::bigint AND s.position <= %(up_to)s::bigint

-- name: by_recorded
AND s.position > %(after_1)s::bigint ORDER BY s.position LIMIT %(limit)s

-- name: by_recorded_down
AND s.position < %(after_1)s::bigint ORDER BY s.position DESC LIMIT %(limit)s

-- name: begin_spans
-- Of each kind and span, those that can have reached an instant; in order each, here they meet.
SELECT s.* FROM unnest(%(kinds)s::text[], %(spans)s::integer[], %(began_above)s::bigint[])
    AS p (kind, span_days, began_above) CROSS JOIN LATERAL (

-- name: of_span
-- Said so that no index but that of spans has the order: by position alone, others are met.
AND (s.sanction, s.span_days, s.position)
    > (p.kind, p.span_days, greatest(p.began_above, %(above)s::bigint, %(after_1)s::bigint))
AND (s.sanction, s.span_days, s.position) <= (p.kind, p.span_days, %(up_to)s::bigint)

-- name: of_span_down
AND (s.sanction, s.span_days, s.position)
    > (p.kind, p.span_days, greatest(p.began_above, %(above)s::bigint))
AND (s.sanction, s.span_days, s.position)
    <= (p.kind, p.span_days, least(%(up_to)s::bigint, %(after_1)s::bigint - 1))

-- name: by_span
ORDER BY s.sanction, s.span_days, s.position LIMIT %(limit)s

-- name: by_span_down
ORDER BY s.sanction DESC, s.span_days DESC, s.position DESC LIMIT %(limit)s

-- name: end_spans
) s ORDER BY s.position LIMIT %(limit)s

-- name: end_spans_down
) s ORDER BY s.position DESC LIMIT %(limit)s
