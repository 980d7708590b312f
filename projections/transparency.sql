-- name: appeals
-- Of the rounds of these appeals, the family and when each was filed.
SELECT w.place, a.family, a.filed_at
FROM unnest(%(places)s::int[], %(sellers)s::text[], %(violations)s::text[], %(rounds)s::int[])
    AS w (place, seller_id, violation_id, round)
JOIN appeals a USING (seller_id, violation_id, round)

-- name: reports
-- Of these reports, who made it and when it was filed.
SELECT w.place, r.reporter, r.filed_at
FROM unnest(%(places)s::int[], %(reports)s::text[]) AS w (place, report_id)
JOIN reports r USING (report_id)

-- name: violations
-- Violations recorded in a stretch of the log, by family and source.
SELECT k.family, k.source, sum(v.number)::bigint FROM (
    SELECT kind, count(*) AS number FROM violations
    WHERE position > %(above)s AND position <= %(up_to)s GROUP BY kind
) v JOIN violation_kinds k USING (kind) GROUP BY k.family, k.source
