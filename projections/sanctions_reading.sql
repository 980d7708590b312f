-- The list of sanctions over time. Its statements are put together from these.

-- name: longest
-- The longest time for which a sanction was ever imposed, of those with an end; an index tells it.
SELECT coalesce(max(ends_at - starts_at), 0) FROM sanctions WHERE ends_at IS NOT NULL

-- name: rows
SELECT s.position, s.seller_id, s.sanction_id, s.sanction, s.milestone, s.bucket, s.starts_at,
       s.until_at, s.ends_at, s.cut, s.error_us, s.proposed_at, s.proposed_by, s.because_of,
       s.policy, s.listing_ids, s.imposed_by, s.starts_at <= %(at)s::bigint AND coalesce(s.until_at > %(at)s::bigint, true)
FROM sanctions s WHERE true

-- name: without_end
AND s.until_at IS NULL AND s.starts_at <= %(at)s::bigint

-- name: cut_later
AND s.ends_at IS NULL AND s.cut_at > %(at)s::bigint AND s.starts_at <= %(at)s::bigint

-- name: ends_later
AND s.ends_at IS NOT NULL AND s.until_at > %(at)s::bigint AND s.starts_at <= %(at)s::bigint
AND s.position > %(began_above)s::bigint

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

-- name: begin_branches
SELECT * FROM ((

-- name: next_branch
) UNION ALL (

-- name: end_branches
)) ORDER BY position LIMIT %(limit)s

-- name: end_branches_down
)) ORDER BY position DESC LIMIT %(limit)s
