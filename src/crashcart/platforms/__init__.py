"""Rooms for the places where targets run: where logs and variables come from and where steps go."""
