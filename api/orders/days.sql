-- DuckDB, in a folder of its own: the files as tables, and their days. No statement here ever
-- meets the ledger's database.

-- name: begin
CREATE TABLE orders (line BIGINT, order_id VARCHAR, purchased TIMESTAMP, left_out BOOLEAN,
    incomplete BOOLEAN, unsent BOOLEAN, carrier VARCHAR, delivered TIMESTAMP, promised TIMESTAMP);
CREATE TABLE items (line BIGINT, order_id VARCHAR, item VARCHAR, product VARCHAR, seller VARCHAR,
    product_id VARCHAR, quantity BIGINT, free BOOLEAN);
CREATE TABLE reviews (line BIGINT, review VARCHAR, order_id VARCHAR, score BIGINT,
    created TIMESTAMP, description BIGINT, communication BIGINT, shipping_speed BIGINT);
CREATE TABLE products (line BIGINT, product VARCHAR, category VARCHAR)

-- name: into_orders
INSERT INTO orders SELECT * FROM told

-- name: into_items
INSERT INTO items SELECT * FROM told

-- name: into_reviews
INSERT INTO reviews SELECT * FROM told

-- name: into_products
INSERT INTO products SELECT * FROM told

-- name: orders_told_twice
SELECT max(line), order_id, min(line) FROM orders GROUP BY order_id HAVING count(*) > 1
ORDER BY 1 LIMIT 20

-- name: items_told_twice
SELECT max(line), order_id || ', ' || item, min(line) FROM items GROUP BY order_id, item
HAVING count(*) > 1 ORDER BY 1 LIMIT 20

-- name: reviews_told_twice
SELECT max(line), order_id || ', ' || review, min(line) FROM reviews GROUP BY order_id, review
HAVING count(*) > 1 ORDER BY 1 LIMIT 20

-- name: products_told_twice
SELECT max(line), product, min(line) FROM products GROUP BY product HAVING count(*) > 1
ORDER BY 1 LIMIT 20

-- name: items_of_no_order
SELECT line, order_id FROM items ANTI JOIN orders USING (order_id) ORDER BY line LIMIT 20

-- name: reviews_of_no_order
SELECT line, order_id FROM reviews ANTI JOIN orders USING (order_id) ORDER BY line LIMIT 20

-- name: products_of_several
SELECT min(line), product_id, count(DISTINCT seller) FROM items GROUP BY product_id
HAVING count(DISTINCT seller) > 1 ORDER BY 1 LIMIT 20

-- name: gather
-- An order counts once for each of its sellers, and a review once for each of its products.
CREATE TABLE sold AS
SELECT DISTINCT i.seller, o.* FROM items i JOIN orders o USING (order_id) WHERE NOT o.left_out;
CREATE TABLE reviewed AS
SELECT DISTINCT i.seller, i.product_id, r.* FROM items i JOIN reviews r USING (order_id)
    JOIN orders o USING (order_id) WHERE NOT o.left_out

-- name: sellers_days
-- What is on its way on the last day of the files, and still may come in time, is in no count
-- of what was shipped.
CREATE TABLE sellers_days AS
WITH last_day AS (SELECT max(purchased)::DATE AS day FROM orders),
ordered AS (
    SELECT seller, purchased::DATE AS day, count(*) AS orders,
           count_if(incomplete) AS incomplete, count_if(unsent) AS unsent
    FROM sold GROUP BY ALL
), brought AS (
    SELECT seller, purchased::DATE AS day, carrier, count(*) AS shipped,
           count_if(coalesce(CASE WHEN $by_day THEN delivered::DATE <= promised::DATE
                                  ELSE delivered <= promised END, false)) AS on_time
    FROM sold, last_day
    WHERE carrier IS NOT NULL AND promised IS NOT NULL
      AND (delivered IS NOT NULL OR promised::DATE < last_day.day)
    GROUP BY ALL
), carriers AS (
    SELECT seller, day, list(carrier ORDER BY carrier) AS names,
           list(shipped ORDER BY carrier) AS shipped, list(on_time ORDER BY carrier) AS on_time
    FROM brought GROUP BY ALL
), rated AS (
    SELECT seller, created::DATE AS day, count(*) AS reviews,
           count_if(score >= $positive_from) AS positive_reviews,
           sum(description)::BIGINT AS d, count(description) AS d_count,
           sum(communication)::BIGINT AS c, count(communication) AS c_count,
           sum(shipping_speed)::BIGINT AS s, count(shipping_speed) AS s_count
    FROM (SELECT DISTINCT seller, review, order_id, created, score, description, communication,
                 shipping_speed FROM reviewed)
    GROUP BY ALL
)
SELECT day::VARCHAR AS day, seller,
       coalesce(orders, 0), coalesce(incomplete, 0), coalesce(unsent, 0),
       coalesce(reviews, 0), coalesce(positive_reviews, 0),
       coalesce(d, 0), coalesce(d_count, 0), coalesce(c, 0), coalesce(c_count, 0),
       coalesce(s, 0), coalesce(s_count, 0), names, shipped, on_time
FROM ordered FULL JOIN rated USING (seller, day) LEFT JOIN carriers USING (seller, day)

-- name: products_days
CREATE TABLE products_days AS
WITH made AS (
    SELECT product_id, seller, purchased::DATE AS day, sum(quantity)::BIGINT AS sales,
           bool_and(free) AS free
    FROM items JOIN orders USING (order_id) WHERE NOT left_out AND NOT incomplete
    GROUP BY ALL
), rated AS (
    SELECT product_id, seller, created::DATE AS day, count(*) AS reviews,
           sum(score)::BIGINT AS rating_sum
    FROM reviewed GROUP BY ALL
), kinds AS (
    SELECT DISTINCT i.product_id, p.category FROM items i JOIN products p USING (product)
)
SELECT day::VARCHAR AS day, product_id, seller,
       coalesce(sales, 0), coalesce(reviews, 0), coalesce(rating_sum, 0), category, free
FROM made FULL JOIN rated USING (product_id, seller, day) LEFT JOIN kinds USING (product_id)

-- name: counts
SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM items),
       (SELECT count(*) FROM reviews),
       (SELECT count(*) FROM orders o WHERE NOT o.left_out
           AND NOT EXISTS (SELECT 1 FROM items i WHERE i.order_id = o.order_id)),
       (SELECT count(*) FROM sellers_days), (SELECT count(*) FROM products_days)

-- name: sellers_days_in_order
SELECT * FROM sellers_days ORDER BY day, seller

-- name: products_days_in_order
SELECT * FROM products_days ORDER BY day, product_id
