-- name: up_to
-- The counts of sellers up to some days, as they were known at an instant; none where none were.
SELECT w.seller_id, w.day, s.carriers,
       s.orders, s.incomplete, s.unsent, s.reviews, s.positive_reviews,
       s.description_sum, s.description_count, s.communication_sum, s.communication_count,
       s.shipping_speed_sum, s.shipping_speed_count, s.messages_due, s.replied_24h, s.replied_72h,
       s.not_received, s.not_as_described
FROM (
    SELECT * FROM unnest(%b::text[]) AS i (seller_id) CROSS JOIN unnest(%b::int4[]) AS j (day)
) AS w
CROSS JOIN LATERAL (
    SELECT * FROM service_days d
    WHERE d.seller_id = w.seller_id AND d.day <= w.day
      AND d.known_from <= %b::int8 AND d.known_until > %b::int8
    ORDER BY d.day DESC LIMIT 1
) AS s

-- name: outcomes
-- The disputes of a reason that counted in a window, as they were known at an instant.
SELECT o.day, o.dispute_id, o.version, o.position, o.known_from
FROM service_outcomes o
WHERE o.seller_id = %(seller_id)s AND o.reason = %(reason)s AND o.against
  AND o.day >= %(first)s AND o.day <= %(last)s
  AND o.known_from <= %(known_at)s AND o.known_until > %(known_at)s
  AND (o.day, o.dispute_id) > (%(after_1)s::int4, %(after_2)s::text)
ORDER BY o.day, o.dispute_id LIMIT %(limit)s

-- name: reports
-- The newest report of each day of a window, by what the log held at a position.
SELECT DISTINCT ON (originator_id)
       originator_id, originator_version, topic, state, notification_id
FROM stored_events
WHERE originator_id > %(after)s AND originator_id <= %(last)s AND notification_id <= %(position)s
ORDER BY originator_id, originator_version DESC LIMIT %(limit)s

-- name: recorded
SELECT state FROM stored_events WHERE notification_id = %(position)s

-- name: position
SELECT position FROM projection WHERE name = 'service-days'
