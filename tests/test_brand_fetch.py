"""Pictures are fetched by their addresses with manners; the only server asked is one on this machine."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image

from genmark.brand.fetch import Fetched, fetch_posts
from genmark.brand.posts import read_posts
from genmark.errors import ConfigError

ROBOTS = b"User-agent: *\nDisallow: /private/\nCrawl-delay: 2\n"


def picture(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(file, "PNG")
    return file.getvalue()


@dataclass
class Site:
    """What a server answers, by path: status, headers, body; and what it was asked."""

    pages: dict[str, tuple[int, dict[str, str], bytes]]
    url: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("no_proxy", "*")
    site = Site(
        {"/robots.txt": (200, {}, ROBOTS), "/a.png": (200, {}, picture("red")), "/b.png": (200, {}, picture("lime"))}
    )

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            status, headers, body = site.pages.get(self.path, (404, {}, b"nothing"))
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


def listed(folder: Path, *rows: str, header: str = "url,brand,fun") -> Path:
    path = folder / "urls.csv"
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


def fetched(site: Site, tmp_path: Path, *names: str, limit: int = 10_000) -> tuple[Fetched, list[float]]:
    rows = [f"{name if '://' in name else site.url + name},brand {i},{i % 2}" for i, name in enumerate(names)]
    slept: list[float] = []
    source = listed(tmp_path, *rows)
    return fetch_posts(source, tmp_path, limit=limit, local=True, sleep=slept.append), slept


def test_pictures_come_with_their_labels_and_in_peace(site: Site, tmp_path: Path) -> None:
    got, slept = fetched(site, tmp_path, "/a.png", "/b.png")
    assert (got.count, got.skipped) == (2, ())
    posts = read_posts(got.posts)
    assert {(post.brand, post.attributes) for post in posts} == {("brand 0", ()), ("brand 1", ("fun",))}
    assert {post.path.read_bytes() for post in posts} == {picture("red"), picture("lime")}
    assert site.asked == ["/robots.txt", "/a.png", "/b.png"]
    assert len(slept) == 2
    assert all(1.5 < pause <= 2.0 for pause in slept)  # the server's own delay, not ours of 1 s


def test_an_interrupted_run_goes_on_without_asking_again(site: Site, tmp_path: Path) -> None:
    fetched(site, tmp_path, "/a.png")
    site.asked.clear()
    assert fetched(site, tmp_path, "/a.png")[0].count == 1
    assert site.asked == []


def test_what_may_not_or_cannot_be_fetched_is_skipped_with_its_reason(site: Site, tmp_path: Path) -> None:
    site.pages |= {
        "/page": (200, {}, b"<!doctype html><p>log in"),
        "/large.png": (200, {}, picture("blue") + bytes(20_000)),
        "/moved.png": (302, {"Location": "/b.png"}, b""),
        "/sly.png": (302, {"Location": "/private/c.png"}, b""),
        "/round": (302, {"Location": "/round"}, b""),
        "/out": (302, {"Location": "file:///etc/passwd"}, b""),
        "/private/c.png": (200, {}, picture("pink")),
    }
    names = ["/private/c.png", "/absent.png", "/page", "/large.png", "/sly.png", "/round", "/out", "/moved.png"]
    got, _ = fetched(site, tmp_path, *names, "ftp://127.0.0.1/a.png", "file:///etc/passwd", "http://[::1/a.png")
    assert got.count == 1
    reasons = ["robots", "answers 404", "a web page", "larger", "robots", "too often", "begins with http"]
    reasons += ["begins with http", "begins with http", "no address"]
    assert len(got.skipped) == len(reasons)
    for (address, why), reason in zip(got.skipped, reasons, strict=True):
        assert reason in why, address
    assert "/private/c.png" not in site.asked


def test_a_picture_listed_twice_counts_once(site: Site, tmp_path: Path) -> None:
    got, _ = fetched(site, tmp_path, "/a.png", "/b.png", "/a.png")
    assert got.count == 2
    assert [post.brand for post in read_posts(got.posts) if post.path.read_bytes() == picture("red")] == ["brand 0"]
    assert "listed before" in got.skipped[0][1]


def test_a_server_that_asks_for_peace_is_left_alone(site: Site, tmp_path: Path) -> None:
    site.pages["/busy.png"] = (429, {}, b"")
    got, _ = fetched(site, tmp_path, "/a.png", "/busy.png", "/b.png")
    assert [why.split(" ", 1)[1] for _, why in got.skipped] == [
        "answers 429",
        "asked to slow down, so it is left alone",
    ]
    assert "/b.png" not in site.asked


@pytest.mark.parametrize(("status", "count"), [(404, 1), (403, 0), (500, 0)])
def test_no_robots_allows_and_broken_robots_forbids(site: Site, tmp_path: Path, status: int, count: int) -> None:
    site.pages["/robots.txt"] = (status, {}, b"")
    if count:
        assert fetched(site, tmp_path, "/a.png")[0].count == 1
    else:
        with pytest.raises(ConfigError, match="robots"):
            fetched(site, tmp_path, "/a.png")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254", "localhost", "2130706433"])
def test_this_machine_and_private_networks_are_not_asked(tmp_path: Path, host: str) -> None:
    with pytest.raises(ConfigError, match=r"private network|no server"):
        fetch_posts(listed(tmp_path, f"http://{host}/a.png,a,0"), tmp_path)


@pytest.mark.parametrize(
    ("header", "row", "says"),
    [("ulr,brand", "x,a", "no column 'url'; did you mean 'ulr'"), ("url", "a,b", "more cells")],
)
def test_a_list_that_is_wrong_is_refused(tmp_path: Path, header: str, row: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        fetch_posts(listed(tmp_path, row, header=header), tmp_path)
