-- The schema `reporting`: views with stable names and columns, for tools that read a database
-- (Metabase, Superset, dbt). Nothing of the ledger's own reads them. docs/views.md explains them.

-- name: as_it_should_be
-- Whether every view is there, made by these very statements.
SELECT count(*) FILTER (WHERE c.relkind = 'v') = %(views)s
       AND bool_and(obj_description(n.oid, 'pg_namespace') = %(mark)s)
FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = ANY(%(names)s)
WHERE n.nspname = 'reporting'

-- name: schema
CREATE SCHEMA IF NOT EXISTS reporting

-- name: mark
COMMENT ON SCHEMA reporting IS {mark}

-- name: drop
DROP VIEW IF EXISTS {view} CASCADE

-- name: sellers
CREATE OR REPLACE VIEW reporting.sellers AS
SELECT seller_id, status, can_sell, can_promote, can_withdraw, points, strikes, buckets, families,
       sanctions, freezes,
       timestamptz 'epoch' + next_change_at * interval '1 microsecond' AS next_change_at,
       timestamptz 'epoch' + recorded_at * interval '1 microsecond' AS changed_at, position
FROM sellers

-- name: violations
CREATE OR REPLACE VIEW reporting.violations AS
SELECT v.violation_id, v.seller_id, k.rule, k.family, k.severity, k.bucket,
       CASE WHEN v.cancelled_at IS NULL AND k.unit = 'points' THEN v.weight ELSE 0 END AS points,
       CASE WHEN v.cancelled_at IS NULL AND k.unit = 'strikes' THEN v.weight ELSE 0 END AS strikes,
       CASE WHEN k.unit = 'points' THEN v.weight ELSE 0 END AS points_original,
       CASE WHEN v.cancelled_at IS NOT NULL THEN 'cancelled'
            WHEN v.lapses_at <= present.at THEN 'expired' ELSE 'current' END AS status,
       timestamptz 'epoch' + v.effective_at * interval '1 microsecond' AS effective_at,
       timestamptz 'epoch' + v.recorded_at * interval '1 microsecond' AS recorded_at,
       timestamptz 'epoch' + v.lapses_at * interval '1 microsecond' AS lapses_at,
       timestamptz 'epoch' + v.cancelled_at * interval '1 microsecond' AS cancelled_at,
       CASE WHEN v.cancelled_at IS NOT NULL THEN NULL
            WHEN v.appeal_until IS NOT NULL
            THEN timestamptz 'epoch' + nullif(v.appeal_until, 0) * interval '1 microsecond'
            WHEN k.appeal_days > 0
            THEN timestamptz 'epoch' + (v.recorded_at + k.appeal_days * 86400000000)
                 * interval '1 microsecond' END AS appealable_until,
       k.policy, k.source, v.listing_id, v.reported_by, v.position
FROM violations v JOIN violation_kinds k USING (kind) CROSS JOIN (
    SELECT CASE clock WHEN 'test' THEN greatest(clock_at, last_recorded_at)
           ELSE (extract(epoch FROM now()) * 1000000)::bigint END AS at
    FROM log_head
) present

-- name: sanctions
CREATE OR REPLACE VIEW reporting.sanctions AS
SELECT sanction_id, seller_id, sanction AS kind, milestone, bucket,
       timestamptz 'epoch' + starts_at * interval '1 microsecond' AS starts_at,
       timestamptz 'epoch' + until_at * interval '1 microsecond' AS until,
       timestamptz 'epoch' + ends_at * interval '1 microsecond' AS scheduled_until,
       cut, error_us * interval '1 microsecond' AS in_error,
       timestamptz 'epoch' + proposed_at * interval '1 microsecond' AS waiver_proposed_at,
       proposed_by AS waiver_proposed_by, because_of, policy, listing_ids, imposed_by, position
FROM sanctions

