"""Traces: the way of what was received through evaluation to the people who are told, as spans."""
