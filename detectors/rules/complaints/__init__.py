"""Complaints: what buyers write about goods and sellers, one by one and all together."""