-- name: freezes
CREATE OR REPLACE VIEW reporting.freezes AS
SELECT freeze_id, seller_id, cause, sanction_id,
       timestamptz 'epoch' + starts_at * interval '1 microsecond' AS starts_at,
       timestamptz 'epoch' + ends_at * interval '1 microsecond' AS until,
       timestamptz 'epoch' + scheduled_at * interval '1 microsecond' AS scheduled_until,
       why AS released, position
FROM freezes

-- name: appeals
CREATE OR REPLACE VIEW reporting.appeals AS
SELECT a.seller_id, a.violation_id, a.round, a.family, a.rule,
       CASE WHEN a.lapses_at <= present.at THEN 'lapsed' ELSE a.status END AS status,
       timestamptz 'epoch' + a.filed_at * interval '1 microsecond' AS filed_at, a.filed_by,
       timestamptz 'epoch' + a.evidence_until * interval '1 microsecond' AS evidence_until,
       a.evidence_given,
       timestamptz 'epoch' + CASE WHEN a.lapses_at <= present.at THEN a.lapses_at
                                  ELSE a.closed_at END * interval '1 microsecond' AS closed_at,
       a.reviewer,
       timestamptz 'epoch' + a.next_round_until * interval '1 microsecond' AS next_round_until,
       a.position
FROM appeals a CROSS JOIN (
    SELECT CASE clock WHEN 'test' THEN greatest(clock_at, last_recorded_at)
           ELSE (extract(epoch FROM now()) * 1000000)::bigint END AS at
    FROM log_head
) present

-- name: disputes
CREATE OR REPLACE VIEW reporting.disputes AS
SELECT dispute_id, seller_id, buyer_id, order_id, reason, status, currency,
       round(order_minor / 10::numeric ^ decimals, decimals) AS order_amount,
       round(asked_minor / 10::numeric ^ decimals, decimals) AS requested_refund,
       asked_returns AS requested_return,
       round(offer_minor / 10::numeric ^ decimals, decimals) AS offered_refund,
       CASE WHEN offer_minor IS NOT NULL THEN offer_returns END AS offered_return,
       round(refund_minor / 10::numeric ^ decimals, decimals) AS refund,
       at_fault, why, by_default, returned, commission_owed, return_paid_by,
       timestamptz 'epoch' + opened_at * interval '1 microsecond' AS opened_at,
       timestamptz 'epoch' + closed_at * interval '1 microsecond' AS closed_at, due,
       timestamptz 'epoch' + (fresh_until - 1) * interval '1 microsecond' AS due_at,
       timestamptz 'epoch' + appealable_until * interval '1 microsecond' AS appealable_until,
       reviewer, policy, position
FROM disputes

-- name: reports
CREATE OR REPLACE VIEW reporting.reports AS
SELECT report_id, about, seller_id, listing_id, buyer_id, reported_by, reporter, suspected, status,
       documents_given,
       timestamptz 'epoch' + filed_at * interval '1 microsecond' AS filed_at,
       timestamptz 'epoch' + reviewed_at * interval '1 microsecond' AS reviewed_at,
       timestamptz 'epoch' + closed_at * interval '1 microsecond' AS closed_at, due,
       timestamptz 'epoch' + due_at * interval '1 microsecond' AS due_at,
       reviewer, violation_id, taken_back, policy, position
FROM reports

-- name: reporters
CREATE OR REPLACE VIEW reporting.reporters AS
SELECT reporter_id, reports, waiting AS open, violations, taken_back, dismissed, upheld, unfounded,
       CASE WHEN reports > waiting
            THEN round(unfounded::numeric / (reports - waiting), 6)::double precision END
           AS share_unfounded,
       timestamptz 'epoch' + last_filed_at * interval '1 microsecond' AS last_filed_at
FROM reporters

-- name: deadlines
CREATE OR REPLACE VIEW reporting.deadlines AS
SELECT timestamptz 'epoch' + due.at * interval '1 microsecond' AS due_at, due.kind, due.whom,
       due.seller_id, due.subject
