-- What is due, in due order: branches that each have it so by an index, and meet here. A key is the
-- instant, the branch and the position.

-- name: appeal_windows
-- How long sellers may appeal, and the kinds of violations for which it is that long.
SELECT appeal_days, array_agg(kind) FROM violation_kinds
WHERE appeal_days > 0 GROUP BY appeal_days ORDER BY appeal_days

-- name: begin
SELECT due_at, branch, position, seller_id, subject FROM (

-- name: violation_expiry
(
    SELECT d.lapses_at AS due_at, 0 AS branch, d.position, d.seller_id, d.violation_id AS subject
    FROM violations d
    WHERE d.cancelled_at IS NULL AND d.lapses_at < %(due_before)s::bigint
      AND d.lapses_at > %(ended)s::bigint
      AND (d.lapses_at, d.position) > (%(after_1)s::bigint, %(behind_0)s::bigint)

-- name: sanction_end
(
    SELECT d.until_at AS due_at, 1 AS branch, d.position, d.seller_id, d.sanction_id AS subject
    FROM sanctions d
    WHERE d.cut_at IS NULL AND d.until_at IS NOT NULL AND d.until_at < %(due_before)s::bigint
      AND d.until_at > %(ended)s::bigint
      AND (d.until_at, d.position) > (%(after_1)s::bigint, %(behind_1)s::bigint)

-- name: funds_release
(
    SELECT d.ends_at AS due_at, 2 AS branch, d.position, d.seller_id, d.freeze_id AS subject
    FROM freezes d
    WHERE coalesce(d.why, 'due') = 'due' AND d.ends_at < %(due_before)s::bigint
      AND d.ends_at > %(ended)s::bigint
      AND (d.ends_at, d.position) > (%(after_1)s::bigint, %(behind_2)s::bigint)

-- name: appeal_window
-- What was told later can be appealed longer, so that the position is the order of the due instants.
(
    SELECT d.recorded_at + {length} AS due_at, 3 AS branch, d.position, d.seller_id,
           d.violation_id AS subject
    FROM violations d
    WHERE d.cancelled_at IS NULL AND d.appeal_until IS NULL AND d.kind = ANY({kinds}::integer[])
      AND d.position > {above} AND d.position <= {up_to}
      AND (d.recorded_at, d.position) > (%(after_1)s::bigint - {length}, %(behind_3)s::bigint)

-- name: appeal_evidence
-- A round without evidence lapses just after its last instant.
(
    SELECT d.lapses_at - 1 AS due_at, 4 AS branch, d.position, d.seller_id,
           d.violation_id AS subject
    FROM appeals d
    WHERE d.lapses_at IS NOT NULL AND d.lapses_at <= %(due_before)s::bigint
      AND (d.lapses_at, d.position) > (%(after_1)s::bigint + 1, %(behind_4)s::bigint)

-- name: appeal_next_round
-- As the index of those that may be appealed once more has it.
(
    SELECT d.appeal_until AS due_at, 5 AS branch, d.position, d.seller_id,
           d.violation_id AS subject
    FROM violations d
    WHERE d.cancelled_at IS NULL AND d.appeal_until > 0
      AND d.appeal_until < %(due_before)s::bigint
      AND (d.appeal_until, d.position) > (%(after_1)s::bigint, %(behind_5)s::bigint)

-- name: of_dispute
(
    SELECT d.until_at AS due_at, {branch} AS branch, d.position, d.seller_id,
           d.dispute_id AS subject
    FROM dispute_deadlines d
    WHERE d.what = {what} AND d.until_at < %(due_before)s::bigint
      AND (d.until_at, d.position) > (%(after_1)s::bigint, {behind}::bigint)

-- name: of_report
(
    SELECT d.until_at AS due_at, {branch} AS branch, d.position, d.seller_id, d.report_id AS subject
    FROM report_deadlines d
    WHERE d.what = {what} AND d.until_at < %(due_before)s::bigint
      AND (d.until_at, d.position) > (%(after_1)s::bigint, {behind}::bigint)

-- name: seller_id
AND d.seller_id = %(seller_id)s::text

-- name: by_lapse
ORDER BY d.lapses_at, d.position LIMIT %(limit)s)

-- name: by_until
ORDER BY d.until_at, d.position LIMIT %(limit)s)

-- name: by_appeal
ORDER BY d.appeal_until, d.position LIMIT %(limit)s)

-- name: by_end
ORDER BY d.ends_at, d.position LIMIT %(limit)s)

-- name: by_position
ORDER BY d.position LIMIT %(limit)s)

-- name: next_branch
UNION ALL

-- name: end
) AS due ORDER BY due_at, branch, position LIMIT %(limit)s
