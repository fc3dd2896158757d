-- Comments on whatever can bear one, but not on what an extension brought.
SELECT i.schema, 'comment', format('on %s %s', i.type, i.identity), NULL, json_build_object('text', d.description)
FROM pg_description AS d
CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i
WHERE d.objoid >= 16384 AND i.schema IS NOT NULL AND i.schema !~ '^pg_' AND i.schema <> 'information_schema'
  AND NOT EXISTS (
    SELECT FROM pg_depend AS member
    WHERE member.classid = d.classoid AND member.objid = d.objoid AND member.deptype = 'e')
