"""Benchmarks: `make bench`. Nothing here is collected as a test, and nothing here can fail a build."""
