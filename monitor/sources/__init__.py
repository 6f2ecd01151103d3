"""The configured sources: from `[[sources]]` to connections, and from connections into the log."""
