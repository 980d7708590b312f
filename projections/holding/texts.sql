-- What facts name only by a digest, and is kept beside them.

-- name: texts
-- Texts with the fact that each was sealed for, and the key of the seller whose it is.
SELECT t.position, t.salt, t.body, k.key, e.state
FROM sealed_text t
LEFT JOIN stored_events e ON e.notification_id = t.position
LEFT JOIN seller_key k
    ON k.seller_id = coalesce(t.case_of, substr(e.originator_id, length('seller-') + 1))
WHERE t.position > %(after)s AND t.position <= %(to)s ORDER BY t.position

-- name: editions
-- Every edition that a fact published, and every one that is kept.
SELECT e.digest, e.ref, e.canonical, f.notification_id, f.state
FROM (
    SELECT notification_id, state FROM stored_events
    WHERE originator_id >= 'policy-' AND originator_id < 'policy.'
      AND topic = 'policy-published.v1'
) AS f
FULL JOIN policy_edition e ON e.position = f.notification_id
ORDER BY f.notification_id

-- name: about_how_many
-- As the last analysis of the table found; -1 before the first.
SELECT reltuples::bigint FROM pg_class WHERE oid = 'sealed_text'::regclass
