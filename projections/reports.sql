-- name: create
CREATE TABLE reports (
    -- Of the fact that filed it.
    position bigint PRIMARY KEY,
    filed_at bigint NOT NULL,
    -- Its newest fact: where it stands.
    last_position bigint NOT NULL,
    -- From when on time alone makes this row another: documents stayed out.
    fresh_until bigint,
    -- The last instant for what is waited for, where anything is.
    due_at bigint,
    reviewed_at bigint,
    closed_at bigint,
    -- Whether its violation was taken back since, by an appeal or a person.
    taken_back boolean NOT NULL,
    documents_given boolean NOT NULL,
    report_id text COLLATE "C" NOT NULL UNIQUE,
    about text NOT NULL,
    seller_id text COLLATE "C" NOT NULL,
    listing_id text COLLATE "C",
    buyer_id text COLLATE "C",
    reported_by text COLLATE "C" NOT NULL,
    reporter text NOT NULL,
    suspected text COLLATE "C",
    status text NOT NULL,
    due text,
    reviewer text COLLATE "C",
    violation_id text COLLATE "C",
    policy text NOT NULL
);

CREATE INDEX reports_status_idx ON reports (status, position);
CREATE INDEX reports_seller_idx ON reports (seller_id, position);
CREATE INDEX reports_about_idx ON reports (about, position);
CREATE INDEX reports_reporter_idx ON reports (reporter, position);
CREATE INDEX reports_suspected_idx ON reports (suspected, position);
CREATE INDEX reports_reported_by_idx ON reports (reported_by, position);
CREATE INDEX reports_violation_idx ON reports (seller_id, violation_id)
    WHERE violation_id IS NOT NULL;
CREATE INDEX reports_fresh_idx ON reports (fresh_until) WHERE fresh_until IS NOT NULL;

-- What a report waits for from its seller, with the last instant that is in time.
CREATE TABLE report_deadlines (
    position bigint PRIMARY KEY,
    what text NOT NULL,
    until_at bigint NOT NULL,
    seller_id text COLLATE "C" NOT NULL,
    report_id text COLLATE "C" NOT NULL
);

CREATE INDEX report_deadlines_due_idx ON report_deadlines (what, until_at, position);
CREATE INDEX report_deadlines_seller_idx ON report_deadlines (seller_id, until_at);

-- Who reported, how often, and what came of it.
CREATE TABLE reporters (
    reporter_id text COLLATE "C" PRIMARY KEY,
    last_filed_at bigint NOT NULL,
    reports integer NOT NULL,
    waiting integer NOT NULL,
    violations integer NOT NULL,
    taken_back integer NOT NULL,
    dismissed integer NOT NULL,
    upheld integer NOT NULL,
    -- Dismissed, or found and taken back since.
    unfounded integer GENERATED ALWAYS AS (dismissed + taken_back) STORED,
    -- In millionths of what was decided, rounded down; -1 where nothing was.
    unfounded_ppm integer GENERATED ALWAYS AS (
        CASE WHEN reports = waiting THEN -1
             ELSE (dismissed + taken_back)::bigint * 1000000 / (reports - waiting) END
    ) STORED
);

CREATE INDEX reporters_reports_idx ON reporters (reports, reporter_id);
CREATE INDEX reporters_unfounded_idx ON reporters (unfounded, reporter_id);
CREATE INDEX reporters_share_idx ON reporters (unfounded_ppm, reporter_id)

-- name: facts_before
-- The facts of reports below a version of each.
SELECT f.originator_id, f.originator_version, f.topic, f.state, f.notification_id
FROM unnest(%b::text[], %b::int8[]) AS w (stream, below)
JOIN stored_events f ON f.originator_id = w.stream AND f.originator_version < w.below
ORDER BY f.originator_id, f.originator_version

-- name: facts_known
-- The facts of reports, each up to the one that its row was last written for.
SELECT f.originator_id, f.originator_version, f.topic, f.state, f.notification_id
FROM unnest(%b::text[], %b::text[]) AS w (report_id, stream)
JOIN reports r USING (report_id)
JOIN stored_events f ON f.originator_id = w.stream AND f.notification_id <= r.last_position
ORDER BY f.originator_id, f.originator_version

-- name: taken_back
-- What sellers' violations were taken back up to a position. Rows may be written after that was
-- told: a stream that was parked comes late.
SELECT f.originator_id, f.originator_version, f.topic, f.state, f.notification_id
FROM unnest(%b::text[]) AS w (stream)
JOIN stored_events f ON f.originator_id = w.stream AND f.notification_id <= %b::int8
WHERE f.topic IN ('violation-annulled.v1', 'violation-cancelled.v1')

-- name: with_violations
-- The reports from which some violations came.
SELECT r.report_id FROM unnest(%b::text[], %b::text[]) AS w (seller_id, violation_id)
JOIN reports r ON r.seller_id = w.seller_id AND r.violation_id = w.violation_id

-- name: tally
-- What some reports come to, for each who made any of them.
SELECT reported_by, max(filed_at), count(*)::int,
       (count(*) FILTER (WHERE closed_at IS NULL))::int,
       (count(*) FILTER (WHERE status = 'violation' AND NOT taken_back))::int,
       (count(*) FILTER (WHERE taken_back))::int,
       (count(*) FILTER (WHERE status = 'dismissed'))::int,
       (count(*) FILTER (WHERE status = 'upheld'))::int
FROM reports WHERE report_id = ANY(%b::text[]) GROUP BY reported_by

-- name: remove
DELETE FROM reports WHERE report_id = ANY(%b::text[])

-- name: remove_deadlines
DELETE FROM report_deadlines WHERE position = ANY(%b::int8[])

-- name: add
COPY reports (
    position, filed_at, last_position, fresh_until, due_at, reviewed_at, closed_at, taken_back,
    documents_given, report_id, about, seller_id, listing_id, buyer_id, reported_by, reporter,
    suspected, status, due, reviewer, violation_id, policy
) FROM STDIN

-- name: add_deadlines
COPY report_deadlines (position, what, until_at, seller_id, report_id) FROM STDIN

-- name: take_back
UPDATE reports SET taken_back = true WHERE report_id = ANY(%b::text[])

-- name: add_to_reporters
-- By how much their numbers changed. Never counted anew: who reports often costs no more than others.
INSERT INTO reporters AS known (
    reporter_id, last_filed_at, reports, waiting, violations, taken_back, dismissed, upheld
)
SELECT * FROM unnest(
    %b::text[], %b::int8[], %b::int4[], %b::int4[], %b::int4[], %b::int4[], %b::int4[], %b::int4[]
)
ON CONFLICT (reporter_id) DO UPDATE SET
    last_filed_at = greatest(known.last_filed_at, excluded.last_filed_at),
    reports = known.reports + excluded.reports,
    waiting = known.waiting + excluded.waiting,
    violations = known.violations + excluded.violations,
    taken_back = known.taken_back + excluded.taken_back,
    dismissed = known.dismissed + excluded.dismissed,
    upheld = known.upheld + excluded.upheld

-- name: stale
SELECT report_id FROM reports
WHERE fresh_until <= %(now)s AND report_id <> ALL(%(aside)s::text[])
ORDER BY fresh_until LIMIT %(limit)s

-- name: next_stale
SELECT min(fresh_until) FROM reports
WHERE fresh_until IS NOT NULL AND report_id <> ALL(%(aside)s::text[])
