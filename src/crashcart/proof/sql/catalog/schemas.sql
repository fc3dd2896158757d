-- Schemas, but not the system's own.
SELECT n.nspname, 'schema', quote_ident(n.nspname), NULL, json_build_object()
FROM pg_namespace AS n
WHERE n.nspname !~ '^(pg_|information_schema$)'
  AND NOT EXISTS (
    SELECT FROM pg_depend AS member
    WHERE member.classid = 'pg_namespace'::regclass AND member.objid = n.oid AND member.deptype = 'e')
