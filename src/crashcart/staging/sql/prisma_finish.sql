UPDATE _prisma_migrations SET applied_steps_count = 1, finished_at = %s WHERE id = %s
