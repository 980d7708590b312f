-- name: kinds
-- Sixty kinds of violations; the last twenty of an edition that came late.
INSERT INTO violation_kinds
SELECT n, 'rule-' || (n %% 20),
       (ARRAY['prohibited', 'listing-quality', 'transaction', 'intellectual-property'])[1 + n %% 4],
       CASE WHEN n %% 4 = 3 THEN 'general' END, 'points',
       (ARRAY['platform', 'buyer', 'rights-holder'])[1 + n %% 3],
       CASE WHEN n <= 40 THEN 'aliexpress@2020-01-01' ELSE 'aliexpress@2026-01-01' END,
       3 + n %% 2, 'points'
FROM generate_series(1, 60) AS n

-- name: violations
-- Three for each seller, over two years up to now; one in ten is told some days late, one in a
-- hundred much later; one in twenty-five was taken back.
INSERT INTO violations
SELECT n, at - late, at, at - late + 365 * 86400000000, CASE WHEN n %% 25 = 0 THEN at + 1000 END,
       CASE WHEN n < %(violations)s * 0.75 THEN 1 + n %% 40 ELSE 1 + n %% 60 END, 1 + n %% 12,
       's-' || lpad(((n * 7919) %% %(sellers)s)::text, 7, '0'), 'v-' || n, 'detector-' || (n %% 9),
       CASE WHEN n %% 3 = 0 THEN 'l-' || (n * 31) %% (%(violations)s / 5) END
FROM generate_series(1, %(violations)s::bigint) AS n
CROSS JOIN LATERAL (
    SELECT %(now)s::bigint - (%(violations)s::bigint - n) * (730 * 86400000000 / %(violations)s),
           CASE WHEN n %% 100 = 7 THEN 86400000000 * (n %% 200) WHEN n %% 10 = 3
                THEN 86400000000 * (n %% 20) ELSE 0 END
) AS told (at, late)

-- name: sanctions
-- One in thirty violations suspends, for good or until it was lifted, after days or a year; two in
-- thirty bring a sanction of seven days.
INSERT INTO sanctions (
    position, starts_at, ends_at, cut_at, seller_id, sanction_id, sanction, milestone, bucket,
    because_of, policy, listing_ids, cut
)
SELECT position, recorded_at,
       CASE WHEN position %% 30 <> 0 THEN recorded_at + 7 * 86400000000 END,
       CASE WHEN position %% 120 = 0
            THEN least(recorded_at + 86400000000 * (5 + position %% 397), %(now)s) END,
       seller_id, 'sanction-' || position,
       CASE WHEN position %% 30 = 0 THEN 'suspension' ELSE 'freeze-of-selling' END,
       CASE WHEN position %% 30 = 0 THEN 'points-48' ELSE 'points-12' END, 'points',
       ARRAY[violation_id], 'aliexpress@2020-01-01', '{}',
       CASE WHEN position %% 120 = 0 THEN 'lifted' END
FROM violations WHERE position %% 30 IN (0, 7, 19)

-- name: freezes
INSERT INTO freezes
SELECT position, starts_at, least(cut_at, starts_at + 180 * 86400000000),
       starts_at + 180 * 86400000000, seller_id, 'freeze-' || position, 'suspension', sanction_id,
       CASE WHEN cut_at IS NOT NULL THEN 'lifted' END
FROM sanctions WHERE sanction = 'suspension'

-- name: sellers
-- Three in a hundred are suspended, seven restricted; one in ten has no change ahead, and one in a
-- hundred appeals.
INSERT INTO sellers
SELECT 's-' || lpad(n::text, 7, '0'), 3 * n + 1, %(now)s - (%(sellers)s - n) * 60000000::bigint,
       CASE WHEN n %% 10 <> 0 THEN %(now)s + (n * 7919 %% 365000) * 86400000::bigint END, NULL,
       points, CASE WHEN n %% 40 = 0 THEN 1 + n %% 3 ELSE 0 END, status, status = 'active',
       status = 'active' OR status = 'restricted' AND n %% 2 = 0, NOT (status = 'suspended' AND n %% 2 = 0),
       jsonb_build_object('points', points),
       CASE n / 7 %% 4 WHEN 0 THEN ARRAY['prohibited'] WHEN 1 THEN ARRAY['transaction']
            WHEN 2 THEN ARRAY['listing-quality', 'transaction'] ELSE '{}' END,
       '{}', CASE status WHEN 'suspended' THEN ARRAY['suspension'] WHEN 'restricted'
             THEN ARRAY['freeze-of-selling'] ELSE '{}' END,
       CASE WHEN status = 'suspended' AND n %% 2 = 0 THEN ARRAY['suspension'] ELSE '{}' END,
       CASE WHEN n * 31 %% 100 = 7 THEN 1 ELSE 0 END
