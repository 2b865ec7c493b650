"""Pages and facets: what null, nought and nothing stand for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.dialects.artifacts.mapping.filters import filter_section, page_size
from armillary.domain.facets import Option
from tests.builders import an_id


@pytest.mark.parametrize(("stated", "rows"), [(None, 12), (0, 12), (1, 1), (1000, 1000), (-1, 0)])
def test_a_page_has_twelve_rows_unless_it_says(stated: int | None, rows: int) -> None:
    assert page_size(stated) == rows


@given(
    names=st.lists(st.text(max_size=5), max_size=3),
    selected=st.none() | st.lists(st.uuids() | st.just("active"), max_size=2),
    search=st.none() | st.text(max_size=3),
)
def test_a_facet_tells_its_options_and_what_was_asked(
    names: list[str], selected: list[str] | None, search: str | None
) -> None:
    options = [Option(id=str(an_id()), name=name, count=len(name)) for name in names]
    section = filter_section(options, selected, search)
    assert [(one.id, one.name, one.count) for one in section.options or []] == [
        (one.id, one.name, one.count) for one in options
    ]
    assert all((one.hex_code, one.value, one.type) == (None, None, None) for one in section.options or [])
    assert section.selected_ids == ([str(one) for one in selected] if selected else None)
    assert section.search == search
