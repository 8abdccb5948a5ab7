"""Every kind of refusal (RFC 9457): the table that ``/problems`` shows, and the body's shape."""

from typing import NamedTuple

from marshmallow import EXCLUDE, Schema, fields


class Problem(NamedTuple):
    status: int
    title: str
    meaning: str
    mend: str


PROBLEMS: dict[str, Problem] = {
    "malformed-request": Problem(
        400,
        "The request cannot be read.",
        "The request line, a header field or the body is not well-formed, so nothing in it was "
        "acted upon. A body must be I-JSON (RFC 7493): UTF-8, no name twice in one object, no "
        "NaN or Infinity, no lone surrogates, nested no deeper than the server's limit.",
        "Mend the place that `detail` names and send it again.",
    ),
    "invalid-parameter": Problem(
        400,
        "A parameter is not valid.",
        "A query parameter is unknown, given twice, or its value is not of the right type.",
        "Each member of `errors` names a parameter and says what would be valid.",
    ),
    "unauthenticated": Problem(
        401,
        "Who is asking?",
        "This needs a credential, or the one that was sent is invalid, expired or revoked; or the "
        "e-mail and the password do not go together.",
        "Send `Authorization: Bearer` and a valid key, or the token of a session. An invalid one "
        "is never treated as a guest.",
    ),
    "forbidden": Problem(
        403,
        "Not for this caller.",
        "The server knows who is asking, and the answer is no.",
        "Ask an admin to change the collection's `access`, or use another credential.",
    ),
    "not-found": Problem(
        404,
        "There is nothing here.",
        "No such address, collection or record; or none that this caller may see.",
        "Check the spelling; names are case-sensitive, and there is no slash at the end.",
    ),
    "method-not-allowed": Problem(
        405,
        "Not with this method.",
        "The address exists, but not for this method.",
        "The `Allow` header field lists the methods that work here.",
    ),
    "not-acceptable": Problem(
        406,
        "No acceptable representation.",
        "The `Accept` header field admits nothing that this address offers.",
        "Accept `application/json` or `*/*`.",
    ),
    "conflict": Problem(
        409,
        "It conflicts with what is stored.",
        "The database refused: the value is taken, a reference leads to nothing, or something "
        "still refers to what was to be deleted.",
        "`errors` points at the field. Change it, or what is in its way, and send it again.",
    ),
    "would-lose-data": Problem(
        409,
        "That would lose data.",
        "The changed definition has no room for something that records hold.",
        "If that is what you want, send the request again with `?allow_data_loss=true`.",
    ),
    "violated-by-data": Problem(
        409,
        "Stored records violate it.",
        "The changed definition forbids what some records hold.",
        "Mend the records that `errors` names first, then send the definition again.",
    ),
    "gone": Problem(
        410,
        "It was deleted.",
        "There was something here, and it has been deleted.",
        "PUT brings a record back to life.",
    ),
    "precondition-failed": Problem(
        412,
        "It has changed meanwhile.",
        "A condition of the request (`If-Match`, `If-None-Match`, `If-Unmodified-Since`) does not "
        "hold, so nothing was done.",
        "Read it again, apply your change to what you read, and send that with its ETag.",
    ),
    "content-too-large": Problem(
        413,
        "The body is too large.",
        "The body is larger than the server's limit.",
        "Send less at once; a bulk load goes by import, which has no total limit.",
    ),
    "uri-too-long": Problem(
        414,
        "The URL is too long.",
        "The request target is longer than the server's limit.",
        "Shorten the query.",
    ),
    "unsupported-media-type": Problem(
        415,
        "Not in this format.",
        "The body's `Content-Type`, its charset or its `Content-Encoding` is not one that this "
        "address takes.",
        "Send JSON in UTF-8 as `Content-Type: application/json`; `Accept-Post` and "
        "`Accept-Patch` list what works.",
    ),
    "validation-failed": Problem(
        422,
        "The record is not valid.",
        "The body was understood, but some of it is not valid. Nothing was stored.",
        "`errors` lists every failure with a JSON Pointer (RFC 6901) to its place.",
    ),
    "idempotency-key-reused": Problem(
        422,
        "The key was used for another request.",
        "This Idempotency-Key came with another request before.",
        "Make a new random key for each new request.",
    ),
    "precondition-required": Problem(
        428,
        "A condition is required.",
        "This collection takes no write of an existing record without a condition.",
        "Send `If-Match` with the ETag that you read.",
    ),
    "too-many-requests": Problem(
        429,
        "Too many requests.",
        "This caller, or this address, has asked too often.",
        "Wait as long as `Retry-After` says.",
    ),
    "header-too-large": Problem(
        431,
        "The header is too large.",
        "The request's header block is larger than the server's limit.",
        "Send fewer or shorter header fields.",
    ),
    "internal-error": Problem(
        500,
        "Something went wrong here.",
        "A fault of the server, not of the request.",
        "The log has the details under the `request_id`.",
    ),
    "not-implemented": Problem(
        501,
        "The server does not know this.",
        "The request uses a transfer coding that the server does not know.",
        "Send the body with `Content-Length`, or `Transfer-Encoding: chunked`.",
    ),
    "unavailable": Problem(
        503,
        "Not just now.",
        "The database is down, full or locked. What was asked was not done.",
        "Try again after the seconds in `Retry-After`; it heals without help.",
    ),
}


class ProblemErrorSchema(Schema):
    """One thing wrong, and where."""

    pointer = fields.String(metadata={"description": "JSON Pointer (RFC 6901) into the body."})
    parameter = fields.String(
        metadata={"description": "The query parameter, in place of a pointer."}
    )
    code = fields.String(required=True, metadata={"description": "For programs."})
    detail = fields.String(required=True, metadata={"description": "For people."})


class ProblemSchema(Schema):
    """A refusal (RFC 9457). There may be other members: `current` of a 412."""

    class Meta:
        # Section 3.2: extension members, which clients must ignore if they do not know them. The
        # document is open to them by not saying so: said, no member would be unknown to TypeScript.
        unknown = EXCLUDE

    type = fields.String(required=True, metadata={"description": "`/problems/{name}`."})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String(required=True, metadata={"description": "The path that was asked."})
    request_id = fields.String(required=True, metadata={"description": "As in `X-Request-Id`."})
    errors = fields.List(fields.Nested(ProblemErrorSchema))
