"""A case as text, JSON or Markdown. Values in, text out."""
