from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.dialects._kit.forms import SentFile, sent_file
from armillary.dialects._kit.refusals import Malformed


def a_form(**files: tuple[str, bytes, str]) -> tuple[bytes, str]:
    """A form as a client writes it: its body and its content type."""
    request = httpx.Request("POST", "http://x", files=files)
    return request.read(), request.headers["content-type"]


@given(st.binary(max_size=2000) | st.sampled_from([b"\r\n--", b"--\r\n", b"\r\n\r\n"]))
def test_a_file_comes_out_as_it_went_in(content: bytes) -> None:
    body, content_type = a_form(other=("o", b"1", "text/plain"), file=("a.csv", content, "text/csv"))
    assert sent_file(body, content_type, "file") == SentFile(name="a.csv", media_type="text/csv", content=content)


def test_a_form_may_lack_the_file() -> None:
    assert sent_file(*a_form(other=("o", b"1", "text/plain")), "file") is None


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(b"{}", "application/json", id="no-form"),
        pytest.param(b"", "multipart/form-data; boundary=x", id="empty"),
        pytest.param(b"--x--", "multipart/form-data", id="no-boundary"),
        pytest.param(b"--x\r\n\r\n1\r\n--x--\r\n", "multipart/form-data; boundary=x", id="no-name"),
        pytest.param(
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n1\r\n',
            "multipart/form-data; boundary=x",
            id="cut-off",
        ),
        pytest.param(
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 40 + b"--x--\r\n",
            "multipart/form-data; boundary=x",
            id="too-many-parts",
        ),
    ],
)
def test_what_is_no_whole_form_is_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(Malformed):
        sent_file(body, content_type, "file")
