-- name: load_days
-- What is known of a seller's days from one to another: the newest fact of each. Days of a seller
-- stand side by side.
SELECT DISTINCT ON (originator_id) originator_version, topic, state
FROM stored_events WHERE originator_id >= %b::text AND originator_id <= %b::text
ORDER BY originator_id, originator_version DESC
