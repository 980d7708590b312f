-- What may be personal is kept in two tables alone: a seller's key, and texts with their salts.

-- name: save_keys
INSERT INTO seller_key (seller_id, key) SELECT * FROM unnest(%b::text[], %b::bytea[])
ON CONFLICT DO NOTHING

-- name: count_texts
-- Those beside the seller's own facts, and those beside the facts of its cases.
SELECT (SELECT count(*) FROM stored_events e JOIN sealed_text t ON t.position = e.notification_id
        WHERE e.originator_id = %(stream)s),
       (SELECT count(*) FROM sealed_text WHERE case_of = %(seller_id)s)

-- name: cases_with_texts
-- Every case that is open has a text: what began it, or opened it again.
SELECT DISTINCT e.originator_id
FROM sealed_text t JOIN stored_events e ON e.notification_id = t.position
WHERE t.case_of = %(seller_id)s ORDER BY 1

-- name: erase_own_texts
DELETE FROM sealed_text t USING stored_events e
WHERE e.originator_id = %(stream)s AND t.position = e.notification_id

-- name: erase_texts_of_cases
DELETE FROM sealed_text WHERE case_of = %(seller_id)s

-- name: erase_key
DELETE FROM seller_key WHERE seller_id = %(seller_id)s
