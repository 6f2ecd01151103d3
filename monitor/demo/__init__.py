"""The demo: one evening of an invented room, generated from a screenplay."""
