"""Types and codings, of what comes in and of what goes out (RFC 9110 §8 and §12)."""

import gzip
import zlib

from api.check.answer import Answer
from api.check.lab import JSON, Lab
from api.check.offers import compressed
from api.check.promise import (
    SHOULD,
    NotOffered,
    expect,
    expect_no_fault,
    expect_refused,
    expect_status,
    promise,
)

GROUP = "Types and codings"
JUNK = (";;q=,,/", "*/*;q=", '"', "a/b;q=1.2.3", "\xff\xfe", "x" * 2000)


@promise("JSON comes as JSON, by name and by grammar.", "RFC 9110 §8.3", SHOULD)
def json_is_json(lab: Lab) -> None:
    for path in (lab.standing().path, lab.profile.records):
        answer = lab.get(path)
        expect(answer.is_json, "Content-Type: application/json", answer)
        expect(answer.value is not None, "valid JSON in UTF-8", answer)


def posted(lab: Lab, type: str | None, *fields: tuple[str, str]) -> Answer:
    return lab.ask("POST", lab.profile.records, lab.body(), fields, type=type)


@promise("A body that says it is text/plain is not taken for JSON.", "RFC 9110 §15.5.16", SHOULD)
def type_is_believed(lab: Lab) -> None:
    expect_refused(posted(lab, "text/plain"))


@promise("A body without a type is accepted or refused, without a fault.", "RFC 9110 §8.3", SHOULD)
def type_missing(lab: Lab) -> None:
    expect_no_fault(posted(lab, None))


@promise("charset=utf-8 beside application/json means nothing.", "RFC 8259 §11", SHOULD)
def type_with_charset(lab: Lab) -> None:
    answer = posted(lab, "application/json; charset=utf-8")
    expect(answer.ok, "2xx", answer)


@promise("Media types ignore case.", "RFC 9110 §8.3.1")
def type_in_capitals(lab: Lab) -> None:
    answer = posted(lab, "Application/JSON")
    expect(answer.ok, "2xx", answer)


@promise("A coding that is not understood is refused.", "RFC 9110 §8.4", SHOULD)
def coding_unknown(lab: Lab) -> None:
    answer = posted(lab, JSON, ("Content-Encoding", "frobnicate"))
    if answer.ok:
        raise NotOffered("Content-Encoding of a request is ignored, as RFC 9110 allows")
    expect_refused(answer)


def accepting(lab: Lab, accept: str, path: str = "") -> Answer:
    return lab.get(path or lab.standing().path, [("Accept", accept)])


@promise("What cannot be had in the wanted type is 406, or comes all the same.",
         "RFC 9110 §15.5.7", SHOULD)  # fmt: skip
def accept_another_type(lab: Lab) -> None:
    for path in (lab.standing().path, lab.profile.records):
        answer = accepting(lab, "application/x-frobnicate", path)
        expect_status(answer, 200, 406)
        expect(answer.media_type != "application/x-frobnicate", "an honest type", answer)


@promise("JSON is sent to who would take it, though not as the first choice.", "RFC 9110 §12.5.1")
def accept_with_weights(lab: Lab) -> None:
    for accept in ("application/x-frobnicate, application/json;q=0.5", "application/*", "*/*;q=.1"):
        answer = accepting(lab, accept)
        expect(answer.status == 200 and answer.is_json, f"JSON for Accept: {accept}", answer)


@promise("q=0 means: not this one.", "RFC 9110 §12.4.2", SHOULD)
def accept_weight_of_zero(lab: Lab) -> None:
    if accepting(lab, "application/x-frobnicate").status != 406:
        raise NotOffered("Accept is disregarded, as RFC 9110 §12.5.1 allows")
    answer = accepting(lab, "application/json;q=0")
    expect(not (answer.ok and answer.is_json), "406, or another type", answer)


@promise("Nonsense in Accept, Cookie, Prefer… makes no 5xx.", "RFC 9110 §15.6", SHOULD)
def junk_in_fields(lab: Lab) -> None:
    names = ("Accept", "Accept-Encoding", "Accept-Language", "Cookie", "Prefer", "If-None-Match",
             "If-Modified-Since", "Range", "Forwarded")  # fmt: skip
    for name in names:
        for junk in JUNK:
            answer = lab.get(lab.standing().path, [(name, junk)])
            expect(answer.status < 500, f"no 5xx for {name}: {junk[:20]!r}", answer)


@promise("gzip holds what is sent without it.", "RFC 9110 §8.4.1.3", needs="gzip")
def gzip_is_right(lab: Lab) -> None:
    packed = compressed(lab)
    plain = lab.get(lab.profile.records)
    expect("Content-Encoding" not in plain, "no coding that was not asked for", plain)
    try:
        right = gzip.decompress(packed.body) == plain.body
    except (OSError, EOFError, zlib.error):
        right = False
    expect(right, "the same bytes", f"{len(packed.body)} bytes that unpack otherwise")


@promise("What may come in gzip says Vary: Accept-Encoding, coded or not.", "RFC 9110 §12.5.5",
         SHOULD, "gzip")  # fmt: skip
def gzip_varies(lab: Lab) -> None:
    for answer in (compressed(lab), lab.get(lab.profile.records)):
        expect(bool(answer.names("Vary") & {"accept-encoding", "*"}), "Vary: Accept-Encoding",
               f"Vary: {answer['Vary']}")  # fmt: skip


@promise("gzip has a strong ETag of its own.", "RFC 9110 §8.8.3.3", needs="gzip list-tag")
def gzip_has_its_own_tag(lab: Lab) -> None:
    packed, plain = compressed(lab)["ETag"], lab.get(lab.profile.records)["ETag"]
    expect(packed.startswith("W/") or packed != plain, f"other than {plain}", packed)


@promise("gzip;q=0 gets no gzip.", "RFC 9110 §12.5.3", needs="gzip")
def gzip_refused(lab: Lab) -> None:
    for accept in ("gzip;q=0", "gzip;q=0, *", "identity", "frobnicate"):
        answer = lab.get(lab.profile.records, [("Accept-Encoding", accept)])
        coding = answer["Content-Encoding"]
        expect(coding != "gzip", f"no gzip for Accept-Encoding: {accept}", coding)


@promise("identity;q=0 gets gzip.", "RFC 9110 §12.5.3", SHOULD, "gzip")
def identity_refused(lab: Lab) -> None:
    answer = lab.get(lab.profile.records, [("Accept-Encoding", "identity;q=0, gzip")])
    expect("Content-Encoding" in answer or answer.status in (406, 415), "gzip", answer)


@promise("A coding that is not to be had gets the plain thing.", "RFC 9110 §12.5.3", SHOULD)
def coding_not_to_be_had(lab: Lab) -> None:
    answer = lab.get(lab.standing().path, (("Accept-Encoding", "frobnicate"),))
    expect(answer.ok and "Content-Encoding" not in answer, "200 without a coding", answer)


@promise("A range is honoured or ignored.", "RFC 9110 §14.2")
def ranges(lab: Lab) -> None:
    answer = lab.get(lab.standing().path, [("Range", "bytes=0-0")])
    expect_status(answer, 200, 206)
    if answer.status == 206:
        expect(len(answer.body) == 1 and "Content-Range" in answer, "1 byte, Content-Range", answer)
