"""The header fields that the OpenAPI document knows: those of requests, and those of answers."""

from typing import Any

Part = dict[str, Any]


def ref(name: str, kind: str = "schemas") -> Part:
    return {"$ref": f"#/components/{kind}/{name}"}


# As RFC 9110 section 8.8.3 has them, in lists as section 5.6.1 lets a recipient take them.
TAG = '(?:W/)?"[!#-~\\u0080-\\u00ff]*"'
TAGS = f"^(?:\\*|[ \\t,]*{TAG}(?:[ \\t]*,[ \\t,]*{TAG})*[ \\t,]*)$"
KEY = '^(?:[!#-+.-~-]{1,255}|"(?:[ !#-\\[\\]-~]|\\\\["\\\\]){1,255}")$'
IGNORED_DATE = "A date that is none is ignored."


def _parameter(name: str, description: str, **schema: Any) -> Part:
    """The example is in the description: Swagger UI would send any other with every request."""
    return {
        "name": name,
        "in": "header",
        "description": description,
        "schema": {"type": "string", **schema},
    }


PARAMETERS: dict[str, Part] = {
    one["name"]: one
    for one in (
        _parameter(
            "If-Match",
            'Only if it is still what you read: its `ETag`, as in `"412-7"`, or several of '
            "them, or `*` for whatever is there. Otherwise the answer is 412. A revision, as in "
            '`"412"`, works too, so that what a list showed can be changed.',
            pattern=TAGS,
        ),
        _parameter(
            "If-None-Match",
            'To GET: the `ETag` of what you have, as in `"412-7"`; if it is still the same, '
            "the answer is 304 without a body. To a write: `*` for only if there is nothing yet, "
            "so that PUT creates and never replaces; otherwise the answer is 412.",
            pattern=TAGS,
        ),
        _parameter(
            "If-Modified-Since",
            "The `Last-Modified` of what you have, as in `Sat, 28 Feb 2026 12:00:00 GMT`; if it "
            "is still the same, the answer is 304. Without meaning beside `If-None-Match`, which "
            f"is finer. {IGNORED_DATE}",
        ),
        _parameter(
            "If-Unmodified-Since",
            "Only if it was not changed after this `Last-Modified`, as in `Sat, 28 Feb 2026 "
            "12:00:00 GMT`; otherwise the answer is 412, and so it is for what was changed within "
            "the last second. Without meaning beside `If-Match`, which is finer. "
            f"{IGNORED_DATE}",
        ),
        _parameter(
            "Idempotency-Key",
            "Makes it safe to send the same request again when no answer came: it is done once, "
            "and answered again with the stored answer, also a refusal, for 24 hours. Make a new "
            "random key (`crypto.randomUUID()`) for each new request. 1 to 255 printable "
            "characters of ASCII, in double quotes or bare, as in "
            "`0d9a7c52-9f3e-4b5e-8c1d-6a2f4e8b7c30`; bare without space and comma.",
            pattern=KEY,
            maxLength=512,
        ),
        _parameter(
            "Prefer",
            "`return=minimal`: an answer without a body (201 or 204). `return=representation`: "
            "what was written, as it is now; so it is without `Prefer`, too. What is unknown is "
            "ignored, unless you add `handling=strict`: then it is 400.",
        ),
    )
}
OF_READS = ("If-Match", "If-None-Match")
# Of what has a Last-Modified.
OF_DATED_READS = (*OF_READS, "If-Modified-Since", "If-Unmodified-Since")
OF_WRITES = ("If-Match", "If-None-Match", "If-Unmodified-Since")


def parameters(*names: str) -> list[Part]:
    return [ref(name, "parameters") for name in names]


def _header(description: str, **schema: Any) -> Part:
    return {"description": description, "schema": {"type": "string", **schema}}


HEADERS: dict[str, Part] = {
    "ETag": _header("What this representation is called: for `If-Match` and `If-None-Match`."),
    "Last-Modified": _header("When it was last changed."),
    "Location": _header("Where it is."),
    "Content-Location": _header("Of what this is the representation."),
    "Link": _header('The next page, as `rel="next"` (RFC 8288).'),
    "Cache-Control": _header("For how long it may be kept: it must be asked for again."),
    "Vary": _header("What the answer depends on."),
    "X-Request-Id": _header("The request's name in the log."),
    "Preference-Applied": _header("What of `Prefer` was honoured (RFC 7240)."),
    "Idempotency-Replayed": _header(
        "`true`: this was answered before, and not done again.", const="true"
    ),
    "Allow": _header("The methods that work here."),
    "WWW-Authenticate": _header("How to say who you are."),
    "Set-Cookie": _header("The cookie that keeps the session; or that there is none any more."),
    "Retry-After": _header("After how many seconds to try again."),
    "RateLimit": _header(
        "How many requests are left (`r`), and after how many seconds (`t`) they all are again, as "
        'in `"default";r=599;t=60`; only where the server sets a limit.',
        pattern='^"default";r=[0-9]+;t=[0-9]+$',
    ),
    "RateLimit-Policy": _header(
        "How many requests (`q`) there may be in how many seconds (`w`), as in "
        '`"default";q=600;w=60`; only where the server sets a limit.',
        pattern='^"default";q=[0-9]+;w=[0-9]+$',
    ),
    "Accept": _header("The types that are taken here."),
    "Accept-Encoding": _header("The content codings that are known here."),
    "Accept-Post": _header("The types that POST takes here."),
    "Accept-Patch": _header("The types that PATCH takes here."),
    "Accept-Query": _header("The types that QUERY takes here."),
}
OF_ANSWERS = ("Cache-Control", "Vary", "X-Request-Id", "RateLimit", "RateLimit-Policy")


def headers(*names: str) -> Part:
    return {name: ref(name, "headers") for name in (*names, *OF_ANSWERS)}
