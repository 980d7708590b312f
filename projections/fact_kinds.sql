-- name: create
-- In which thousands of positions facts of a kind stand: who looks for a rare kind looks nowhere
-- else. A few rows for each thousand facts.
CREATE TABLE fact_kinds (
    kind text COLLATE "C",
    thousand bigint,
    PRIMARY KEY (kind, thousand)
)

-- name: add
INSERT INTO fact_kinds (kind, thousand)
SELECT DISTINCT topic, notification_id / 1000 FROM stored_events
WHERE notification_id > %(after)s AND notification_id <= %(last)s
ON CONFLICT DO NOTHING
