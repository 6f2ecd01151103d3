"""The contract of connectors as tests: whoever writes a source or a decoder runs them on it.

They need nothing but the standard library and livewatch, so they run under any test runner.
"""
