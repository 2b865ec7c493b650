from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from tests.dialects.artifacts.places import Place, a_place
from tests.servers import Server, running
from tests.wire import answered

TEXT = b'a,b\r\n1,"x,\n\xc3\xa9"\r\n'
MEGABYTE = 2**20


@pytest.fixture(scope="module")
def place(server: Server) -> Iterator[Place]:
    with a_place(server) as made:
        yield made


@pytest.fixture(scope="module")
def api(place: Place) -> httpx.Client:
    return place.client()


def put(api: httpx.Client, content: bytes = TEXT, name: str = "a.csv", **headers: str) -> str:
    reply = api.put("/uploads/upload", params={"filename": name}, content=content, headers=headers)
    assert reply.headers["x-invalidate-tags"] == "uploads"
    upload: str = answered(reply)["upload_id"]
    return upload


@pytest.mark.parametrize("size", [1, MEGABYTE, 10 * MEGABYTE + 1])
def test_a_raw_file_comes_back_byte_for_byte(api: httpx.Client, size: int) -> None:
    content = bytes(number % 251 for number in range(1000)) * (size // 1000 + 1)
    reply = api.get(f"/uploads/{put(api, content[:size], **{'content-type': 'text/plain'})}/download")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/plain")
    assert reply.content == content[:size]


def test_a_forms_file_comes_back_byte_for_byte(api: httpx.Client) -> None:
    reply = api.post(
        "/uploads/upload?subfolder=x", files={"other": ("o", b"1"), "file": ("Préis.csv", TEXT, "text/csv")}
    )
    assert reply.headers["x-invalidate-tags"] == "uploads"
    fetched = api.get(f"/uploads/{answered(reply)['upload_id']}/download")
    assert (fetched.content, fetched.headers["content-type"]) == (TEXT, "text/csv")
    assert fetched.headers["content-disposition"] == "inline; filename=\"Pr_is.csv\"; filename*=UTF-8''Pr%C3%A9is.csv"


def test_what_was_sent_never_acts_on_this_sites_behalf(api: httpx.Client) -> None:
    upload = put(api, b"<script>alert(1)</script>", 'x".html', **{"content-type": "text/html"})
    headers = api.get(f"/uploads/{upload}/download").headers
    assert (headers["content-security-policy"], headers["x-content-type-options"]) == ("sandbox", "nosniff")
    assert headers["content-disposition"] == "inline; filename=\"x_.html\"; filename*=UTF-8''x%22.html"


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 300])
def test_a_raw_file_needs_a_name(api: httpx.Client, name: str) -> None:
    assert api.put("/uploads/upload", params={"filename": name}, content=TEXT).status_code == 400


def test_an_empty_file_is_refused(api: httpx.Client) -> None:
    assert api.put("/uploads/upload?filename=a.csv", content=b"").status_code == 400
    assert api.post("/uploads/upload", files={"file": ("a.csv", b"")}).status_code == 400
    assert api.post("/uploads/upload", files={"file": ("", b"1")}).status_code in {400, 422}


def test_what_is_no_form_with_a_file_is_refused(api: httpx.Client) -> None:
    assert api.post("/uploads/upload", json={"file": "x"}).status_code == 422
    assert api.post("/uploads/upload", files={"other": ("a", b"1")}).status_code == 422
    broken = api.post(
        "/uploads/upload", content=b"--x\r\n", headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert broken.status_code == 422


def test_a_file_has_a_bound(api: httpx.Client) -> None:
    reply = api.put("/uploads/upload?filename=a", content=b"x" * (32 * MEGABYTE + 1))
    assert reply.status_code == 413


def test_an_upload_is_read_as_csv(api: httpx.Client) -> None:
    table = answered(api.post("/uploads/csv", json={"upload_id": put(api, b"\xef\xbb\xbf" + TEXT)}))
    assert table == {"headers": ["a", "b"], "rows": [["1", "x,\né"]], "row_count": 1}
    only_a_mark = answered(api.post("/uploads/csv", json={"upload_id": put(api, b"\xef\xbb\xbf")}))
    assert only_a_mark == {"headers": [], "rows": [], "row_count": 0}
    assert api.post("/uploads/csv", json={"upload_id": put(api, b"\xff")}).status_code == 400
    assert api.post("/uploads/csv", json={"upload_id": str(uuid4())}).status_code == 404
    assert api.post("/uploads/csv", json={}).status_code == 422


def test_downloads_climb_the_ladder(place: Place, server: Server) -> None:
    mine = place.client(role="member")
    upload = put(mine)
    path = f"/uploads/{upload}/download"
    assert httpx.get(server.url + path).status_code == 401
    assert place.client("agents:read").get(path).status_code == 403
    assert mine.get("/uploads/no-uuid/download").status_code == 422
    assert mine.get(f"/uploads/{uuid4()}/download").status_code == 404
    assert mine.get(path).content == TEXT
    assert place.client(role="member").get(path).status_code == 404
    assert [place.client(role=role).get(path).status_code for role in ("admin", "owner")] == [200, 200]
    with a_place(server) as elsewhere:
        foreign = elsewhere.client().get(path)
        assert (foreign.status_code, foreign.json()) == (404, mine.get(f"/uploads/{uuid4()}/download").json())


def test_an_upload_is_no_models(api: httpx.Client) -> None:
    """An upload that is being written, or that is none, is told by nothing."""
    assert api.get("/uploads/00000000-0000-0000-0000-000000000000/download").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/uploads/create"),
        ("HEAD", "/uploads/x/status"),
        ("PATCH", "/uploads/x/chunk"),
        ("POST", "/uploads/x/finalize"),
    ],
)
def test_resumable_uploads_are_told_to_be_not_served(api: httpx.Client, server: Server, method: str, path: str) -> None:
    assert httpx.request(method, server.url + path).status_code == 401
    reply = api.request(method, path)
    assert reply.status_code == 404
    assert method == "HEAD" or reply.json() == {"detail": "this server does not offer this operation"}


def test_open_downloads_need_no_key(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = tmp_path_factory.mktemp("open")
    with running(data, "", ARMILLARY_OPEN_DOWNLOADS="1") as server, server.client() as api:
        upload = put(api)
        reply = httpx.get(f"{server.url}/uploads/{upload}/download")
        assert (reply.status_code, reply.content) == (200, TEXT)
        assert reply.headers["cache-control"] == "private, max-age=0, must-revalidate"
        assert httpx.get(f"{server.url}/uploads/{uuid4()}/download").status_code == 404
        assert httpx.get(f"{server.url}/uploads/x/download").status_code == 422
        assert httpx.put(f"{server.url}/uploads/upload?filename=a", content=b"x").status_code == 401
