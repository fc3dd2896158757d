-- Sequences: how they count and whose they are, not where they stand.
SELECT
  n.nspname,
  'sequence',
  format('%I.%I', n.nspname, c.relname),
  NULL,
  json_strip_nulls(json_build_object(
    'type', format_type(s.seqtypid, NULL),
    'start', s.seqstart::text,
    'increment', s.seqincrement::text,
    'minimum', s.seqmin::text,
    'maximum', s.seqmax::text,
    'cache', s.seqcache::text,
    'cycle', CASE WHEN s.seqcycle THEN 'yes' END,
    'persistence', CASE c.relpersistence WHEN 'u' THEN 'unlogged' END,
    'owned by', CASE WHEN d.deptype = 'a' THEN format('%I.%I.%I', tn.nspname, t.relname, a.attname) END,
    'identity of', CASE WHEN d.deptype = 'i' THEN format('%I.%I.%I', tn.nspname, t.relname, a.attname) END
  ))
FROM pg_sequence AS s
JOIN pg_class AS c ON c.oid = s.seqrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_depend AS d
  ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
  AND d.deptype IN ('a', 'i')
LEFT JOIN pg_class AS t ON t.oid = d.refobjid
LEFT JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
LEFT JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE c.relpersistence <> 't'
  AND n.nspname !~ '^(pg_|information_schema$)'
  AND NOT EXISTS (
    SELECT FROM pg_depend AS member
    WHERE member.classid = 'pg_class'::regclass AND member.objid = c.oid AND member.deptype = 'e')
