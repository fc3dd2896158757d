#!/bin/sh
# Waits for the database at the address of DATABASE_URL, migrates, starts.
set -eu

attempt=1
until psql "$DATABASE_URL" -c 'SELECT 1' > /dev/null 2>&1; do
  echo "PostgreSQL is unavailable - sleeping (attempt $attempt/30)"
  attempt=$((attempt + 1))
  [ "$attempt" -le 30 ] || exit 1
  sleep 2
done
echo "PostgreSQL is up"

npx prisma migrate deploy
exec npx tsx src/index.ts
