-- The lists of campaigns and enrolments. A statement is put together from these: the rows, what is
-- asked for, the order.

-- name: campaigns
SELECT c.position, c.campaign_id, c.name, c.registration_opens, c.registration_closes, c.starts_at,
       c.ends_at, c.changes_until, c.requirements, c.announced_by, c.announced_at, c.policy
FROM campaigns c WHERE true

-- name: ends_after
AND c.ends_at > %(ends_after)s::bigint

-- name: campaigns_in_order
AND c.position > %(after_1)s::bigint ORDER BY c.position LIMIT %(limit)s

-- name: enrolments
SELECT e.position, e.campaign_id, e.product_id, e.seller_id, e.status, e.currency, e.price_minor,
       e.discounted_minor, e.stock, e.category, e.registered_at, e.reviewer, e.changes_until,
       e.starts_at, e.ends_at, e.withdrawn_why, e.withdrawn_by, e.withdrawn_at, e.withdrawn_points
FROM enrolments e WHERE true

-- name: campaign_id
AND e.campaign_id = %(campaign_id)s::text

-- name: seller_id
AND e.seller_id = %(seller_id)s::text

-- name: status
AND e.status = %(status)s::text

-- name: enrolments_in_order
AND e.position > %(after_1)s::bigint ORDER BY e.position LIMIT %(limit)s
