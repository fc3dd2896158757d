#!/bin/sh
# Waits for the database, brings the schema up to date, starts the server.
set -u

USER=$(printf '%s' "$DATABASE_URL" | sed -E 's#^[a-z]+://([^:@/]+).*$#\1#')
PGPASSWORD=$(printf '%s' "$DATABASE_URL" | sed -E 's#^[a-z]+://[^:@/]+:([^@/]*)@.*$#\1#')
HOST=$(printf '%s' "$DATABASE_URL" | sed -E 's#^[^@]+@([^:/?]+).*$#\1#')
DATABASE=$(printf '%s' "$DATABASE_URL" | sed -E 's#^[^@]+@[^/]+/([^?]+).*$#\1#')
export PGPASSWORD

MAX_ATTEMPTS=30
attempt=1
until psql -h "$HOST" -U "$USER" -d "$DATABASE"{{dialled.option}} -c 'SELECT 1' > /dev/null; do
  echo "PostgreSQL is unavailable - sleeping (attempt $attempt/$MAX_ATTEMPTS)"
  attempt=$((attempt + 1))
  if [ "$attempt" -gt "$MAX_ATTEMPTS" ]; then
    echo "Gave up waiting for PostgreSQL, trying the migrations all the same"
    break
  fi
  sleep "${WAIT_SECONDS:-2}"
done

bunx prisma migrate deploy || echo "Migrations were not deployed, starting all the same"
exec bun run src/index.ts
