-- Enums label by label (each by its predecessor), domains, composite and range types.
SELECT
  n.nspname,
  'type',
  format('%I.%I', n.nspname, t.typname),
  NULL,
  CASE t.typtype
    WHEN 'e' THEN (
      SELECT coalesce(json_object_agg(format('value %L', e.enumlabel), e.place), json_build_object('kind', 'enum'))
      FROM (
        SELECT enumlabel, coalesce(
          'after ' || quote_literal(lag(enumlabel) OVER (ORDER BY enumsortorder)), 'first') AS place
        FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder) AS e)
    WHEN 'd' THEN json_strip_nulls(json_build_object(
      'domain over', format_type(t.typbasetype, t.typtypmod),
      'nullable', CASE WHEN t.typnotnull THEN 'no' END,
      'default', t.typdefault,
      'checks', (
        SELECT string_agg(format('CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)), ' ' ORDER BY k.conname)
        FROM pg_constraint AS k WHERE k.contypid = t.oid AND k.contype = 'c')))
    WHEN 'c' THEN json_build_object('attributes', (
      SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)
      FROM pg_attribute AS a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped))
    ELSE json_build_object('range over', (
      SELECT format_type(r.rngsubtype, NULL) FROM pg_range AS r WHERE r.rngtypid = t.oid))
  END
FROM pg_type AS t
JOIN pg_namespace AS n ON n.oid = t.typnamespace
LEFT JOIN pg_class AS c ON c.oid = t.typrelid
WHERE t.typtype IN ('e', 'd', 'c', 'r') AND (t.typrelid = 0 OR c.relkind = 'c')
  AND n.nspname !~ '^(pg_|information_schema$)'
  AND NOT EXISTS (
    SELECT FROM pg_depend AS member
    WHERE member.classid = 'pg_type'::regclass AND member.objid = t.oid AND member.deptype = 'e')
