"""Telling people of alerts, wherever they are."""
