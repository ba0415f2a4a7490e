"""Keys, buckets, origins, bodies: what the door is made of."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
from starlette.datastructures import Headers

from graphcdp.api.auth import Keys, api_key_in, write_key_in
from graphcdp.api.cors import Origins
from graphcdp.api.limits import TokenBuckets, TooManyCallsError
from graphcdp.api.tracking.body import MalformedError, decode
from graphcdp.base import ConfigurationError, UnauthorizedError, load_settings

pytestmark = pytest.mark.unit


def test_generated_keys_are_kept_for_their_owner_only(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path / "home", api_keys=None, write_keys=None)
    first, again = Keys.load(settings), Keys.load(settings)
    assert (first.api, first.write) == (again.api, again.write)
    assert first.api[0].startswith("gcdp_") and not first.api[0].startswith("gcdp_w_")
    (write_key,) = first.write
    assert write_key.startswith("gcdp_w_")
    assert first.source_of(write_key) == "http"
    assert stat.S_IMODE((tmp_path / "home" / "keys.json").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["keys.json"]


def test_a_damaged_key_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text('{"api": []}')
    with pytest.raises(ConfigurationError, match="Remove the file"):
        Keys.load(load_settings(home=tmp_path, api_keys=None, write_keys=None))


def test_keys_of_the_settings_are_bound_to_sources(tmp_path: Path) -> None:
    keys = Keys.load(
        load_settings(home=tmp_path, api_keys="gcdp_reader1", write_keys="gcdp_w_luma=luma_web, gcdp_w_plain")
    )
    assert (keys.source_of("gcdp_w_luma"), keys.source_of("gcdp_w_plain")) == ("luma_web", "http")
    assert keys.is_api_key("gcdp_reader1")
    assert not keys.is_api_key("gcdp_w_luma")
    assert keys.source_of("gcdp_reader1") is None
    assert not (tmp_path / "keys.json").exists()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"api_keys": "short"}, "shorter than 8"),
        ({"write_keys": " , "}, "GRAPHCDP_WRITE_KEYS is empty"),
        ({"write_keys": "gcdp_w_luma=Luma Web"}, "no name of a source"),
        ({"api_keys": "gcdp_same_key", "write_keys": "gcdp_same_key"}, "give each its own"),
    ],
)
def test_wrong_keys_are_refused(tmp_path: Path, settings: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        Keys.load(load_settings(home=tmp_path, **settings))


def test_keys_are_found_in_headers() -> None:
    basic = base64.b64encode(b"gcdp_w_1:").decode()
    assert write_key_in(Headers({"Authorization": f"Basic {basic}"})) == "gcdp_w_1"
    assert write_key_in(Headers({"Authorization": "Bearer gcdp_w_1"})) == "gcdp_w_1"
    assert write_key_in(Headers({})) is None
    assert api_key_in(Headers({"Authorization": "bearer gcdp_1"})) == "gcdp_1"
    assert api_key_in(Headers({"X-API-Key": "gcdp_1"})) == "gcdp_1"
    assert api_key_in(Headers({"Authorization": f"Basic {basic}"})) is None
    with pytest.raises(UnauthorizedError, match="base64"):
        write_key_in(Headers({"Authorization": "Basic gcdp_w_1:"}))


def test_a_bucket_lets_a_burst_through_and_says_when_to_go_on() -> None:
    now = 0.0
    buckets = TokenBuckets(rate=10, burst=20, clock=lambda: now)
    buckets.take("a", 20)
    with pytest.raises(TooManyCallsError) as refused:
        buckets.take("a", 15)
    assert refused.value.retry_after == 2
    buckets.take("b", 20)
    now = 1.5
    buckets.take("a", 15)
    with pytest.raises(TooManyCallsError):
        buckets.take("a", 1)
    now = 3.5
    buckets.take("a", 1_000)
    TokenBuckets(rate=0, burst=1).take("a", 1_000_000)


def test_origins() -> None:
    some = Origins("https://shop.example/, http://localhost:3000", "GRAPHCDP_CORS_ORIGINS")
    assert some.allow("https://shop.example")
    assert some.allow("HTTP://localhost:3000")
    assert not some.allow("https://shop.example.evil.example")
    assert not some.allow("null")
    assert not Origins("", "X").allow("https://shop.example")
    assert Origins("*", "X").allow("null")
    with pytest.raises(ConfigurationError, match=r"GRAPHCDP_CORS_ORIGINS names 'shop\.example'"):
        Origins("shop.example", "GRAPHCDP_CORS_ORIGINS")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b'{"event": "x",\n "a" 1}', "line 2, column 6"),
        (b'{"event": "\xff"}', "not UTF-8"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"n": ' + b"9" * 5_000 + b"x}", "not JSON"),
    ],
)
def test_what_is_not_json_is_told_with_its_place(body: bytes, words: str) -> None:
    with pytest.raises(MalformedError, match=words):
        decode(body)


def test_one_wrong_number_does_not_spoil_a_body() -> None:
    read = decode(b'\xef\xbb\xbf{"a": NaN, "b": [1, -Infinity], "c": 1}')
    assert (str(read["a"]), read["b"][1], read["c"]) == ("nan", float("-inf"), 1)
