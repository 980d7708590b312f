-- name: product_days
-- A report for every day of every product; one in ten misses something.
INSERT INTO product_days
SELECT 1, 9223372036854775807, 1577836800000000, 1 + n %% 3, CASE WHEN n %% 10 = 3 THEN 0 ELSE 1 END,
       CASE WHEN n %% 10 = 3 THEN 0 ELSE 5 END, %(last)s::int - day, 1, true, 'p-' || n,
       's-' || n %% 500, 'toys'
FROM generate_series(1, %(products)s::bigint) AS n, generate_series(0, %(days)s - 1) AS day

-- name: service_days
INSERT INTO service_days (
    known_from, known_until, orders, incomplete, unsent, reviews, positive_reviews,
    description_sum, description_count, communication_sum, communication_count,
    shipping_speed_sum, shipping_speed_count, messages_due, replied_24h, replied_72h,
    not_received, not_as_described, day, seller_id
)
SELECT 1, 9223372036854775807, 0, 0, 0, 10 * day, 9 * day + CASE WHEN n %% 9 > 0 THEN day ELSE 0 END,
       0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, %(last)s::int - 180 + day, 's-' || n
FROM generate_series(0, 499) AS n, generate_series(1, 180) AS day

-- name: settled
VACUUM ANALYZE product_days, service_days
