"""The hands: sockets, PostgreSQL, git, files, clock, redaction. Each does one thing and judges nothing."""
