"""Benchmarks: our server and a floor, driven in turn in one run, told in ratios."""
