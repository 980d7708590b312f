-- The list of sellers. Its statements are put together from these: a key, the rows, what is asked
-- for, an order.

-- name: points_there
-- Statuses with points, as wanted, that any seller has: from one to the next by their index.
WITH RECURSIVE found (status, points) AS (
    SELECT w.status, first.points FROM unnest(%(statuses)s::text[]) AS w (status)
    CROSS JOIN LATERAL (
        SELECT f.points FROM sellers f
        WHERE f.status = w.status AND f.points BETWEEN %(least)s::integer AND %(most)s::integer
        ORDER BY f.points LIMIT 1
    ) first
    UNION ALL
    SELECT found.status, next.points FROM found CROSS JOIN LATERAL (
        SELECT n.points FROM sellers n
        WHERE n.status = found.status AND n.points > found.points AND n.points <= %(most)s::integer
        ORDER BY n.points LIMIT 1
    ) next
)
SELECT status, points FROM found LIMIT %(limit)s

-- name: select_by_seller_id
SELECT s.seller_id AS key_1,

-- name: select_by_points
SELECT s.points AS key_1, s.seller_id AS key_2,

-- name: select_by_strikes
SELECT s.strikes AS key_1, s.seller_id AS key_2,

-- name: select_by_changed
SELECT s.position AS key_1,

-- name: select_by_next_change
SELECT s.next_change_at AS key_1, s.seller_id AS key_2,

-- name: rows
    s.seller_id, s.status, s.can_sell, s.can_promote, s.can_withdraw, s.points, s.strikes,
    s.buckets, s.families, s.sanctions, s.freezes, s.next_change_at, s.recorded_at, s.position,
    s.appeals_open
FROM sellers s WHERE true

-- name: of_statuses
AND s.status = ANY(%(statuses)s::text[])

-- name: active
AND s.status = 'active'

-- name: restricted
AND s.status = 'restricted'

-- name: suspended
AND s.status = 'suspended'

-- name: family
AND s.families @> ARRAY[%(family)s::text]

-- name: min_points
AND s.points >= %(min_points)s::integer

-- name: max_points
AND s.points <= %(max_points)s::integer

-- name: min_strikes
AND s.strikes >= %(min_strikes)s::integer

-- name: some_strikes
AND s.strikes > 0

-- name: no_strikes
AND s.strikes = 0

-- name: sanction
AND s.sanctions @> ARRAY[%(sanction)s::text]

-- name: freeze
AND s.freezes @> ARRAY[%(freeze)s::text]

-- name: frozen_for
-- Among those that cannot withdraw, who have an index by points, most are frozen for the one cause;
-- said in this way the planner takes it so.
AND NOT s.can_withdraw AND array_position(s.freezes, %(freeze)s::text) IS NOT NULL

-- name: can_sell
AND s.can_sell

-- name: cannot_sell
AND NOT s.can_sell

-- name: can_promote
AND s.can_promote

-- name: cannot_promote
AND NOT s.can_promote

-- name: can_withdraw
AND s.can_withdraw

-- name: cannot_withdraw
AND NOT s.can_withdraw

-- name: appealing
AND s.appeals_open > 0

-- name: not_appealing
AND s.appeals_open = 0

-- name: q
AND s.seller_id >= %(q)s::text AND s.seller_id < %(prefix_end)s::text

-- name: by_seller_id
AND s.seller_id > %(after_1)s::text ORDER BY s.seller_id LIMIT %(limit)s

-- name: by_seller_id_down
AND s.seller_id < %(after_1)s::text ORDER BY s.seller_id DESC LIMIT %(limit)s

-- name: begin_points
-- Of each status and number of points, sellers in the order of their ids; here they meet.
SELECT s.* FROM unnest(%(with_status)s::text[], %(with_points)s::integer[]) AS p (status, points)
CROSS JOIN LATERAL (

-- name: of_points
AND s.status = p.status AND s.points = p.points

-- name: end_points
) s ORDER BY s.key_1 LIMIT %(limit)s

-- name: end_points_down
) s ORDER BY s.key_1 DESC LIMIT %(limit)s

-- name: by_points
AND (s.points, s.seller_id) > (%(after_1)s::bigint, %(after_2)s::text)
ORDER BY s.points, s.seller_id LIMIT %(limit)s

-- name: by_points_down
AND (s.points, s.seller_id) < (%(after_1)s::bigint, %(after_2)s::text)
ORDER BY s.points DESC, s.seller_id DESC LIMIT %(limit)s

-- name: begin_branches
SELECT * FROM ((

-- name: next_branch
) UNION ALL (

-- name: end_branches
)) ORDER BY key_1, key_2 LIMIT %(limit)s

-- name: end_branches_down
)) ORDER BY key_1 DESC, key_2 DESC LIMIT %(limit)s

-- name: by_strikes
AND (s.strikes, s.seller_id) > (%(after_1)s::bigint, %(after_2)s::text)
ORDER BY s.strikes, s.seller_id LIMIT %(limit)s

-- name: by_strikes_down
AND (s.strikes, s.seller_id) < (%(after_1)s::bigint, %(after_2)s::text)
ORDER BY s.strikes DESC, s.seller_id DESC LIMIT %(limit)s

-- name: without_strikes
AND s.seller_id > %(after_2)s::text ORDER BY s.seller_id LIMIT %(limit)s

-- name: without_strikes_down
AND s.seller_id < %(after_2)s::text ORDER BY s.seller_id DESC LIMIT %(limit)s

-- name: by_changed
AND s.position > %(after_1)s::bigint ORDER BY s.position LIMIT %(limit)s

-- name: by_changed_down
AND s.position < %(after_1)s::bigint ORDER BY s.position DESC LIMIT %(limit)s

-- name: by_next_change
AND (s.next_change_at, s.seller_id) > (%(after_1)s::bigint, %(after_2)s::text)
ORDER BY s.next_change_at, s.seller_id LIMIT %(limit)s

-- name: by_next_change_down
AND (s.next_change_at, s.seller_id) < (%(after_1)s::bigint, %(after_2)s::text)
ORDER BY s.next_change_at DESC, s.seller_id DESC LIMIT %(limit)s

-- name: without_next_change
AND s.next_change_at IS NULL AND s.seller_id > %(after_2)s::text
ORDER BY s.seller_id LIMIT %(limit)s

-- name: without_next_change_down
AND s.next_change_at IS NULL AND s.seller_id < %(after_2)s::text
ORDER BY s.seller_id DESC LIMIT %(limit)s
