-- The list of violations. Its statements are put together from these: the rows, what is asked for,
-- an order.

-- name: lives
-- The shortest and the longest life of a violation, each told by an index.
SELECT coalesce(min(lapses_at - effective_at), 0), coalesce(max(lapses_at - effective_at), 0)
FROM violations

-- name: longest_window
SELECT coalesce(max(appeal_days), 0) FROM violation_kinds

-- name: kinds_wanted
SELECT kind FROM violation_kinds
WHERE (%(family)s::text IS NULL OR family = %(family)s)
  AND (%(rule)s::text IS NULL OR rule = %(rule)s)
  AND (%(severity)s::text IS NULL OR severity = %(severity)s)
  AND (%(bucket)s::text IS NULL OR bucket = %(bucket)s)
  AND (%(source)s::text IS NULL OR source = %(source)s)
  AND (%(policy)s::text IS NULL OR policy = %(policy)s)
ORDER BY kind

-- name: rows_by_position
SELECT v.position AS key_1,

-- name: rows_by_lapse
SELECT v.lapses_at AS key_1, v.position AS key_2,

-- name: rows
    v.position, v.violation_id, v.seller_id, k.rule, k.family, k.severity, k.bucket, k.unit,
    v.weight, v.effective_at, v.recorded_at, v.lapses_at, v.cancelled_at, k.appeal_days, k.policy,
    k.source, v.listing_id, v.reported_by, v.appeal_until, a.round, a.status,
    a.filed_at, a.evidence_until, a.lapses_at, a.next_round_until
FROM violations v JOIN violation_kinds k USING (kind) LEFT JOIN LATERAL (
    SELECT * FROM appeals r
    WHERE v.appeal_until IS NOT NULL AND r.seller_id = v.seller_id
      AND r.violation_id = v.violation_id
    ORDER BY r.round DESC LIMIT 1
) a ON true
WHERE true

-- name: rows_of_kinds
-- Each kind has its violations in order, and here they meet.
    v.position, v.violation_id, v.seller_id, k.rule, k.family, k.severity, k.bucket, k.unit,
    v.weight, v.effective_at, v.recorded_at, v.lapses_at, v.cancelled_at, k.appeal_days, k.policy,
    k.source, v.listing_id, v.reported_by, v.appeal_until, a.round, a.status,
    a.filed_at, a.evidence_until, a.lapses_at, a.next_round_until
FROM violation_kinds k CROSS JOIN LATERAL (
    SELECT * FROM violations v WHERE v.kind = k.kind

-- name: end_rows_of_kinds
) v LEFT JOIN LATERAL (
    SELECT * FROM appeals r
    WHERE v.appeal_until IS NOT NULL AND r.seller_id = v.seller_id
      AND r.violation_id = v.violation_id
    ORDER BY r.round DESC LIMIT 1
) a ON true
WHERE k.kind = ANY(%(kinds)s::integer[])

-- name: of_kinds
AND v.kind = ANY(%(kinds)s::integer[])

-- name: seller_id
AND v.seller_id = %(seller_id)s::text

-- name: listing_id
AND v.listing_id = %(listing_id)s::text

-- name: reported_by
AND v.reported_by = %(reported_by)s::text

-- name: cancelled
AND v.cancelled_at IS NOT NULL

-- name: current
AND v.cancelled_at IS NULL AND v.lapses_at > %(now)s::bigint

-- name: expired
AND v.cancelled_at IS NULL AND v.lapses_at <= %(now)s::bigint

-- name: effective_from
AND v.effective_at >= %(effective_from)s::bigint AND v.lapses_at >= %(lapses_from)s::bigint

-- name: effective_to
AND v.effective_at < %(effective_to)s::bigint AND v.lapses_at < %(lapses_to)s::bigint

-- name: lapses_before
AND v.lapses_at < %(lapses_before)s::bigint

-- name: appealable
-- While notice is fresh and nobody appealed, or since a rejection that lets another round follow.
AND v.cancelled_at IS NULL AND CASE WHEN v.appeal_until IS NULL
    THEN k.appeal_days > 0 AND v.recorded_at + k.appeal_days * 86400000000 >= %(now)s::bigint
    ELSE v.appeal_until >= %(now)s::bigint END

-- name: not_appealable
AND NOT (v.cancelled_at IS NULL AND CASE WHEN v.appeal_until IS NULL
    THEN k.appeal_days > 0 AND v.recorded_at + k.appeal_days * 86400000000 >= %(now)s::bigint
    ELSE v.appeal_until >= %(now)s::bigint END)

-- name: appealable_again
-- As the index of those has it.
AND v.cancelled_at IS NULL AND v.appeal_until > 0 AND v.appeal_until >= %(now)s::bigint

-- name: fresh_or_again
AND (v.position > %(fresh)s::bigint OR v.appeal_until > 0)

-- name: between
AND v.position > %(above)s::bigint AND v.position <= %(up_to)s::bigint

-- name: told_late
-- As the index of those says it: effective thirty days, in microseconds, before they were told.
AND v.effective_at < v.recorded_at - 2592000000000
AND v.effective_at < %(effective_before)s::bigint

-- name: by_recorded
AND v.position > %(after_1)s::bigint ORDER BY v.position LIMIT %(limit)s

-- name: by_recorded_down
AND v.position < %(after_1)s::bigint ORDER BY v.position DESC LIMIT %(limit)s

-- name: end_by_recorded
ORDER BY v.position LIMIT %(limit)s

-- name: end_by_recorded_down
ORDER BY v.position DESC LIMIT %(limit)s

-- name: by_lapses
AND (v.lapses_at, v.position) > (%(after_1)s::bigint, %(after_2)s::bigint)
ORDER BY v.lapses_at, v.position LIMIT %(limit)s

-- name: by_lapses_down
AND (v.lapses_at, v.position) < (%(after_1)s::bigint, %(after_2)s::bigint)
ORDER BY v.lapses_at DESC, v.position DESC LIMIT %(limit)s
