-- Messages that could not be taken, until they were sent on.

-- name: rejected_after
-- Messages that could not be taken and were not sent on yet, in the order of their numbers: the
-- first, and those behind it that make no more than so many bytes with those before them.
SELECT number, key, value, headers, problem
FROM (
    SELECT *, sum(coalesce(octet_length(value), 0) + octet_length(headers::text)) OVER (ORDER BY number) AS bytes,
        row_number() OVER (ORDER BY number) AS place
    FROM (
        SELECT number, key, value, headers, problem FROM rejected_message
        WHERE number > %(after)s ORDER BY number LIMIT %(limit)s
    ) AS waiting
) AS measured
WHERE place = 1 OR bytes <= %(bytes)s
ORDER BY number

-- name: forget_rejected
DELETE FROM rejected_message WHERE number <= %(number)s

-- name: shorten_rejected
-- Of a message that its topic does not take, what is largest: the problem says where it stands.
UPDATE rejected_message SET
    value = NULL,
    headers = CASE WHEN value IS NULL THEN '[]' ELSE headers END,
    key = CASE WHEN value IS NULL AND headers::text = '[]' THEN NULL ELSE key END
WHERE number = %(number)s
