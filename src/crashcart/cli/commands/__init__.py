"""Rooms for commands, one file each: ``NAME.py`` offers the command ``crashcart NAME``."""
