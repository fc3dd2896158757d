-- Functions and procedures with their whole text; aggregates by what they are made of.
SELECT
  n.nspname,
  'function',
  format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
  NULL,
  json_build_object('definition', CASE p.prokind
    WHEN 'a' THEN (
      SELECT format('aggregate %s, state %s, final %s, start %s', a.aggtransfn, format_type(a.aggtranstype, NULL),
                    a.aggfinalfn, a.agginitval)
      FROM pg_aggregate AS a WHERE a.aggfnoid = p.oid)
    ELSE pg_get_functiondef(p.oid) END)
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^(pg_|information_schema$)'
  AND NOT EXISTS (
    SELECT FROM pg_depend AS made
    WHERE made.classid = 'pg_proc'::regclass AND made.objid = p.oid AND made.deptype = 'i')
  AND NOT EXISTS (
    SELECT FROM pg_depend AS member
    WHERE member.classid = 'pg_proc'::regclass AND member.objid = p.oid AND member.deptype = 'e')
