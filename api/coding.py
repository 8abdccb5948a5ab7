"""Content codings of answers (RFC 9110 section 8.4): gzip, br and zstd, as the client likes it.

Each coding is a representation of its own, so it has an entity tag of its own (section 8.8.3.3).
"""

import gzip
import sys
from collections.abc import Callable
from functools import lru_cache

import brotli
from flask import Flask, Response

from resources.answer import MOST_KEPT, Lasting, quoted, tag_of
from resources.negotiation import coding_of
from schemas.condition import coded

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Encode = Callable[[bytes], bytes]
# As fast as they are worth it, for what is made anew each time.
ENCODERS: dict[str, Encode] = {
    "zstd": lambda data: zstd.compress(data, 3),
    "br": lambda data: brotli.compress(data, quality=4),
    "gzip": lambda data: gzip.compress(data, 5, mtime=0),
}


def install(app: Flask) -> None:
    app.after_request(encode)


def encode(response: Response) -> Response:
    coding = coding_of(response)
    if coding is None:
        return response
    data = response.get_data()
    lasts = isinstance(response, Lasting) and len(data) <= MOST_KEPT
    response.set_data((_kept if lasts else _encoded)(coding, data))
    response.headers["Content-Encoding"] = coding
    if "ETag" in response.headers:
        response.headers["ETag"] = quoted(coded(tag_of(response), coding))
    return response


def _encoded(coding: str, data: bytes) -> bytes:
    return ENCODERS[coding](data)


@lru_cache(16)
def _kept(coding: str, data: bytes) -> bytes:
    return _encoded(coding, data)
