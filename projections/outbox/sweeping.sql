-- Going through all sellers of the log.

-- name: sellers_after
-- Sellers whose first fact stands up to a position, in order of their ids.
SELECT substr(originator_id, 8) FROM stored_events
WHERE originator_id > %(after)s AND originator_id < 'seller.' AND originator_version = 1
  AND notification_id <= %(position)s
ORDER BY originator_id LIMIT %(limit)s

-- name: any_seller_up_to
SELECT EXISTS (
    SELECT FROM stored_events
    WHERE notification_id <= %(position)s AND originator_id > 'seller-' AND originator_id < 'seller.'
)
