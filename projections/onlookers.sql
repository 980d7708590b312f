-- name: current_schema
SELECT current_schema()

-- name: qualified
-- Names are told with their schemas, whatever the session's search path is.
SELECT set_config('search_path', 'pg_catalog', true)

-- name: read_path
SHOW search_path

-- name: path
SELECT set_config('search_path', %(path)s, true)

-- name: views_upon
-- Views that look at these tables, and views that look at those, in an order in which they can be
-- made; with what was granted on each.
WITH RECURSIVE upon (oid, depth) AS (
    SELECT c.oid, 0 FROM pg_class c
    WHERE c.relnamespace = to_regnamespace(quote_ident(%(schema)s)) AND c.relname = ANY(%(tables)s)
    UNION
    SELECT r.ev_class, u.depth + 1
    FROM upon u
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = u.oid
        AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite r ON r.oid = d.objid AND r.ev_class <> u.oid
)
SELECT c.oid::regclass::text, pg_get_viewdef(c.oid),
       obj_description(c.oid, 'pg_class'), c.reloptions,
       CASE WHEN c.relowner <> current_user::regrole THEN c.relowner::regrole::text END,
       c.relkind = 'm', (
           SELECT jsonb_object_agg(a.attname, col_description(c.oid, a.attnum))
           FROM pg_attribute a
           WHERE a.attrelid = c.oid AND col_description(c.oid, a.attnum) IS NOT NULL
       )
FROM upon u JOIN pg_class c USING (oid)
WHERE u.depth > 0 AND c.relkind IN ('v', 'm')
GROUP BY c.oid, c.reloptions, c.relowner, c.relkind ORDER BY max(u.depth), c.oid

-- name: grants
-- What others may do with these relations, as the statements that give it.
SELECT format(
    'GRANT %%s ON %%s TO %%s', a.privilege_type, c.oid::regclass,
    CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END
)
FROM unnest(%(names)s::text[]) AS n (name)
JOIN pg_class c ON c.oid = to_regclass(n.name)
CROSS JOIN aclexplode(c.relacl) AS a
WHERE a.grantee <> c.relowner
