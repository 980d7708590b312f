-- name: behind
-- The wanted views that are not yet where they have to be; one that never began, or whose rows
-- another version made, is nowhere.
SELECT w.name, coalesce(p.position, 0)
FROM unnest(%(names)s::text[], %(versions)s::text[]) AS w (name, version)
LEFT JOIN projection p USING (name, version)
WHERE coalesce(p.position, 0) < %(position)s

-- name: stale_sellers
-- Whether time has changed sellers whose rows do not say so yet; those parked are known to be old.
SELECT EXISTS (
    SELECT FROM sellers s WHERE s.fresh_until <= %(now)s AND NOT EXISTS (
        SELECT FROM parked_stream p
        WHERE p.projection = 'sellers' AND p.stream = 'seller-' || s.seller_id
    )
)

-- name: stale_disputes
-- The same of disputes whose next default has fallen.
SELECT EXISTS (
    SELECT FROM disputes d WHERE d.fresh_until <= %(now)s AND NOT EXISTS (
        SELECT FROM parked_stream p
        WHERE p.projection = 'disputes' AND p.stream = 'dispute-' || d.dispute_id
    )
)

-- name: stale_reports
-- The same of reports whose documents stayed out.
SELECT EXISTS (
    SELECT FROM reports r WHERE r.fresh_until <= %(now)s AND NOT EXISTS (
        SELECT FROM parked_stream p
        WHERE p.projection = 'reports' AND p.stream = 'report-' || r.report_id
    )
)

-- name: snapshot
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY

-- name: hold
-- Before the snapshot is taken: else a rebuild could put its tables in place between the position
-- that is read and the rows, and some of those would be younger than the snapshot, and unseen.
LOCK TABLE {tables} IN ACCESS SHARE MODE

-- name: position
-- Where all of these views are at least, and how many streams are parked in them.
SELECT min(position), (SELECT count(*) FROM parked_stream WHERE projection = ANY(%(names)s))
FROM projection WHERE name = ANY(%(names)s)
