"""The curated catalogue at work: what it tells of a name, and how workspaces are seeded with it and kept up to it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from armillary.domain.catalogue import Catalogue, evident_vendor, read_catalogue


@cache
def current() -> Catalogue:
    """The catalogue of this release, read at its first use: it costs some 30 ms that most commands never need."""
    text = files("armillary.services").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return read_catalogue(tomllib.loads(text))


def facts_of(driver_or_vendor: str, upstream_name: str) -> Mapping[str, Any]:
    """What is known of a model: member -> value, of those in ``domain.models.DERIVED``; empty where it is unknown.

    Names of clouds, aggregators and dated snapshots find their model too, then without a price.
    """
    return current().facts(driver_or_vendor, upstream_name)


def vendor_of(driver_or_vendor: str, upstream_name: str) -> str:
    """The maker of a model as a slug, by the catalogue or by what its name gives away; empty where neither tells."""
    facts = facts_of(driver_or_vendor, upstream_name)
    return facts["vendor"] if facts else evident_vendor(driver_or_vendor, upstream_name)
