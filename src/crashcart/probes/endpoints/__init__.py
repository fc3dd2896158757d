"""Whether all who name the database's address name the same, and what the addresses of the log say now."""
