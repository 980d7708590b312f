-- What publishing asks of the log, beside its facts.

-- name: log_id
SELECT log_id FROM tree_edge

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

-- name: rejected_after
-- Messages that could not be taken and were not sent on yet, in the order of their numbers.
SELECT number, key, value, headers, problem FROM rejected_message
WHERE number > %(after)s ORDER BY number LIMIT %(limit)s

-- name: forget_rejected
DELETE FROM rejected_message WHERE number <= %(number)s
