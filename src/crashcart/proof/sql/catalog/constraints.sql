-- Constraints of tables by definition; from 18 on NOT NULL has rows here too, which the columns tell already.
SELECT
  n.nspname,
  'constraint',
  format('%I.%I.%I', n.nspname, c.relname, k.conname),
  format('%I.%I', n.nspname, c.relname),
  json_strip_nulls(json_build_object(
    'definition', pg_get_constraintdef(k.oid),
    'inherited', CASE WHEN NOT k.conislocal THEN 'yes' END
  ))
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND c.relpersistence <> 't'
  AND n.nspname !~ '^(pg_|information_schema$)'
  AND NOT EXISTS (
    SELECT FROM pg_depend AS member
    WHERE member.classid = 'pg_class'::regclass AND member.objid = c.oid AND member.deptype = 'e')
