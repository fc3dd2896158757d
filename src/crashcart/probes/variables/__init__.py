"""Whether the app's variables are there, and hold what they should."""
