"""Assemblies: one machine for forms, bulk writes, copies and deletions, whatever is assembled."""

from __future__ import annotations

from armillary.services.assemblies.forms import Form, form
from armillary.services.assemblies.writes import create, delete, duplicate, update

__all__ = ["Form", "create", "delete", "duplicate", "form", "update"]
