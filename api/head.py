"""What a request's head may be (RFC 9112 sections 2 to 6); anything else is refused."""

import re
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIEnvironment

from models.refusal import Refusal

OLD = ("HTTP/1.0", "HTTP/1", "HTTP/0.9")
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"))
METHOD = re.compile(r"[A-Z0-9!#$%&'*+.^_`|~-]+")
HOST = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+;=%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
LENGTH = re.compile(r"[0-9]{1,18}")
ABSOLUTE = re.compile(r"https?://([^/?#@]+)(.*)", re.IGNORECASE)
BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def check_head(environ: WSGIEnvironment, limit: int) -> None:
    method = environ["REQUEST_METHOD"]
    if method not in METHODS and (method == "CONNECT" or not METHOD.fullmatch(method)):
        raise Refusal("malformed-request", "The method is not one.")
    # Granian knows no missing Host and joins two with a comma, which no host name has.
    host = environ.get("HTTP_HOST")
    if not HOST.fullmatch(host) if host else environ["SERVER_PROTOCOL"] not in OLD:
        raise Refusal("malformed-request", "There must be one Host, and it must be well-formed.")
    size = 0
    for name, value in environ.items():
        if name[:5] == "HTTP_":
            size += len(name) + len(value)
    if size > limit:
        raise Refusal("header-too-large", f"The header may have at most {limit} bytes.")


def body_length(environ: WSGIEnvironment) -> int | None:
    """None for a chunked body (RFC 9112 section 6.3)."""
    coding, length = environ.get("HTTP_TRANSFER_ENCODING"), environ.get("CONTENT_LENGTH")
    if coding is None:
        if length and not LENGTH.fullmatch(length):
            raise Refusal("malformed-request", "Content-Length must be a number.")
        return int(length or 0)
    if length or environ["SERVER_PROTOCOL"] in OLD:
        raise Refusal("malformed-request", "Transfer-Encoding goes with nothing else that frames.")
    if coding.strip().lower() != "chunked":
        raise Refusal("not-implemented", "The only transfer coding is chunked.")
    return None


def check_target(environ: WSGIEnvironment, limit: int) -> None:
    """Sets PATH_INFO anew from what was sent, if the server passes that on (RFC 9112 3.2)."""
    path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    target = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if len(target or path + query) > limit:
        raise Refusal("uri-too-long", f"The URL may have at most {limit} bytes.")
    if "%" in query or not query.isascii():
        _decoded(query)
    if target:
        path = _path(environ, target).removeprefix(environ.get("SCRIPT_NAME", ""))
        environ["PATH_INFO"] = path
    elif not path.isascii() or "\0" in path:
        _demand_text(path.encode("latin-1"))
    if not path.startswith("/") and (path, environ["REQUEST_METHOD"]) != ("*", "OPTIONS"):
        raise Refusal("malformed-request", "The request target is neither a path nor a URL.")
    if path.startswith("//"):
        # The router would drop all but one of them, and each thing have many addresses.
        raise Refusal("not-found", "No address begins with two slashes.")


def _path(environ: WSGIEnvironment, target: str) -> str:
    if absolute := ABSOLUTE.fullmatch(target):
        environ["HTTP_HOST"] = absolute[1]
        target = absolute[2] if absolute[2].startswith("/") else "/" + absolute[2]
    if "#" in target:
        raise Refusal("malformed-request", "A fragment is not sent.")
    path = target.partition("?")[0]
    return path if "%" not in path and path.isascii() else _decoded(path)


def _decoded(text: str) -> str:
    """As WSGI wants it, each byte a character, but with ``SLASH`` for every encoded slash."""
    if BAD_ESCAPE.search(text):
        raise Refusal("malformed-request", "A percent sign in the URL begins no escape.")
    data = text.encode("latin-1")
    _demand_text(unquote_to_bytes(data))
    data = data.replace(b"%2F", b"%00").replace(b"%2f", b"%00")
    return unquote_to_bytes(data).decode("latin-1")


def _demand_text(data: bytes) -> None:
    try:
        data.decode()
    except UnicodeDecodeError:
        raise Refusal("malformed-request", "The URL must be in UTF-8.") from None
    if b"\0" in data:
        raise Refusal("malformed-request", "There is a NUL in the URL.")
