"""Artifacts' operations."""
