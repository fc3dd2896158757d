-- Prisma's own key; held until the session ends.
SELECT pg_advisory_lock(72707369)
