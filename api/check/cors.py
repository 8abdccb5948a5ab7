"""CORS, as the Fetch standard has it."""

from api.check.answer import Answer
from api.check.lab import Lab
from api.check.offers import lacks
from api.check.promise import MAY, SHOULD, Broken, NotOffered, expect, promise

GROUP = "CORS"
ALLOW = "Access-Control-Allow-Origin"
FOREIGN = ("https://evil.example", "null")


def wanted(lab: Lab) -> dict[str, set[str]]:
    """What a script of ours needs to be allowed."""
    names = {name.lower() for name in lab.profile.headers} & {"authorization"}
    method = "delete" if lacks(lab, "put") else "put"
    return {"Methods": {method}, "Headers": names | {"content-type"}}


def preflight(lab: Lab, origin: str) -> Answer:
    asked = wanted(lab)
    fields = [
        ("Origin", origin),
        ("Access-Control-Request-Method", "".join(asked["Methods"]).upper()),
        ("Access-Control-Request-Headers", ",".join(sorted(asked["Headers"]))),
    ]
    return lab.ask("OPTIONS", lab.standing().path, None, fields, credentials=False)


def expect_allowed(answer: Answer, origin: str) -> None:
    said = answer[ALLOW]
    expect(said in (origin, "*"), f"{ALLOW}: {origin}", f"{ALLOW}: {said or '(absent)'}")


@promise("A preflight of an allowed origin is granted, without a credential.", "Fetch, CORS",
         needs="cors")  # fmt: skip
def preflight_granted(lab: Lab) -> None:
    answer = preflight(lab, lab.profile.claims.cors_origin)
    expect(answer.ok, "2xx", answer)
    expect_allowed(answer, lab.profile.claims.cors_origin)
    for name, needed in wanted(lab).items():
        said = answer.names(f"Access-Control-Allow-{name}")
        # The wildcard does not cover Authorization, nor anything where there are credentials.
        any_one = "*" in said and "Access-Control-Allow-Credentials" not in answer
        missing = (needed & {"authorization"} if any_one else needed) - said
        expect(not missing, ", ".join(sorted(needed)), ", ".join(sorted(said)))


@promise("Answers and errors are there for an allowed origin.", "Fetch, CORS", needs="cors")
def origin_allowed(lab: Lab) -> None:
    origin = lab.profile.claims.cors_origin
    for path in (lab.standing().path, lab.missing()):
        expect_allowed(lab.get(path, [("Origin", origin)]), origin)


@promise("An answer that names an origin says Vary: Origin.", "Fetch, CORS", SHOULD, "cors")
def origin_varies(lab: Lab) -> None:
    path = lab.standing().path
    answer = lab.get(path, [("Origin", lab.profile.claims.cors_origin)])
    if answer[ALLOW] in ("*", lab.get(path)[ALLOW]):
        raise NotOffered("every origin gets the same")
    expect(bool(answer.names("Vary") & {"origin", "*"}), "Vary: Origin", f"Vary: {answer['Vary']}")


@promise("Scripts may read ETag and Location.", "Fetch, CORS", MAY, "cors")
def fields_exposed(lab: Lab) -> None:
    answer = lab.get(lab.standing().path, [("Origin", lab.profile.claims.cors_origin)])
    sent = {name for name in OFFER if not lacks(lab, OFFER[name])}
    exposed = answer.names("Access-Control-Expose-Headers")
    # The wildcard names no field where there are credentials (Fetch).
    any_field = "*" in exposed and "Access-Control-Allow-Credentials" not in answer
    if not (any_field or sent <= exposed):
        raise NotOffered(f"not exposed: {', '.join(sorted(sent - exposed))}")


OFFER = {"etag": "tag", "location": "location"}


@promise("No foreign origin may use a visitor's credentials.", "Fetch, CORS")
def foreign_origin(lab: Lab) -> None:
    for origin in FOREIGN:
        for answer in (lab.get(lab.standing().path, [("Origin", origin)]), preflight(lab, origin)):
            trusting = answer["Access-Control-Allow-Credentials"] == "true"
            if trusting and answer[ALLOW] in (origin, "*"):
                raise Broken("no credentials for it", f"{ALLOW}: {answer[ALLOW]} with credentials")


@promise("An origin that is not allowed is not named.", "Fetch, CORS", needs="cors")
def foreign_origin_unnamed(lab: Lab) -> None:
    claimed = lab.profile.claims.cors_origin
    near = (*FOREIGN, f"{claimed}.evil.example", f"{claimed}:1")
    for origin in near:
        said = lab.get(lab.standing().path, [("Origin", origin)])[ALLOW]
        if said == "*":
            raise NotOffered("any origin is allowed")
        expect(said != origin, f"no {ALLOW} for {origin}", f"{ALLOW}: {said}")