FROM (
    SELECT lapses_at, 'violation-expiry', 'worker', seller_id, violation_id
    FROM violations WHERE cancelled_at IS NULL
    UNION ALL
    SELECT until_at, 'sanction-end', 'worker', seller_id, sanction_id
    FROM sanctions WHERE until_at IS NOT NULL AND cut_at IS NULL
    UNION ALL
    SELECT ends_at, 'funds-release', 'worker', seller_id, freeze_id
    FROM freezes WHERE coalesce(why, 'due') = 'due'
    UNION ALL
    SELECT v.recorded_at + k.appeal_days * 86400000000, 'appeal-window', 'person', v.seller_id,
           v.violation_id
    FROM violations v JOIN violation_kinds k USING (kind)
    WHERE v.cancelled_at IS NULL AND v.appeal_until IS NULL AND k.appeal_days > 0
    UNION ALL
    SELECT lapses_at - 1, 'appeal-evidence', 'person', seller_id, violation_id
    FROM appeals WHERE lapses_at IS NOT NULL
    UNION ALL
    SELECT appeal_until, 'appeal-next-round', 'person', seller_id, violation_id
    FROM violations WHERE cancelled_at IS NULL AND appeal_until > 0
    UNION ALL
    SELECT until_at, what, 'person', seller_id, dispute_id FROM dispute_deadlines
    UNION ALL
    SELECT until_at, what, 'person', seller_id, report_id FROM report_deadlines
) AS due (at, kind, whom, seller_id, subject)

-- name: timeline
CREATE OR REPLACE VIEW reporting.timeline AS
SELECT f.notification_id AS position, f.originator_id || '.' || f.originator_version AS fact_id,
       f.topic AS kind,
       CASE WHEN f.originator_id LIKE 'seller-%' THEN substr(f.originator_id, 8)
            ELSE told.data ->> 'seller' END AS seller_id,
       timestamptz 'epoch' + (told.data ->> 'at')::bigint * interval '1 microsecond' AS recorded_at,
       told.data ->> 'by' AS actor, told.data ->> 'due_to' AS caused_by, told.data
FROM stored_events f CROSS JOIN LATERAL (SELECT convert_from(f.state, 'UTF8')::jsonb) AS told (data)

-- name: policies
CREATE OR REPLACE VIEW reporting.policies AS
SELECT ref AS policy, digest, position FROM policy_edition

-- name: projections
CREATE OR REPLACE VIEW reporting.projections AS
SELECT p.name, p.version, p.position, h.next_position - 1 - p.position AS behind,
       (SELECT count(*) FROM parked_stream s WHERE s.projection = p.name) AS parked
FROM projection p CROSS JOIN log_head h

