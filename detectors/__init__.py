"""The core: events of live sessions in, alerts with their evidence out."""

__version__ = "0.2.0"
