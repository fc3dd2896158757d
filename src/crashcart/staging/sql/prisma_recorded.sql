-- Names that Prisma will not deploy again.
SELECT migration_name FROM _prisma_migrations WHERE rolled_back_at IS NULL
