-- What is kept of cases beside their facts.

-- name: load_cases
SELECT e.originator_id, e.topic, e.state, e.notification_id
FROM unnest(%b::text[]) AS w (stream)
JOIN stored_events e ON e.originator_id = w.stream
ORDER BY e.notification_id

-- name: load_newest
-- Of each group the last stream in order, by one step down the index.
SELECT w.first, f.originator_id, f.topic, f.state, f.notification_id
FROM unnest(%b::text[], %b::text[]) AS w (first, last)
CROSS JOIN LATERAL (
    SELECT * FROM stored_events e
    WHERE e.originator_id > w.first COLLATE "C" AND e.originator_id < w.last COLLATE "C"
    ORDER BY e.originator_id DESC, e.originator_version DESC LIMIT 1
) AS f

-- name: due_cases
SELECT next_due_at, stream FROM case_due
WHERE (next_due_at, stream) > (%b::int8, %b::text) AND next_due_at <= %b::int8
ORDER BY next_due_at, stream LIMIT %b::int4

-- name: save_case_dues
INSERT INTO case_due (stream, next_due_at)
SELECT * FROM unnest(%b::text[], %b::int8[])
ON CONFLICT (stream) DO UPDATE SET next_due_at = excluded.next_due_at

-- name: drop_case_dues
DELETE FROM case_due WHERE stream = ANY(%b::text[])

-- name: is_anybody_concerned
SELECT EXISTS (SELECT FROM case_concerned WHERE until > %b::int8)

-- name: cases_concerned
SELECT seller_id, stream FROM case_concerned
WHERE seller_id = ANY(%b::text[]) AND until > %b::int8

-- name: save_concerned
INSERT INTO case_concerned (seller_id, stream, until)
SELECT * FROM unnest(%b::text[], %b::text[], %b::int8[])
ON CONFLICT (seller_id, stream) DO UPDATE SET until = excluded.until

-- name: drop_concerned
DELETE FROM case_concerned USING unnest(%b::text[], %b::text[]) AS w (seller_id, stream)
WHERE case_concerned.seller_id = w.seller_id AND case_concerned.stream = w.stream
