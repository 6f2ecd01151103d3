"""The desk: the console in the browser and `/api/v1` for reading and handling alerts."""

from monitor.desk.routes import setup

__all__ = ["setup"]
