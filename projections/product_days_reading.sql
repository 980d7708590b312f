-- name: products
-- Products by a date, as known at an instant: counts of two windows that end with it, and what was
-- last said of each with the day that said it.
SELECT w.product_id, o.seller_id, c.reviews, c.rating_sum, c.sales,
       l.listed_at, l.day, l.version, k.category, k.day, k.version,
       f.free_delivery, f.day, f.version
FROM unnest(%(product_ids)s::text[]) AS w (product_id)
LEFT JOIN LATERAL (
    SELECT d.seller_id FROM product_days d
    WHERE d.product_id = w.product_id AND d.known_from <= %(known_at)s
    ORDER BY d.day DESC LIMIT 1
) AS o ON true
CROSS JOIN LATERAL (
    SELECT coalesce(sum(d.reviews) FILTER (WHERE d.day >= %(history_first)s), 0)::int8 AS reviews,
           coalesce(sum(d.rating_sum) FILTER (WHERE d.day >= %(history_first)s), 0)::int8
               AS rating_sum,
           coalesce(sum(d.sales) FILTER (WHERE d.day >= %(sales_first)s), 0)::int8 AS sales
    FROM product_days d
    WHERE d.product_id = w.product_id
      AND d.day >= least(%(history_first)s, %(sales_first)s) AND d.day <= %(last)s
      AND d.known_from <= %(known_at)s AND d.known_until > %(known_at)s
) AS c
LEFT JOIN LATERAL (
    SELECT d.listed_at, d.day, d.version FROM product_days d
    WHERE d.product_id = w.product_id AND d.day <= %(last)s AND d.listed_at IS NOT NULL
      AND d.known_from <= %(known_at)s AND d.known_until > %(known_at)s
    ORDER BY d.day DESC LIMIT 1
) AS l ON true
LEFT JOIN LATERAL (
    SELECT d.category, d.day, d.version FROM product_days d
    WHERE d.product_id = w.product_id AND d.day <= %(last)s AND d.category IS NOT NULL
      AND d.known_from <= %(known_at)s AND d.known_until > %(known_at)s
    ORDER BY d.day DESC LIMIT 1
) AS k ON true
LEFT JOIN LATERAL (
    SELECT d.free_delivery, d.day, d.version FROM product_days d
    WHERE d.product_id = w.product_id AND d.day <= %(last)s AND d.free_delivery IS NOT NULL
      AND d.known_from <= %(known_at)s AND d.known_until > %(known_at)s
    ORDER BY d.day DESC LIMIT 1
) AS f ON true

-- name: behind
-- The newest days of a product with reviews, or sales, in these windows, as known at an instant.
SELECT d.day, d.version, d.reviews > 0 AND d.day >= %(history_first)s AS reviewed,
       d.sales > 0 AND d.day >= %(sales_first)s AS sold
FROM product_days d
WHERE d.product_id = %(product_id)s::text
  AND d.day >= least(%(history_first)s, %(sales_first)s) AND d.day <= %(last)s
  AND d.known_from <= %(known_at)s AND d.known_until > %(known_at)s
ORDER BY d.day DESC
