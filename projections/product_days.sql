-- name: create
CREATE TABLE product_days (
    known_from bigint NOT NULL,
    known_until bigint NOT NULL,
    -- What is said of the product itself holds from that day on, until something else is said.
    listed_at bigint,
    sales bigint NOT NULL,
    reviews bigint NOT NULL,
    rating_sum bigint NOT NULL,
    -- Counted from 1 January 1970 = 0.
    day integer NOT NULL,
    -- Of the fact in the day's stream.
    version integer NOT NULL,
    free_delivery boolean,
    product_id text COLLATE "C" NOT NULL,
    seller_id text COLLATE "C" NOT NULL,
    category text,
    -- Windows are summed from the index alone.
    PRIMARY KEY (product_id, day, known_from) INCLUDE (
        known_until, sales, reviews, rating_sum, version
    )
)

-- name: facts_before
-- The reports of days below a version of each.
SELECT f.originator_id, f.originator_version, f.topic, f.state, f.notification_id
FROM unnest(%b::text[], %b::int8[]) AS w (stream, below)
JOIN stored_events f ON f.originator_id = w.stream AND f.originator_version < w.below
ORDER BY f.originator_id, f.originator_version

-- name: remove
DELETE FROM product_days d USING unnest(%b::text[], %b::int4[]) AS w (product_id, day)
WHERE d.product_id = w.product_id AND d.day = w.day

-- name: add
COPY product_days (
    known_from, known_until, listed_at, sales, reviews, rating_sum, day, version, free_delivery,
    product_id, seller_id, category
) FROM STDIN
