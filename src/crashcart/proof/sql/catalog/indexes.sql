-- Indexes that no constraint brought with it, and whether they are of use.
SELECT
  n.nspname,
  'index',
  format('%I.%I', n.nspname, c.relname),
  format('%I.%I', n.nspname, t.relname),
  json_strip_nulls(json_build_object(
    'definition', pg_get_indexdef(i.indexrelid),
    'valid', CASE WHEN i.indisvalid THEN 'yes' ELSE 'no' END,
    'clustered', CASE WHEN i.indisclustered THEN 'yes' END
  ))
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indexrelid
JOIN pg_class AS t ON t.oid = i.indrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relpersistence <> 't'
  AND n.nspname !~ '^(pg_|information_schema$)'
  AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
  AND NOT EXISTS (
    SELECT FROM pg_depend AS member
    WHERE member.classid = 'pg_class'::regclass AND member.objid = t.oid AND member.deptype = 'e')
