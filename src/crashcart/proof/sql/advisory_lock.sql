-- Who holds this advisory lock in this database, and since when it does what.
SELECT l.pid, a.state, left(a.query, 20000) AS query, coalesce(a.state_change, a.backend_start) AS since
  FROM pg_catalog.pg_locks l
  LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
 WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
   AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
   AND l.classid::bigint = %(key)s::bigint >> 32
   AND l.objid::bigint = %(key)s::bigint & 4294967295
   AND l.pid IS DISTINCT FROM pg_backend_pid()
