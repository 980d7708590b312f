-- The list of appeals. Its statements are put together from these: the rows, what is asked for,
-- an order.

-- name: rows
-- A round that nobody gave evidence for has lapsed at its instant, recorded or not.
SELECT a.position, a.seller_id, a.violation_id, a.round, a.family, a.rule,
       CASE WHEN a.lapses_at <= %(now)s::bigint THEN 'lapsed' ELSE a.status END AS status,
       a.filed_at, a.filed_by, a.evidence_until, a.evidence_given,
       CASE WHEN a.lapses_at <= %(now)s::bigint THEN a.lapses_at ELSE a.closed_at END AS closed_at,
       a.reviewer, a.next_round_until, v.unit, v.weight, v.reported_by
FROM appeals a LEFT JOIN LATERAL (
    SELECT k.unit, r.weight, r.reported_by
    FROM violations r JOIN violation_kinds k USING (kind)
    WHERE r.seller_id = a.seller_id AND r.violation_id = a.violation_id
) v ON true
WHERE true

-- name: seller_id
AND a.seller_id = %(seller_id)s::text

-- name: family
AND a.family = %(family)s::text

-- name: reviewer
AND a.reviewer = %(reviewer)s::text

-- name: independent_of
-- As `ledger/decide/appeals.py` demands of a reviewer.
AND a.seller_id <> %(independent_of)s::text
AND v.reported_by IS DISTINCT FROM %(independent_of)s::text
AND NOT EXISTS (
    SELECT 1 FROM appeals e
    WHERE e.seller_id = a.seller_id AND e.violation_id = a.violation_id
      AND %(independent_of)s::text IN (e.reviewer, e.filed_by)
)

-- name: within_hours
-- Without evidence until then; where some was given, or came with the filing, nothing lapses.
AND a.lapses_at <= %(lapses_by)s::bigint

-- name: status
AND a.status = %(status)s::text

-- name: running
AND (a.lapses_at IS NULL OR a.lapses_at > %(now)s::bigint)

-- name: about_to_lapse
-- What has lapsed and is not recorded yet: few, and found by the instants of those still open.
AND a.lapses_at <= %(now)s::bigint

-- name: between
AND a.position > %(above)s::bigint AND a.position <= %(up_to)s::bigint

-- name: by_filed
AND a.position > %(after_1)s::bigint ORDER BY a.position LIMIT %(limit)s

-- name: by_filed_down
AND a.position < %(after_1)s::bigint ORDER BY a.position DESC LIMIT %(limit)s

-- name: begin_branches
SELECT * FROM ((

-- name: next_branch
) UNION ALL (

-- name: end_branches
)) AS found ORDER BY position LIMIT %(limit)s

-- name: end_branches_down
)) AS found ORDER BY position DESC LIMIT %(limit)s
