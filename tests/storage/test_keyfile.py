"""The key-encryption keys as text and in their file."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from armillary.domain.errors import Conflict
from armillary.storage.keyfile import (
    BadKey,
    load_file,
    load_or_create_file,
    read_ring,
    retire_file,
    rotate_file,
)

_ONE = bytes(range(32))
_OTHER = bytes(range(32, 64))


def _base64url(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(_ONE.hex(), id="hex"),
        pytest.param(_ONE.hex().upper(), id="upper-case-hex"),
        pytest.param(_base64url(_ONE), id="base64url"),
        pytest.param(_base64url(_ONE).rstrip("="), id="base64url-unpadded"),
        pytest.param(base64.b64encode(_ONE).decode(), id="base64"),
        pytest.param(f"  {_ONE.hex()}\n", id="white-space-around"),
    ],
)
def test_a_key_is_read_in_every_spelling(text: str) -> None:
    assert read_ring(text, source="here").current.key == _ONE


def test_both_alphabets_of_base64_spell_one_key() -> None:
    key = b"\xfb\xff" * 16
    spellings = {base64.urlsafe_b64encode(key).decode(), base64.b64encode(key).decode()}
    assert len(spellings) == 2
    assert {read_ring(text, source="here").current.key for text in spellings} == {key}


def test_two_keys_are_the_new_and_the_old() -> None:
    ring = read_ring(f"{_ONE.hex()}, {_base64url(_OTHER)}", source="here")
    assert ring.previous is not None
    assert (ring.current.key, ring.previous.key) == (_ONE, _OTHER)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("password", id="word"),
        pytest.param(_ONE.hex()[:-2], id="31-bytes"),
        pytest.param(_ONE.hex() + "00", id="33-bytes"),
        pytest.param("z" * 64, id="64-digits-not-hex"),
        pytest.param(_base64url(_ONE[:16]), id="128-bits"),
        pytest.param(f"{_ONE.hex()},", id="old-one-empty"),
        pytest.param(f"{_ONE.hex()},{_ONE.hex()}", id="twice-the-same"),
        pytest.param(f"{_ONE.hex()},{_OTHER.hex()},{bytes(32).hex()}", id="three"),
        pytest.param("ключ" * 8, id="not-ascii"),
    ],
)
def test_a_bad_key_is_refused_by_the_name_of_its_place_alone(text: str) -> None:
    with pytest.raises(BadKey, match=r"^ARMILLARY_SECRETS_KEY (must|holds)") as refused:
        read_ring(text, source="ARMILLARY_SECRETS_KEY")
    assert not text or text not in str(refused.value)


def test_no_key_shows_in_a_repr() -> None:
    ring = read_ring(f"{_ONE.hex()},{_OTHER.hex()}", source="here")
    assert "key=" not in repr(ring)


def test_first_use_makes_a_file_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secrets.key"
    ring = load_or_create_file(path)
    assert (path.stat().st_mode & 0o777, load_file(path)) == (0o600, ring)


def test_a_second_use_finds_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "secrets.key"
    assert load_or_create_file(path) == load_or_create_file(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_file_that_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "secrets.key"
    load_or_create_file(path)
    path.chmod(mode)
    with pytest.raises(BadKey, match="chmod 600"):
        load_or_create_file(path)


@pytest.mark.parametrize("content", [b"", b"# only words\n", b"\xff\xfe\x00", b"a" * 10_000])
def test_a_file_without_keys_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secrets.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(BadKey, match=r"secrets\.key"):
        load_or_create_file(path)
    assert path.read_bytes() == content


def test_rotation_makes_a_new_key_and_keeps_the_old(tmp_path: Path) -> None:
    path = tmp_path / "secrets.key"
    before = load_or_create_file(path)
    after = rotate_file(path)
    assert (after.previous, load_file(path)) == (before.current, after)
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_unfinished_rotation_loses_no_key_to_another(tmp_path: Path) -> None:
    path = tmp_path / "secrets.key"
    load_or_create_file(path)
    rotated = rotate_file(path)
    with pytest.raises(Conflict) as refused:
        rotate_file(path)
    assert (refused.value.state, load_file(path)) == ("rotating", rotated)


def test_retiring_drops_the_previous_key(tmp_path: Path) -> None:
    path = tmp_path / "secrets.key"
    load_or_create_file(path)
    rotated = rotate_file(path)
    retire_file(path, still_used={rotated.current.id})
    assert (load_file(path).current, load_file(path).previous) == (rotated.current, None)


def test_a_key_in_use_is_not_retired(tmp_path: Path) -> None:
    path = tmp_path / "secrets.key"
    old = load_or_create_file(path).current
    rotated = rotate_file(path)
    with pytest.raises(Conflict) as refused:
        retire_file(path, still_used={old.id})
    assert (refused.value.state, load_file(path)) == ("in_use", rotated)


def test_retiring_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "secrets.key"
    ring = load_or_create_file(path)
    assert retire_file(path, still_used=set()) == ring


def test_a_draft_left_by_a_dead_process_is_in_nobodys_way(tmp_path: Path) -> None:
    path = tmp_path / "secrets.key"
    ring = load_or_create_file(path)
    (tmp_path / ".secrets.key.new").write_text("half a ke")
    assert load_file(path) == ring
    assert rotate_file(path).previous == ring.current
    assert [file.name for file in tmp_path.iterdir()] == ["secrets.key"]


def test_a_crash_before_the_rename_leaves_the_old_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secrets.key"
    ring = load_or_create_file(path)

    def crash(_: Path, __: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        rotate_file(path)
    monkeypatch.undo()
    assert load_file(path) == ring


_FIRST_USE = """
import sys
from pathlib import Path
from armillary.storage.keyfile import load_or_create_file
sys.stdin.readline()
print(load_or_create_file(Path(sys.argv[1])).current.id)
"""


def test_processes_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secrets.key"
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", _FIRST_USE, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    answers = {racer.communicate(timeout=60)[0].strip() for racer in racers}
    assert answers == {load_file(path).current.id}


_ROTATE = """
import sys
from pathlib import Path
from armillary.domain.errors import Conflict
from armillary.storage.keyfile import rotate_file
sys.stdin.readline()
try:
    print(rotate_file(Path(sys.argv[1])).current.id)
except Conflict as refused:
    print(refused.state)
"""


def test_processes_that_rotate_at_once_make_one_new_key(tmp_path: Path) -> None:
    path = tmp_path / "secrets.key"
    old = load_or_create_file(path).current
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", _ROTATE, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    answers = sorted(racer.communicate("go\n", timeout=60)[0].strip() for racer in racers)
    ring = load_file(path)
    assert ring.previous == old
    assert answers == sorted([ring.current.id, "rotating", "rotating"])
