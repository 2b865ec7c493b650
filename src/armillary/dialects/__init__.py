"""Inbound wire: each vendor's API on the one registry; ``_kit`` serves all."""
