"""Kinds of rules that need no code of their own: a site writes them in YAML."""