FROM generate_series(0, %(sellers)s::bigint - 1) AS n
CROSS JOIN LATERAL (
    SELECT CASE WHEN n %% 100 < 3 THEN 'suspended' WHEN n %% 100 < 10 THEN 'restricted'
           ELSE 'active' END,
           CASE WHEN n %% 100 < 3 THEN 48 + n %% 30 WHEN n %% 100 < 10 THEN 12 + n %% 36
           ELSE n %% 12 END
) AS stood (status, points)

-- name: settled
VACUUM ANALYZE

-- name: campaigns
-- Twenty campaigns, the last of which still run.
INSERT INTO campaigns
SELECT n, at, at, at + 20 * 86400000000, at + 19 * 86400000000, at + 21 * 86400000000,
       at + 35 * 86400000000, 'c-' || n, 'Campaign ' || n, 'platform', 'aliexpress@2020-01-01', '{}'
FROM generate_series(1, 20) AS n
CROSS JOIN LATERAL (SELECT %(now)s::bigint - (21 - n) * 30 * 86400000000::bigint) AS told (at)

-- name: enrolments
-- One for each seller, spread over the campaigns; a seller in a thousand has many more.
INSERT INTO enrolments
SELECT 100 + n, at, 100 + n, at, at, at + 86400000000, at, 2000, 1500, 10, 2, 'EUR',
       'c-' || 1 + n %% 20, 'p-' || n,
       's-' || lpad((CASE WHEN n %% 3 = 0 THEN (n %% %(sellers)s) / 1000 * 1000 + 7
                          ELSE n %% %(sellers)s END)::text, 7, '0'),
       (ARRAY['under-review', 'approved', 'approved', 'rejected', 'withdrawn'])[1 + n %% 5],
       CASE WHEN n %% 5 > 0 THEN 'reviewer-' || n %% 9 END, 'category-' || n %% 40,
       CASE WHEN n %% 5 = 4 THEN 'milestone' END, NULL, CASE WHEN n %% 5 = 4 THEN at END, NULL
FROM generate_series(1, %(sellers)s::bigint) AS n
CROSS JOIN LATERAL (SELECT %(now)s::bigint - n * 1000000) AS told (at)

-- name: stands
INSERT INTO projection (name, version, position)
SELECT name, 'bench', %(violations)s FROM unnest(%(names)s::text[]) AS name

-- name: indexes
-- Those of the views' tables that keep no promise, so that they may go and come back.
SELECT i.indexname, i.indexdef
FROM pg_indexes AS i JOIN pg_class AS c ON c.relname = i.indexname
WHERE i.tablename IN (
    'violations', 'appeals', 'sanctions', 'freezes', 'disputes', 'dispute_deadlines', 'reports',
    'report_deadlines', 'reporters', 'sellers'
)
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = c.oid)
ORDER BY i.indexname

-- name: appeals
-- One in fifty violations is appealed against, in up to two rounds; of the newest some wait.
INSERT INTO appeals
SELECT position * 2 + round, filed_at, filed_at + 172800000000,
       CASE WHEN open AND NOT given THEN filed_at + 172800000001 END,
       CASE WHEN NOT open THEN filed_at + 300000000000 END,
       CASE WHEN status = 'rejected' AND position %% 3 = 0 THEN filed_at + 2592000000000 END,
       round, given, seller_id, violation_id,
       (ARRAY['prohibited', 'listing-quality', 'transaction', 'intellectual-property'])[1 + kind %% 4],
       'rule-' || (kind %% 20), seller_id, status,
       CASE WHEN status IN ('upheld', 'rejected') THEN 'reviewer-' || (position / 50 %% 40) END
FROM violations CROSS JOIN generate_series(1, 2) AS round
CROSS JOIN LATERAL (
    SELECT recorded_at + round * 86400000000, recorded_at > %(now)s - 10 * 86400000000,
           position %% 4 = 0
) AS told (filed_at, open, given)
CROSS JOIN LATERAL (
    SELECT CASE WHEN open THEN 'filed' ELSE
        (ARRAY['rejected', 'upheld', 'lapsed', 'withdrawn', 'rejected'])[1 + position / 50 %% 5] END
) AS judged (status)
WHERE position %% 50 = 0 AND (round = 1 OR position %% 150 = 0)

-- name: appealed
UPDATE violations v SET appeal_until = coalesce(a.next_round_until, 0) FROM appeals a
WHERE a.seller_id = v.seller_id AND a.violation_id = v.violation_id

