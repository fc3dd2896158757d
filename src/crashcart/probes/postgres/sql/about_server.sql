-- What the server is, in one read that needs no privilege.
select
  current_setting('server_version') as version,
  pg_is_in_recovery() as standby,
  current_user::text as role,
  current_database()::text as database;
