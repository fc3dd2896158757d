-- Columns of tables; NOT NULL as a property, whatever a constraint of it is called.
SELECT
  n.nspname,
  'column',
  format('%I.%I.%I', n.nspname, c.relname, a.attname),
  format('%I.%I', n.nspname, c.relname),
  json_strip_nulls(json_build_object(
    'type', format_type(a.atttypid, a.atttypmod),
    'nullable', CASE WHEN a.attnotnull THEN 'no' ELSE 'yes' END,
    'default', CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
    'generated', CASE a.attgenerated WHEN 's' THEN pg_get_expr(d.adbin, d.adrelid) || ' stored'
                                     WHEN 'v' THEN pg_get_expr(d.adbin, d.adrelid) || ' virtual' END,
    'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
    'collation', CASE WHEN a.attcollation <> t.typcollation THEN (
      SELECT format('%I.%I', cn.nspname, col.collname)
      FROM pg_collation AS col JOIN pg_namespace AS cn ON cn.oid = col.collnamespace WHERE col.oid = a.attcollation) END
  ))
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname !~ '^(pg_|information_schema$)'
  AND NOT EXISTS (
    SELECT FROM pg_depend AS member
    WHERE member.classid = 'pg_class'::regclass AND member.objid = c.oid AND member.deptype = 'e')
ORDER BY c.oid, a.attnum
