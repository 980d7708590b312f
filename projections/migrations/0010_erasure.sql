-- migrate:up

-- Whose case a text belongs to, where its fact does not stand in the seller's own stream: so that
-- all texts of a seller are found when they are erased. NULL takes no room.
ALTER TABLE sealed_text ADD COLUMN case_of text COLLATE "C";
UPDATE sealed_text t SET case_of = convert_from(e.state, 'UTF8')::jsonb ->> 'seller'
FROM stored_events e
WHERE e.notification_id = t.position AND e.originator_id NOT LIKE 'seller-%';
CREATE INDEX sealed_text_case_of_idx ON sealed_text (case_of) WHERE case_of IS NOT NULL;

-- migrate:down

DROP INDEX sealed_text_case_of_idx;
ALTER TABLE sealed_text DROP COLUMN case_of;
