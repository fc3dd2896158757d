UPDATE _prisma_migrations SET logs = %s WHERE id = %s
