-- Rights on tables, views and sequences, privilege by privilege.
SELECT
  n.nspname,
  'grant',
  format('on %I.%I to %s', n.nspname, c.relname,
         CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END),
  NULL,
  json_object_agg(g.privilege_type, CASE WHEN g.is_grantable THEN 'with grant option' ELSE 'yes' END)
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL aclexplode(c.relacl) AS g
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND c.relpersistence <> 't' AND g.grantee <> c.relowner
  AND g.privilege_type <> 'MAINTAIN'
  AND n.nspname !~ '^(pg_|information_schema$)'
  AND NOT EXISTS (
    SELECT FROM pg_depend AS member
    WHERE member.classid = 'pg_class'::regclass AND member.objid = c.oid AND member.deptype = 'e')
GROUP BY n.nspname, c.relname, g.grantee