-- name: comments
COMMENT ON VIEW reporting.sellers IS 'Sellers as they stand; one row for each that has a fact';
COMMENT ON COLUMN reporting.sellers.status IS 'active, restricted or suspended';
COMMENT ON COLUMN reporting.sellers.points IS 'What counts now in the bucket of points';
COMMENT ON COLUMN reporting.sellers.strikes IS 'Strikes that count now';
COMMENT ON COLUMN reporting.sellers.buckets IS 'What counts now, bucket by bucket';
COMMENT ON COLUMN reporting.sellers.families IS 'Families of its current violations';
COMMENT ON COLUMN reporting.sellers.sanctions IS 'Kinds of its sanctions in force';
COMMENT ON COLUMN reporting.sellers.freezes IS 'Causes of its money withheld';
COMMENT ON COLUMN reporting.sellers.next_change_at IS 'When time alone changes its standing next';
COMMENT ON COLUMN reporting.sellers.changed_at IS 'When its newest fact was recorded';
COMMENT ON COLUMN reporting.sellers.position IS 'Of its newest fact';
COMMENT ON VIEW reporting.violations IS 'Every violation, and what became of it';
COMMENT ON COLUMN reporting.violations.points IS 'By its own decision; 0 once cancelled';
COMMENT ON COLUMN reporting.violations.points_original IS 'As decided';
COMMENT ON COLUMN reporting.violations.status IS 'current, cancelled or expired, at this instant';
COMMENT ON COLUMN reporting.violations.cancelled_at IS 'When it was overturned or annulled';
COMMENT ON COLUMN reporting.violations.policy IS 'The edition that gave points and life';
COMMENT ON VIEW reporting.sanctions IS 'Every sanction over time, as known now';
COMMENT ON COLUMN reporting.sanctions.until IS 'When it ends or ended; null: without end';
COMMENT ON COLUMN reporting.sanctions.scheduled_until IS 'When it would have ended by itself';
COMMENT ON COLUMN reporting.sanctions.cut IS 'What ended it before its time: lifted or waived';
COMMENT ON COLUMN reporting.sanctions.in_error IS 'For how long it ran in error, as found later';
COMMENT ON COLUMN reporting.sanctions.because_of IS 'The violations that brought it';
COMMENT ON VIEW reporting.freezes IS 'Money withheld over time, as known now';
COMMENT ON COLUMN reporting.freezes.until IS 'When it is or was given free';
COMMENT ON COLUMN reporting.freezes.released IS 'Why: due, lifted or waived; null: not recorded yet';
COMMENT ON VIEW reporting.appeals IS 'Every round of every appeal, at this instant';
COMMENT ON COLUMN reporting.appeals.status IS 'filed, upheld, rejected, lapsed or withdrawn';
COMMENT ON COLUMN reporting.appeals.evidence_until IS 'Null: evidence comes with the filing';
COMMENT ON COLUMN reporting.appeals.next_round_until IS 'Null: there is no round to come';
COMMENT ON VIEW reporting.disputes IS 'Every dispute as it stands';
COMMENT ON COLUMN reporting.disputes.status IS 'open, escalated, awaiting-return or closed';
COMMENT ON COLUMN reporting.disputes.order_amount IS 'In whole units of the currency';
COMMENT ON COLUMN reporting.disputes.refund IS 'What came of it when it was last closed';
COMMENT ON COLUMN reporting.disputes.by_default IS 'Whether silence brought it';
COMMENT ON COLUMN reporting.disputes.due IS 'What is waited for; of two, the first';
COMMENT ON COLUMN reporting.disputes.due_at IS 'The last instant in time for it';
COMMENT ON VIEW reporting.reports IS 'Every report as it stands';
COMMENT ON COLUMN reporting.reports.status IS 'What it waits for, or how it ended';
COMMENT ON COLUMN reporting.reports.due_at IS 'The last instant in time for what it waits for';
COMMENT ON COLUMN reporting.reports.taken_back IS 'Whether its violation was, later';
COMMENT ON VIEW reporting.reporters IS 'Who reported, and what came of it';
COMMENT ON COLUMN reporting.reporters.open IS 'Not decided yet';
COMMENT ON COLUMN reporting.reporters.unfounded IS 'Dismissed, or found and taken back since';
COMMENT ON COLUMN reporting.reporters.share_unfounded IS 'Of those decided';
COMMENT ON VIEW reporting.deadlines IS 'What is or was due, for workers and for persons';
COMMENT ON COLUMN reporting.deadlines.whom IS 'worker: the ledger records it; person: time to act';
COMMENT ON COLUMN reporting.deadlines.subject IS 'A violation, sanction, freeze, dispute or report';
COMMENT ON VIEW reporting.timeline IS 'The log: every fact';
COMMENT ON COLUMN reporting.timeline.data IS 'As stored: short names, instants in microseconds';
COMMENT ON COLUMN reporting.timeline.caused_by IS 'The fact from which this one followed';
COMMENT ON VIEW reporting.policies IS 'Editions of policy packs that entered the log';
COMMENT ON VIEW reporting.projections IS 'How far each view has read the log';
COMMENT ON COLUMN reporting.projections.behind IS 'Facts that it has yet to take';
COMMENT ON COLUMN reporting.projections.parked IS 'Streams that it could not take'
