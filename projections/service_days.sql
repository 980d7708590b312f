-- name: create
-- A seller's counts up to a date, as they were known from one instant to another: what a window of
-- dates came to is a difference of two rows. Without a row the last date before it holds.
CREATE TABLE service_days (
    known_from bigint NOT NULL,
    known_until bigint NOT NULL,
    orders bigint NOT NULL,
    incomplete bigint NOT NULL,
    unsent bigint NOT NULL,
    reviews bigint NOT NULL,
    positive_reviews bigint NOT NULL,
    description_sum bigint NOT NULL,
    description_count bigint NOT NULL,
    communication_sum bigint NOT NULL,
    communication_count bigint NOT NULL,
    shipping_speed_sum bigint NOT NULL,
    shipping_speed_count bigint NOT NULL,
    messages_due bigint NOT NULL,
    replied_24h bigint NOT NULL,
    replied_72h bigint NOT NULL,
    -- Disputes that went against the seller.
    not_received bigint NOT NULL,
    not_as_described bigint NOT NULL,
    day integer NOT NULL,
    seller_id text COLLATE "C" NOT NULL,
    -- By name, what each carrier took and how much of that arrived on time.
    carriers jsonb,
    PRIMARY KEY (seller_id, day, known_from)
);

-- How each dispute that counts ended, likewise as known over time.
CREATE TABLE service_outcomes (
    position bigint NOT NULL,
    known_from bigint NOT NULL,
    known_until bigint NOT NULL,
    day integer NOT NULL,
    version integer NOT NULL,
    against boolean NOT NULL,
    seller_id text COLLATE "C" NOT NULL,
    dispute_id text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (seller_id, dispute_id, known_from)
);

CREATE INDEX service_outcomes_window_idx ON service_outcomes (seller_id, reason, day, dispute_id)

-- name: from_day
-- Of each seller the rows from a date on and the last known before it, as known since an instant.
SELECT d.seller_id, d.day, d.known_from, d.known_until, d.carriers,
       d.orders, d.incomplete, d.unsent, d.reviews, d.positive_reviews,
       d.description_sum, d.description_count, d.communication_sum, d.communication_count,
       d.shipping_speed_sum, d.shipping_speed_count, d.messages_due, d.replied_24h, d.replied_72h,
       d.not_received, d.not_as_described
FROM unnest(%b::text[], %b::int4[], %b::int8[]) AS w (seller_id, first_day, since)
CROSS JOIN LATERAL (
    SELECT coalesce(max(s.day), w.first_day) AS day FROM service_days s
    WHERE s.seller_id = w.seller_id AND s.day < w.first_day AND s.known_from <= w.since
) AS before
JOIN service_days d ON d.seller_id = w.seller_id AND d.day >= before.day AND d.known_until > w.since

-- name: outcomes_known
-- How these disputes ended, by all that is known.
SELECT o.seller_id, o.dispute_id, o.position, o.known_from, o.day, o.version, o.against, o.reason
FROM unnest(%b::text[], %b::text[]) AS w (seller_id, dispute_id)
JOIN service_outcomes o USING (seller_id, dispute_id)
WHERE o.known_until = 9223372036854775807

-- name: remove
DELETE FROM service_days d
USING unnest(%b::text[], %b::int4[], %b::int8[]) AS w (seller_id, day, known_from)
WHERE d.seller_id = w.seller_id AND d.day = w.day AND d.known_from = w.known_from

-- name: remove_outcomes
DELETE FROM service_outcomes o
USING unnest(%b::text[], %b::text[], %b::int8[]) AS w (seller_id, dispute_id, known_from)
WHERE o.seller_id = w.seller_id AND o.dispute_id = w.dispute_id AND o.known_from = w.known_from

-- name: add
COPY service_days (
    seller_id, day, known_from, known_until, carriers,
    orders, incomplete, unsent, reviews, positive_reviews,
    description_sum, description_count, communication_sum, communication_count,
    shipping_speed_sum, shipping_speed_count, messages_due, replied_24h, replied_72h,
    not_received, not_as_described
) FROM STDIN

-- name: add_outcomes
COPY service_outcomes (
    seller_id, dispute_id, position, known_from, known_until, day, version, against, reason
) FROM STDIN
