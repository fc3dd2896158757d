-- Triggers, but not those that carry out constraints.
SELECT
  n.nspname,
  'trigger',
  format('%I.%I.%I', n.nspname, c.relname, t.tgname),
  format('%I.%I', n.nspname, c.relname),
  json_build_object(
    'definition', pg_get_triggerdef(t.oid),
    'enabled', CASE t.tgenabled WHEN 'O' THEN 'yes' WHEN 'D' THEN 'no' WHEN 'R' THEN 'replica' ELSE 'always' END
  )
FROM pg_trigger AS t
JOIN pg_class AS c ON c.oid = t.tgrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal
  AND n.nspname !~ '^(pg_|information_schema$)'
  AND NOT EXISTS (
    SELECT FROM pg_depend AS member
    WHERE member.classid = 'pg_class'::regclass AND member.objid = c.oid AND member.deptype = 'e')
