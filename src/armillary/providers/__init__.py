"""Outbound wire to the vendors of models, through one guard."""
