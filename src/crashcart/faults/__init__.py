"""Rooms of faults: one TOML file each, ``FAMILY/NAME.toml``. Data only."""
