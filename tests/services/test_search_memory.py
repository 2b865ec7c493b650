"""What is remembered of searches is bounded, holds for one revision, and is each reader's own."""

from __future__ import annotations

from uuid import UUID

from armillary.services.search_memory import PATIENCE, Bookmarks, Held, Recent
from armillary.storage.assembly_listings import Key, Place
from tests.builders import NOON

WORKSPACE, OTHER = UUID(int=1), UUID(int=2)


def a_place(revision: int, workspace: UUID = WORKSPACE) -> Place:
    return Place(workspace=workspace, number=1, revision=revision)


def test_what_was_not_used_for_the_longest_time_gives_way() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.keep("a", 1)
    recent.keep("b", 2)
    assert recent.find("a") == 1
    recent.keep("c", 3)
    assert [recent.find(key) for key in "abc"] == [1, None, 3]


def test_a_value_holds_at_its_revision_in_its_workspace() -> None:
    held: Held[str] = Held(4)
    assert held.keep(a_place(3), "asked", "told") == "told"
    places = [a_place(3), a_place(2), a_place(4), a_place(3, OTHER)]
    assert [held.find(place, "asked") for place in places] == ["told", None, None, None]
    assert held.find(a_place(3), "asked otherwise") is None


def test_a_bookmark_is_where_a_page_of_this_reader_ended() -> None:
    bookmarks, key = Bookmarks(), Key("name", UUID(int=7))
    bookmarks.keep("reader", 12, key, at=NOON)
    found = [
        bookmarks.after(reader, offset, at=NOON) for reader, offset in (("reader", 12), ("reader", 11), ("other", 12))
    ]
    assert found == [key, None, None]


def test_a_bookmark_outlives_its_reader_s_patience_no_longer() -> None:
    bookmarks, key = Bookmarks(), Key("name", UUID(int=7))
    bookmarks.keep("reader", 12, key, at=NOON)
    assert bookmarks.after("reader", 12, at=NOON + PATIENCE) == key
    assert bookmarks.after("reader", 12, at=NOON + PATIENCE * 1.01) is None


def test_the_first_page_takes_the_bookmarks_out() -> None:
    bookmarks = Bookmarks()
    bookmarks.keep("reader", 12, Key("name", UUID(int=7)), at=NOON)
    assert bookmarks.after("reader", 0, at=NOON) is None
    assert bookmarks.after("reader", 12, at=NOON) is None


def test_a_reader_of_many_pages_keeps_the_latest_bookmarks() -> None:
    bookmarks = Bookmarks()
    for offset in range(1, 200):
        bookmarks.keep("reader", offset, Key(str(offset), UUID(int=7)), at=NOON)
    there = [offset for offset in range(1, 200) if bookmarks.after("reader", offset, at=NOON)]
    assert there == list(range(136, 200))
