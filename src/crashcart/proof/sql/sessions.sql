-- What the other sessions of this database run; where the role may not know, their state is NULL.
SELECT pid, state, left(query, 20000) AS query, coalesce(state_change, backend_start) AS since
  FROM pg_catalog.pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
   AND coalesce(backend_type, 'client backend') = 'client backend'
 LIMIT 1000
