-- The list of disputes. Its statements are put together from these: the rows, what is asked for,
-- an order.

-- name: rows
SELECT d.position, d.dispute_id, d.seller_id, d.buyer_id, d.order_id, d.reason, d.status,
       d.currency, d.order_minor, d.asked_minor, d.asked_returns, d.offer_minor, d.offer_returns,
       d.refund_minor, d.at_fault, d.why, d.by_default, d.returned, d.opened_at, d.closed_at,
       d.due, d.fresh_until - 1 AS due_at, d.appealable_until, d.reviewer, d.policy,
       d.commission_owed, d.return_paid_by
FROM disputes d WHERE true

-- name: status
AND d.status = %(status)s::text

-- name: seller_id
AND d.seller_id = %(seller_id)s::text

-- name: buyer_id
AND d.buyer_id = %(buyer_id)s::text

-- name: order_id
AND d.order_id = %(order_id)s::text

-- name: reason
AND d.reason = %(reason)s::text

-- name: at_fault
AND d.at_fault = %(at_fault)s::text

-- name: between
AND d.position > %(above)s::bigint AND d.position <= %(up_to)s::bigint

-- name: by_opened
AND d.position > %(after_1)s::bigint ORDER BY d.position LIMIT %(limit)s

-- name: by_opened_down
AND d.position < %(after_1)s::bigint ORDER BY d.position DESC LIMIT %(limit)s
