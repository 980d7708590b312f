-- name: report
INSERT INTO worker_report (worker, process, at, report)
VALUES (%(worker)s, %(process)s, now(), %(report)s)
ON CONFLICT (worker, process) DO UPDATE SET at = now(), report = excluded.report

-- name: forget
-- A process that ends, and those that were killed a day ago.
DELETE FROM worker_report
WHERE (worker, process) = (%(worker)s, %(process)s) OR at < now() - interval '1 day'

-- name: add_counts
INSERT INTO worker_count (worker, what, count)
SELECT %(worker)s, * FROM unnest(%(whats)s::text[], %(counts)s::int8[])
ON CONFLICT (worker, what) DO UPDATE SET count = worker_count.count + excluded.count

-- name: set_count
INSERT INTO worker_count (worker, what, count) VALUES (%(worker)s, %(what)s, %(count)s)
ON CONFLICT (worker, what) DO UPDATE SET count = excluded.count

-- name: reports
-- By the database's clock, since the processes may be on several machines.
SELECT worker, process, extract(epoch FROM now() - at)::float8 AS age_s, report::text FROM worker_report
ORDER BY worker, process

-- name: counts
SELECT worker, what, count FROM worker_count ORDER BY worker, what

-- name: rejected_waiting
SELECT count(*) FROM (SELECT FROM rejected_message LIMIT %(most)s) AS waiting
