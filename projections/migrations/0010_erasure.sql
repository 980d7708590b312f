-- migrate:up

-- Whose case a text belongs to, where its fact does not stand in the seller's own stream: so that
-- all texts of a seller are found when they are erased. NULL takes no room.
ALTER TABLE sealed_text ADD COLUMN case_of text COLLATE "C";
UPDATE sealed_text t SET case_of = convert_from(e.state, 'UTF8')::jsonb ->> 'seller'
FROM stored_events e
WHERE e.notification_id = t.position AND e.originator_id NOT LIKE 'seller-%';
CREATE INDEX sealed_text_case_of_idx ON sealed_text (case_of) WHERE case_of IS NOT NULL;

-- The planner keeps samples of every column that it is to know, in tables of its own that no erasure
-- reaches. Of texts, salts and keys it has nothing to know. Naming a column's type again writes no
-- row anew, and makes PostgreSQL forget the samples that it took before.
ALTER TABLE sealed_text ALTER COLUMN body SET STATISTICS 0, ALTER COLUMN salt SET STATISTICS 0,
    ALTER COLUMN body TYPE bytea, ALTER COLUMN salt TYPE bytea;
ALTER TABLE seller_key ALTER COLUMN key SET STATISTICS 0, ALTER COLUMN key TYPE bytea;

-- migrate:down

ALTER TABLE seller_key ALTER COLUMN key SET STATISTICS -1;
ALTER TABLE sealed_text ALTER COLUMN body SET STATISTICS -1, ALTER COLUMN salt SET STATISTICS -1;
DROP INDEX sealed_text_case_of_idx;
ALTER TABLE sealed_text DROP COLUMN case_of;
