-- Prisma's ledger, oldest attempt first; its logs can be long.
SELECT migration_name, checksum, started_at, finished_at, rolled_back_at, left(logs, 20000) AS logs, applied_steps_count
  FROM {table}
 ORDER BY started_at, id
 LIMIT 20000
