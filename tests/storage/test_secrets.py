"""Secrets at rest: sealed, bound to their row, and readable at every step of a rotation."""

from __future__ import annotations

import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from armillary.domain.errors import ArmillaryError, Conflict, Unavailable
from armillary.storage.secrets import Keyring, SecretDamaged, sealed_by

_KEY = bytes(range(32)).hex()
_OTHER_KEY = bytes(range(32, 64)).hex()
_RING = Keyring.from_text(_KEY)
_ANY_TEXT = st.text(st.characters())
_PLACES = st.tuples(st.text(max_size=20), st.uuids() | st.text(max_size=20))
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."


@given(_PLACES, _ANY_TEXT)
def test_what_is_sealed_opens_in_its_place(place: tuple[str, UUID | str], secret: str) -> None:
    assert _RING.unseal(*place, _RING.seal(*place, secret)) == secret


@given(st.binary())
def test_bytes_come_back_as_they_went(secret: bytes) -> None:
    assert _RING.unseal_bytes("pepper", "", _RING.seal("pepper", "", secret)) == secret


@given(_PLACES, _PLACES)
def test_a_secret_opens_in_no_other_place(here: tuple[str, UUID | str], there: tuple[str, UUID | str]) -> None:
    sealed = _RING.seal(*here, "sk-secret")
    spelled = [(purpose, row.hex if isinstance(row, UUID) else row) for purpose, row in (here, there)]
    if spelled[0] != spelled[1]:
        with pytest.raises(SecretDamaged):
            _RING.unseal(*there, sealed)


def test_parts_of_a_place_do_not_run_together() -> None:
    with pytest.raises(SecretDamaged):
        _RING.unseal("ab", "c", _RING.seal("a", "bc", "sk-secret"))


@given(st.data())
def test_any_changed_character_is_noticed(data: st.DataObject) -> None:
    sealed = _RING.seal("provider", "7", "sk-secret")
    place = data.draw(st.integers(0, len(sealed) - 1))
    wrong = data.draw(st.sampled_from(_ALPHABET).filter(lambda char: char != sealed[place]))
    with pytest.raises((SecretDamaged, Unavailable)):
        _RING.unseal("provider", "7", sealed[:place] + wrong + sealed[place + 1 :])


@given(st.data())
def test_a_cut_or_lengthened_secret_is_noticed(data: st.DataObject) -> None:
    sealed = _RING.seal("provider", "7", "sk-secret")
    cut = sealed[: data.draw(st.integers(0, len(sealed) - 1))]
    for wrong in (cut, sealed + "A", sealed + "=", sealed + "\n", " " + sealed):
        with pytest.raises((SecretDamaged, Unavailable)):
            _RING.unseal("provider", "7", wrong)


@given(st.text())
def test_text_that_was_never_sealed_is_refused(text: str) -> None:
    with pytest.raises(SecretDamaged):
        _RING.unseal("provider", "7", text)


def test_equal_secrets_look_different() -> None:
    assert _RING.seal("provider", "7", "sk-secret") != _RING.seal("provider", "7", "sk-secret")


def test_sealed_text_names_its_key_and_hides_its_secret() -> None:
    sealed = _RING.seal("provider", "7", "sk-secret")
    assert (sealed_by(sealed), "sk-secret" in sealed) == (_RING.current_id, False)
    assert sealed.startswith(_RING.ours.removesuffix("%"))


def test_an_unknown_key_is_unavailable_not_damage() -> None:
    sealed = Keyring.from_text(_OTHER_KEY).seal("provider", "7", "sk-secret")
    with pytest.raises(Unavailable, match="the secrets key"):
        _RING.unseal("provider", "7", sealed)


def test_bytes_that_are_no_text_are_not_quoted() -> None:
    sealed = _RING.seal("provider", "7", b"\xffsk-secret")
    with pytest.raises(SecretDamaged) as failed:
        _RING.unseal("provider", "7", sealed)
    assert "sk-secret" not in "".join(traceback.format_exception(failed.value))


def test_no_repr_tells_a_key() -> None:
    ring = Keyring.from_text(f"{_KEY},{_OTHER_KEY}")
    assert repr(ring) == f"<Keyring current={ring.current_id}>"


def test_rewrapping_changes_the_key_and_not_the_encrypted_secret() -> None:
    old = _RING.seal("provider", "7", "sk-secret")
    rotating = Keyring.from_text(f"{_OTHER_KEY},{_KEY}")
    new = rotating.rewrap("provider", "7", old)
    assert sealed_by(new) == rotating.current_id
    assert new[-30:] == old[-30:]
    assert Keyring.from_text(_OTHER_KEY).unseal("provider", "7", new) == "sk-secret"


def test_rewrapping_twice_changes_nothing() -> None:
    sealed = _RING.seal("provider", "7", "sk-secret")
    assert _RING.rewrap("provider", "7", sealed) == sealed


def test_a_secret_of_another_row_is_not_rewrapped() -> None:
    sealed = _RING.seal("provider", "7", "sk-secret")
    with pytest.raises(SecretDamaged):
        Keyring.from_text(f"{_OTHER_KEY},{_KEY}").rewrap("provider", "8", sealed)


def test_given_keys_are_rotated_by_whoever_gave_them() -> None:
    with pytest.raises(Conflict, match="ARMILLARY_SECRETS_KEY=new,old") as refused:
        _RING.rotate()
    assert (refused.value.state, _RING.from_file, _RING.rotating) == ("given_key", False, False)


def test_a_given_previous_key_in_use_is_told() -> None:
    ring = Keyring.from_text(f"{_OTHER_KEY},{_KEY}")
    with pytest.raises(Conflict) as refused:
        ring.retire(still_used={_RING.current_id})
    ring.retire(still_used={ring.current_id})
    assert (refused.value.state, ring.rotating) == ("in_use", True)


