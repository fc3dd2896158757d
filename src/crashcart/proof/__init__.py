"""Proofs by reconstruction: what a migration left, and which files an image holds."""
