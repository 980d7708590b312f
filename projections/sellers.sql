-- name: create
CREATE TABLE sellers (
    seller_id text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL,
    recorded_at bigint NOT NULL,
    next_change_at bigint,
    -- From when on time alone makes this row another.
    fresh_until bigint,
    points integer NOT NULL,
    strikes integer NOT NULL,
    status text NOT NULL CHECK (status IN ('active', 'restricted', 'suspended')),
    can_sell boolean NOT NULL,
    can_promote boolean NOT NULL,
    can_withdraw boolean NOT NULL,
    buckets jsonb NOT NULL,
    -- Families of its current violations, and when the last of each lapses.
    families text[] NOT NULL,
    family_lapses jsonb NOT NULL,
    sanctions text[] NOT NULL,
    freezes text[] NOT NULL,
    -- Rounds of appeals that wait for a decision; one without evidence waits until it lapses.
    appeals_open integer NOT NULL
) WITH (fillfactor = 85);

-- By points, whatever the status: read from three branches, one for each.
CREATE INDEX sellers_points_idx ON sellers (status, points, seller_id);
-- Those without strikes, most of all, stand in the order of their ids.
CREATE INDEX sellers_strikes_idx ON sellers (strikes, seller_id) WHERE strikes > 0;
CREATE INDEX sellers_position_idx ON sellers (position);
CREATE INDEX sellers_next_change_idx ON sellers (next_change_at, seller_id);
CREATE INDEX sellers_fresh_idx ON sellers (fresh_until) WHERE fresh_until IS NOT NULL;
CREATE INDEX sellers_frozen_idx ON sellers (points, seller_id) WHERE NOT can_withdraw;
-- Few at a time: in the order of points, and in that of their ids.
CREATE INDEX sellers_appealing_points_idx ON sellers (points, seller_id) WHERE appeals_open > 0;
CREATE INDEX sellers_appealing_idx ON sellers (seller_id) WHERE appeals_open > 0;
CREATE INDEX sellers_families_idx ON sellers USING gin (families) WITH (fastupdate = off);
CREATE INDEX sellers_sanctions_idx ON sellers USING gin (sanctions) WITH (fastupdate = off);
CREATE INDEX sellers_freezes_idx ON sellers USING gin (freezes) WITH (fastupdate = off)

-- name: rows
SELECT seller_id, position, family_lapses, buckets FROM sellers WHERE seller_id = ANY(%b::text[])

-- name: remove
DELETE FROM sellers WHERE seller_id = ANY(%b::text[])

-- name: add
COPY sellers (
    seller_id, position, recorded_at, next_change_at, fresh_until, points, strikes, status,
    can_sell, can_promote, can_withdraw, buckets, families, family_lapses, sanctions, freezes,
    appeals_open
) FROM STDIN

-- name: stale
SELECT seller_id FROM sellers WHERE fresh_until <= %(now)s AND seller_id <> ALL(%(aside)s::text[])
ORDER BY fresh_until LIMIT %(limit)s

-- name: next_stale
SELECT min(fresh_until) FROM sellers
WHERE fresh_until IS NOT NULL AND seller_id <> ALL(%(aside)s::text[])

-- name: facts_of_sellers
SELECT f.originator_id, f.originator_version, f.topic, f.state, f.notification_id
FROM unnest(%b::text[], %b::int8[]) AS w (stream, up_to)
JOIN stored_events f ON f.originator_id = w.stream AND f.notification_id <= w.up_to
ORDER BY f.originator_id, f.originator_version
