-- The lists of reports and of those who made them. Statements are put together from these: the rows,
-- what is asked for, an order.

-- name: rows
SELECT r.position, r.report_id, r.about, r.seller_id, r.listing_id, r.buyer_id, r.reported_by,
       r.reporter, r.suspected, r.status, r.documents_given, r.filed_at, r.reviewed_at, r.closed_at,
       r.due, r.due_at, r.reviewer, r.violation_id, r.taken_back, r.policy
FROM reports r WHERE true

-- name: status
AND r.status = %(status)s::text

-- name: about
AND r.about = %(about)s::text

-- name: seller_id
AND r.seller_id = %(seller_id)s::text

-- name: reporter
AND r.reporter = %(reporter)s::text

-- name: suspected
AND r.suspected = %(suspected)s::text

-- name: reported_by
AND r.reported_by = %(reported_by)s::text

-- name: between
AND r.position > %(above)s::bigint AND r.position <= %(up_to)s::bigint

-- name: by_filed
AND r.position > %(after_1)s::bigint ORDER BY r.position LIMIT %(limit)s

-- name: by_filed_down
AND r.position < %(after_1)s::bigint ORDER BY r.position DESC LIMIT %(limit)s

-- name: select_by_reporter_id
SELECT p.reporter_id AS key_1,

-- name: select_by_reports
SELECT p.reports AS key_1, p.reporter_id AS key_2,

-- name: select_by_unfounded
SELECT p.unfounded AS key_1, p.reporter_id AS key_2,

-- name: select_by_share
SELECT p.unfounded_ppm AS key_1, p.reporter_id AS key_2,

-- name: reporter_rows
    p.reporter_id, p.reports, p.waiting, p.violations, p.taken_back, p.dismissed, p.upheld,
    p.unfounded, p.last_filed_at
FROM reporters p WHERE true

-- name: by_reporter_id
AND p.reporter_id > %(after_1)s::text ORDER BY p.reporter_id LIMIT %(limit)s

-- name: by_reporter_id_down
AND p.reporter_id < %(after_1)s::text ORDER BY p.reporter_id DESC LIMIT %(limit)s

-- name: by_reports
AND (p.reports, p.reporter_id) > (%(after_1)s::bigint, %(after_2)s::text)
ORDER BY p.reports, p.reporter_id LIMIT %(limit)s

-- name: by_reports_down
AND (p.reports, p.reporter_id) < (%(after_1)s::bigint, %(after_2)s::text)
ORDER BY p.reports DESC, p.reporter_id DESC LIMIT %(limit)s

-- name: by_unfounded
AND (p.unfounded, p.reporter_id) > (%(after_1)s::bigint, %(after_2)s::text)
ORDER BY p.unfounded, p.reporter_id LIMIT %(limit)s

-- name: by_unfounded_down
AND (p.unfounded, p.reporter_id) < (%(after_1)s::bigint, %(after_2)s::text)
ORDER BY p.unfounded DESC, p.reporter_id DESC LIMIT %(limit)s

-- name: by_share
AND (p.unfounded_ppm, p.reporter_id) > (%(after_1)s::bigint, %(after_2)s::text)
ORDER BY p.unfounded_ppm, p.reporter_id LIMIT %(limit)s

-- name: by_share_down
AND (p.unfounded_ppm, p.reporter_id) < (%(after_1)s::bigint, %(after_2)s::text)
ORDER BY p.unfounded_ppm DESC, p.reporter_id DESC LIMIT %(limit)s

-- name: reporter_row
AND p.reporter_id = %(reporter_id)s::text