def test_a_running_process_learns_of_a_rotation_by_what_it_meets(tmp_path: Path) -> None:
    server, command = (Keyring.open_file(tmp_path / "secrets.key") for _ in range(2))
    sealed = server.seal("provider", "7", "sk-secret")
    command.rotate()
    assert server.unseal("provider", "7", command.rewrap("provider", "7", sealed)) == "sk-secret"


def test_a_running_process_seals_with_the_new_key_at_once(tmp_path: Path) -> None:
    server, command = (Keyring.open_file(tmp_path / "secrets.key") for _ in range(2))
    server.seal("provider", "7", "sk-secret")
    command.rotate()
    assert sealed_by(server.seal("provider", "8", "sk-other")) == command.current_id


def test_a_file_that_is_gone_stops_sealing_but_not_opening(tmp_path: Path) -> None:
    ring = Keyring.open_file(tmp_path / "secrets.key")
    sealed = ring.seal("provider", "7", "sk-secret")
    (tmp_path / "secrets.key").unlink()
    with pytest.raises(Unavailable):
        ring.seal("provider", "8", "sk-other")
    assert ring.unseal("provider", "7", sealed) == "sk-secret"


def test_a_file_that_went_bad_is_unavailable(tmp_path: Path) -> None:
    ring = Keyring.open_file(tmp_path / "secrets.key")
    (tmp_path / "secrets.key").chmod(0o644)
    with pytest.raises(Unavailable):
        ring.seal("provider", "8", "sk-other")


def test_a_row_read_before_its_key_was_retired_still_opens(tmp_path: Path) -> None:
    server, command = (Keyring.open_file(tmp_path / "secrets.key") for _ in range(2))
    cached = server.seal("provider", "7", "sk-secret")
    for _ in range(3):
        command.rotate()
        command.retire(still_used={command.current_id})
        server.seal("provider", "8", "sk-other")
    assert server.unseal("provider", "7", cached) == "sk-secret"
    with pytest.raises(Unavailable):
        Keyring.open_file(tmp_path / "secrets.key").unseal("provider", "7", cached)


def test_rotations_under_load_fail_no_read(tmp_path: Path) -> None:
    server, command = (Keyring.open_file(tmp_path / "secrets.key") for _ in range(2))
    rows = {str(number): server.seal("provider", str(number), f"sk-{number}") for number in range(10)}
    passes = [threading.Semaphore(0) for _ in range(4)]
    finished: list[bool] = []
    done = threading.Event()

    def read(passed: threading.Semaphore) -> None:
        while not done.is_set():
            assert all(server.unseal("provider", row, sealed) == f"sk-{row}" for row, sealed in list(rows.items()))
            passed.release()

    def rotate() -> None:
        command.rotate()
        for row, sealed in list(rows.items()):
            rows[row] = command.rewrap("provider", row, sealed)
        command.retire(still_used={sealed_by(sealed) for sealed in rows.values()})

    with ThreadPoolExecutor(4) as readers:
        reading = [readers.submit(read, passed) for passed in passes]
        for _ in range(4):
            rotate()
            # a whole pass of each lies between two rotations: nobody sleeps through a key's whole life
            for passed in passes:
                while passed.acquire(blocking=False):
                    pass  # passes of before
            finished += [passed.acquire(timeout=30) for _ in range(2) for passed in passes]
        done.set()
    assert all(finished)
    assert [future.exception() for future in reading] == [None] * 4


class Rotation(RuleBasedStateMachine):
    """Two servers and a command share a key file; whichever step comes next, and however often, all can read."""

    @initialize()
    def start(self) -> None:
        self.folder = TemporaryDirectory()
        self.path = Path(self.folder.name) / "secrets.key"
        self.rings = [Keyring.open_file(self.path) for _ in range(3)]
        self.rows: dict[str, str] = {}
        self.secrets: dict[str, str] = {}

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()

    @rule(process=st.integers(0, 2), row=st.sampled_from("abcdef"), secret=st.text())
    def store(self, process: int, row: str, secret: str) -> None:
        self.rows[row] = self.rings[process].seal("provider", row, secret)
        self.secrets[row] = secret

    @rule(process=st.integers(0, 2))
    def rotate(self, process: int) -> None:
        rotating = self.rings[process].rotating
        try:
            self.rings[process].rotate()
        except Conflict:
            assert rotating

    @precondition(lambda self: self.rows)
    @rule(process=st.integers(0, 2), data=st.data())
    def rewrap_one(self, process: int, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(sorted(self.rows)))
        self.rows[row] = self.rings[process].rewrap("provider", row, self.rows[row])

    @rule(process=st.integers(0, 2))
    def rewrap_all(self, process: int) -> None:
        self.rows = {row: self.rings[process].rewrap("provider", row, text) for row, text in self.rows.items()}

    @rule(process=st.integers(0, 2))
    def retire(self, process: int) -> None:
        used = {sealed_by(sealed) for sealed in self.rows.values()}
        try:
            self.rings[process].retire(still_used=used)
        except Conflict:
            assert len(used) == 2 or used != {self.rings[process].current_id}

    @rule(process=st.integers(0, 2))
    def restart(self, process: int) -> None:
        self.rings[process] = Keyring.open_file(self.path)

    @invariant()
    def every_process_reads_every_secret(self) -> None:
        for ring in getattr(self, "rings", []):
            read = {row: ring.unseal("provider", row, sealed) for row, sealed in self.rows.items()}
            assert read == self.secrets


TestRotation = Rotation.TestCase


def test_every_failure_is_one_a_caller_can_act_on() -> None:
    assert issubclass(SecretDamaged, ArmillaryError)