-- name: disputes
-- One for every ten violations, over two years; the newest are not closed.
INSERT INTO disputes
SELECT n, at, n + 5, at, CASE WHEN NOT closed AND n %% 3 <> 1 THEN %(now)s + n %% 5 * 86400000000 + 1 END,
       CASE WHEN closed AND n %% 5 = 0 THEN at + 15 * 86400000000 END,
       CASE WHEN closed THEN at + 864000000000 END, 5000 + n %% 900, 1000, CASE WHEN n %% 2 = 0 THEN 500 END,
       CASE WHEN closed THEN n %% 1000 END, 2, n %% 3 = 0, false,
       CASE WHEN closed THEN n %% 4 = 0 END, CASE WHEN closed THEN false END, 'd-' || n,
       's-' || lpad(((n * 7919) %% %(sellers)s)::text, 7, '0'), 'b-' || (n * 31 %% 50000), 'o-' || n,
       CASE WHEN n %% 2 = 0 THEN 'not-received' ELSE 'not-as-described' END, 'EUR',
       CASE WHEN closed THEN 'closed' WHEN n %% 3 = 0 THEN 'awaiting-seller'
            WHEN n %% 3 = 1 THEN 'escalated' ELSE 'awaiting-tracking' END,
       CASE WHEN closed THEN 'closed' WHEN n %% 3 = 0 THEN 'open' WHEN n %% 3 = 1 THEN 'escalated'
            ELSE 'awaiting-return' END,
       CASE WHEN NOT closed AND n %% 3 = 0 THEN 'seller-response'
            WHEN NOT closed AND n %% 3 = 2 THEN 'return-tracking' END,
       CASE WHEN closed THEN (ARRAY['seller', 'buyer', 'neither'])[1 + n %% 3] END,
       CASE WHEN closed THEN 'ruled' END,
       CASE WHEN closed THEN 'reviewer-' || (n %% 40) END, 'aliexpress@2020-01-01'
FROM generate_series(1, %(violations)s::bigint / 10) AS n
CROSS JOIN LATERAL (
    SELECT %(now)s::bigint
           - (%(violations)s::bigint / 10 - n) * (730 * 86400000000 / (%(violations)s / 10)),
           n < %(violations)s * 0.098
) AS told (at, closed)

-- name: dispute_deadlines
INSERT INTO dispute_deadlines
SELECT position, due, fresh_until - 1, seller_id, dispute_id FROM disputes WHERE due IS NOT NULL
UNION ALL
SELECT position, 'ruling-appeal', appealable_until, seller_id, dispute_id FROM disputes
WHERE appealable_until IS NOT NULL

-- name: reports
-- One for every twenty violations; the newest wait. Of those that ended as violations some were
-- taken back.
INSERT INTO reports
SELECT n, at, n + 3, CASE WHEN status = 'awaiting-documents' THEN %(now)s + n %% 3 * 86400000000 + 1 END,
       CASE WHEN status IN ('awaiting-documents', 'awaiting-counter-notice')
            THEN %(now)s + n %% 3 * 86400000000 END,
       CASE WHEN ended THEN at + 86400000000 END, CASE WHEN ended THEN at + 86400000000 END,
       status = 'violation' AND n %% 7 = 0, n %% 4 = 0, 'r-' || n, about,
       's-' || lpad(((n * 7919) %% %(sellers)s)::text, 7, '0'),
       CASE WHEN about = 'listing' THEN 'l-' || n END, CASE WHEN about = 'buyer' THEN 'b-' || n END,
       'p-' || (n * 31 %% 20000), (ARRAY['buyer', 'seller', 'rights-holder'])[1 + n %% 3],
       CASE WHEN n %% 2 = 0 THEN 'rule-' || (n %% 20) END, status,
       CASE status WHEN 'awaiting-documents' THEN 'documents'
                   WHEN 'awaiting-counter-notice' THEN 'counter-notice' END,
       CASE WHEN ended THEN 'reviewer-' || (n %% 40) END,
       CASE WHEN status = 'violation' THEN 'report-r-' || n END, 'aliexpress@2020-01-01'
FROM generate_series(1, %(violations)s::bigint / 20) AS n
CROSS JOIN LATERAL (
    SELECT %(now)s::bigint
           - (%(violations)s::bigint / 20 - n) * (730 * 86400000000 / (%(violations)s / 20)),
           n < %(violations)s * 0.048, (ARRAY['listing', 'seller', 'buyer', 'listing'])[1 + n %% 4]
) AS told (at, ended, about)
CROSS JOIN LATERAL (
    SELECT CASE WHEN ended THEN (ARRAY['violation', 'dismissed', 'upheld', 'dismissed'])[1 + n %% 4]
           ELSE (ARRAY['awaiting-review', 'awaiting-documents', 'awaiting-counter-notice'])[1 + n %% 3]
           END
) AS stands (status)

-- name: report_deadlines
INSERT INTO report_deadlines
SELECT position, CASE due WHEN 'documents' THEN 'report-documents' ELSE due END, due_at, seller_id,
       report_id
FROM reports WHERE due IS NOT NULL

-- name: reporters
INSERT INTO reporters (
    reporter_id, last_filed_at, reports, waiting, violations, taken_back, dismissed, upheld
)
SELECT reported_by, max(filed_at), count(*), count(*) FILTER (WHERE closed_at IS NULL),
       count(*) FILTER (WHERE status = 'violation' AND NOT taken_back),
       count(*) FILTER (WHERE taken_back), count(*) FILTER (WHERE status = 'dismissed'),
       count(*) FILTER (WHERE status = 'upheld')
FROM reports GROUP BY reported_by
