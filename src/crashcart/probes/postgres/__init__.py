"""The ladder to the app's database: one rung a room, each asked only when the one below it held."""
