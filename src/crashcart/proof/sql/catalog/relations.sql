-- Tables and views with what belongs to them as a whole.
SELECT
  n.nspname,
  CASE c.relkind WHEN 'f' THEN 'foreign table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END,
  format('%I.%I', n.nspname, c.relname),
  NULL,
  json_strip_nulls(json_build_object(
    'persistence', CASE c.relpersistence WHEN 'u' THEN 'unlogged' END,
    'partition key', CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
    'partition of', (
      SELECT format('%I.%I %s', pn.nspname, p.relname, pg_get_expr(c.relpartbound, c.oid))
      FROM pg_inherits AS i JOIN pg_class AS p ON p.oid = i.inhparent JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
      WHERE i.inhrelid = c.oid AND c.relispartition),
    'inherits', (
      SELECT string_agg(format('%I.%I', pn.nspname, p.relname), ', ' ORDER BY i.inhseqno)
      FROM pg_inherits AS i JOIN pg_class AS p ON p.oid = i.inhparent JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
      WHERE i.inhrelid = c.oid AND NOT c.relispartition),
    'row security', CASE WHEN c.relrowsecurity THEN 'enabled' END,
    'row security for owner', CASE WHEN c.relforcerowsecurity THEN 'forced' END,
    'options', (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(c.reloptions) AS o),
    'replica identity', CASE WHEN c.relkind IN ('r', 'p') AND c.relreplident <> 'd' THEN c.relreplident END,
    'columns', CASE WHEN c.relkind IN ('v', 'm') THEN (
      SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)
      FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) END,
    'query', CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
    'populated', CASE WHEN c.relkind = 'm' AND NOT c.relispopulated THEN 'no' END
  ))
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.relpersistence <> 't'
  AND n.nspname !~ '^(pg_|information_schema$)'
  AND NOT EXISTS (
    SELECT FROM pg_depend AS member
    WHERE member.classid = 'pg_class'::regclass AND member.objid = c.oid AND member.deptype = 'e')
