"""Real accidents, staged in a folder: a git repository, a PostgreSQL server, environment files, logs."""
