"""Armillary: one registry of AI models, and the APIs that people already use around it."""

__version__ = "0.1.0"
