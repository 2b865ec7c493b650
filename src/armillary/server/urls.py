"""The URL map: which dialect a path belongs to, also where no operation has it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from armillary.dialects._kit.dialects import Dialect


class UrlMap:
    """Tells whose path it is. Source: design.md, "URL map".

    ``/api/v5/…`` and ``/uploads/…`` are Artifacts', the rest of ``/api/…`` is Everruns' and ``/armillary/…`` our own.
    Below ``/v1`` a path is Everruns' where its first segment is one of Everruns' collections, else Cadenya's, whose
    whole space ``/v1`` is.
    """

    def __init__(self, dialects: Iterable[Dialect]) -> None:
        self._by_name = {dialect.name: dialect for dialect in dialects}
        everruns = self._by_name["everruns"]
        served = (path for one in everruns.router.operations for path in (one.path, *one.aliases))
        self._collections = {path.split("/")[1] for path in (*served, *everruns.unserved)}
        self._collections -= {"workspaces"}

    @property
    def dialects(self) -> Sequence[Dialect]:
        """Every dialect."""
        return tuple(self._by_name.values())

    def of(self, path: str) -> Dialect:
        """The dialect whose envelope answers at this path."""
        first, _, rest = path.lstrip("/").partition("/")
        if first == "uploads":
            return self._by_name["artifacts"]
        if first == "api":
            return self._by_name["artifacts" if rest.partition("/")[0] == "v5" else "everruns"]
        if first == "v1":
            collection = rest.partition("/")[0].partition(":")[0]
            return self._by_name["everruns" if collection in self._collections else "cadenya"]
        return self._by_name["native"]
