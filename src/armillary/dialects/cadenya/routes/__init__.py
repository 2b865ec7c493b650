"""Thin handlers: read the wire, call a service, write the wire."""
