-- migrate:up

-- Databases that took an early 0012 lack the column in which a read names its fact.
ALTER TABLE sensitive_read ADD COLUMN IF NOT EXISTS fact_id text COLLATE "C";

-- migrate:down

-- The column belongs to 0012.
SELECT 1;
