-- Rewrite rules other than those that make views.
SELECT
  n.nspname,
  'rule',
  format('%I.%I.%I', n.nspname, c.relname, r.rulename),
  format('%I.%I', n.nspname, c.relname),
  json_build_object('definition', pg_get_ruledef(r.oid))
FROM pg_rewrite AS r
JOIN pg_class AS c ON c.oid = r.ev_class
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE r.rulename <> '_RETURN'
  AND n.nspname !~ '^(pg_|information_schema$)'
  AND NOT EXISTS (
    SELECT FROM pg_depend AS member
    WHERE member.classid = 'pg_class'::regclass AND member.objid = c.oid AND member.deptype = 'e')
