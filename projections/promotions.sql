-- name: create
CREATE TABLE campaigns (
    -- Of the fact that announced it.
    position bigint PRIMARY KEY,
    announced_at bigint NOT NULL,
    registration_opens bigint NOT NULL,
    registration_closes bigint NOT NULL,
    changes_until bigint NOT NULL,
    starts_at bigint NOT NULL,
    ends_at bigint NOT NULL,
    campaign_id text COLLATE "C" NOT NULL UNIQUE,
    name text NOT NULL,
    announced_by text COLLATE "C" NOT NULL,
    policy text NOT NULL,
    -- As the fact says them.
    requirements text NOT NULL
);

CREATE INDEX campaigns_ends_idx ON campaigns (ends_at);

CREATE TABLE enrolments (
    -- Of the fact that registered it.
    position bigint PRIMARY KEY,
    registered_at bigint NOT NULL,
    -- Its newest fact: where it stands, and when it was recorded.
    last_position bigint NOT NULL,
    recorded_at bigint NOT NULL,
    starts_at bigint NOT NULL,
    ends_at bigint NOT NULL,
    changes_until bigint NOT NULL,
    price_minor bigint NOT NULL,
    discounted_minor bigint NOT NULL,
    stock bigint NOT NULL,
    -- How many decimals the currency has.
    decimals smallint NOT NULL,
    currency text NOT NULL,
    campaign_id text COLLATE "C" NOT NULL,
    product_id text COLLATE "C" NOT NULL,
    seller_id text COLLATE "C" NOT NULL,
    status text NOT NULL CHECK (status IN ('under-review', 'approved', 'rejected', 'withdrawn')),
    -- Who ended the review; nobody where it was not ended.
    reviewer text COLLATE "C",
    category text,
    withdrawn_why text,
    -- The fact of the sanction or the violation behind it.
    withdrawn_by text COLLATE "C",
    withdrawn_at bigint,
    withdrawn_points bigint,
    UNIQUE (campaign_id, product_id)
);

CREATE INDEX enrolments_campaign_idx ON enrolments (campaign_id, position);
CREATE INDEX enrolments_status_idx ON enrolments (campaign_id, status, position);
CREATE INDEX enrolments_seller_idx ON enrolments (seller_id, position);
CREATE INDEX enrolments_seller_status_idx ON enrolments (seller_id, status, position)

-- name: facts_before
-- The facts of enrolments below a version of each.
SELECT f.originator_id, f.originator_version, f.topic, f.state, f.notification_id
FROM unnest(%b::text[], %b::int8[]) AS w (stream, below)
JOIN stored_events f ON f.originator_id = w.stream AND f.originator_version < w.below
ORDER BY f.originator_id, f.originator_version

-- name: remove
DELETE FROM enrolments WHERE position = ANY(%b::int8[])

-- name: add_campaigns
COPY campaigns (
    position, announced_at, registration_opens, registration_closes, changes_until, starts_at,
    ends_at, campaign_id, name, announced_by, policy, requirements
) FROM STDIN

-- name: add
COPY enrolments (
    position, registered_at, last_position, recorded_at, starts_at, ends_at, changes_until,
    price_minor, discounted_minor, stock, decimals, currency, campaign_id, product_id, seller_id,
    status, reviewer, category, withdrawn_why, withdrawn_by, withdrawn_at, withdrawn_points
) FROM STDIN
