-- Messages that could not be taken, until they were sent on.

-- name: rejected_after
-- Messages that could not be taken and were not sent on yet, in the order of their numbers.
SELECT number, key, value, headers, problem FROM rejected_message
WHERE number > %(after)s ORDER BY number LIMIT %(limit)s

-- name: forget_rejected
DELETE FROM rejected_message WHERE number <= %(number)s

-- name: shorten_rejected
-- Of a message that its topic does not take, what is largest: the problem says where it stands.
UPDATE rejected_message SET
    value = NULL,
    headers = CASE WHEN value IS NULL THEN '[]' ELSE headers END,
    key = CASE WHEN value IS NULL AND headers::text = '[]' THEN NULL ELSE key END
WHERE number = %(number)s
