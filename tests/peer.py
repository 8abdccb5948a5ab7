"""A small REST server that keeps every promise of ``pennyworth check``, but those in ``faults``.

A fault is named after the promise that it breaks.
"""

import gzip
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TYPES = {"title": str, "note": str, "pages": int, "tags": list, "extra": dict}
MERGE, OPERATIONS = "application/merge-patch+json", "application/json-patch+json"
ORIGIN = "https://app.example"
METHODS = {"list": "GET, HEAD, POST, OPTIONS", "item": "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"}
PROFILE = """
name = "peer"
records = "/items"
record = "/items/{id}"
items = "/items"
limit = "limit"
next = "/next"
optional = "note"
body = {title = "First {unique}", note = "A note", pages = 3, tags = ["a", "b"], extra = {a = 1}}
changed = {title = "Second", note = "Another", pages = 4, tags = ["c"], extra = {b = 2}}
invalid = {title = 3, pages = "many"}
headers = {Authorization = "Bearer ${KEY_OF_THE_PEER}"}
claims = {idempotency_key = true, prefer = true, cors_origin = "https://app.example"}
"""


class Refusal(Exception):
    def __init__(self, status: int, detail: str = "", **fields: str) -> None:
        self.status = status
        self.detail = detail
        self.fields = {name.replace("_", "-"): value for name, value in fields.items()}


class Store:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.records: dict[str, dict[str, Any]] = {}
        self.revision = 0
        self.replays: dict[str, Any] = {}

    def write(self, id: str, value: dict[str, Any]) -> None:
        self.revision += 1
        self.records[id] = {"value": value, "revision": self.revision, "time": int(time.time())}


class Peer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    faults: frozenset[str] = frozenset()
    store: Store

    def log_message(self, *_: Any) -> None:
        pass

    def bad(self, name: str) -> bool:
        return name in self.faults

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(1 << 20)
        self.close_connection = True
        if self.raw_requestline and self.parse_request():
            self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                status, fields, body = self.answer()
            except Refusal as refusal:
                status, fields, body = self.problem(refusal)
            except Exception as error:
                status, fields, body = 599, {}, repr(error).encode()
            self.send(status, fields, body)

    # What goes out

    def send(self, status: int, fields: dict[str, str], body: bytes) -> None:
        fields = self.common(status) | fields
        if "Content-Length" not in fields and status not in (204, 304):
            fields["Content-Length"] = str(len(body))
        fields = {name: value for name, value in fields.items() if value}
        bodiless = status in (204, 304) or self.command == "HEAD"
        sent = b"" if bodiless else body
        if self.command == "HEAD" and self.bad("head_has_no_body"):
            sent = b"a body"
        if self.command == "HEAD" and self.bad("head_length"):
            fields["Content-Length"] = "1"
        if status == 304 and self.bad("body_of_304"):
            sent = b"a body"
        if status == 204 and self.bad("no_content"):
            fields["Content-Length"] = "0"
        lines = [f"HTTP/1.1 {status} x", *(f"{n}: {v}" for n, v in fields.items()), "", ""]
        self.wfile.write("\r\n".join(lines).encode("latin-1") + sent)

    def common(self, status: int) -> dict[str, str]:
        fields = {"Date": formatdate(usegmt=True), "Connection": "close"}
        fields["Vary"] = "Authorization, Accept-Encoding, Origin"
        fields["Cache-Control"] = "no-store" if status >= 400 else "private, no-cache"
        if self.bad("there_is_a_date"):
            del fields["Date"]
        if self.bad("dates_have_their_form"):
            fields["Date"] = "2026-01-01 10:00"
        if self.bad("answers_are_private") and status < 400:
            fields["Cache-Control"] = "public, max-age=60"
        if self.bad("gzip_varies"):
            fields["Vary"] = "Authorization, Origin"
        if self.bad("origin_varies"):
            fields["Vary"] = "Authorization, Accept-Encoding"
        return fields | self.cors(status)

    def cors(self, status: int) -> dict[str, str]:
        origin, fields = self.headers.get("Origin", ""), {}
        allowed = origin == ORIGIN or self.bad("foreign_origin")
        if self.bad("foreign_origin_unnamed") and origin:
            fields["Access-Control-Allow-Origin"] = origin
        if not origin or not allowed or (self.bad("origin_allowed") and status == 404):
            return fields
        fields["Access-Control-Allow-Origin"] = origin
        fields["Access-Control-Allow-Credentials"] = "true"
        fields["Access-Control-Expose-Headers"] = "ETag, Location, Link"
        if not self.bad("preflight_granted"):
            fields["Access-Control-Allow-Methods"] = "GET, PUT, PATCH, DELETE, POST"
            fields["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        return fields

    def problem(self, refusal: Refusal) -> tuple[int, dict[str, str], bytes]:
        value = {"type": "about:blank", "title": "No.", "status": refusal.status}
        value["detail"] = refusal.detail
        type = "application/problem+json"
        if self.bad("problem_has_its_status"):
            value["status"] = 200
        if self.bad("problem_has_its_members"):
            value["title"] = 3
        if self.bad("no_inside"):
            value["detail"] = 'Traceback (most recent call last): File "x.py", line 3'
        body = json.dumps(value).encode()
        if self.bad("no_html"):
            type, body = "text/html", b"<html>No.</html>"
        status = 500 if self.bad("no_fault") and refusal.status == 422 else refusal.status
        return status, {"Content-Type": type} | refusal.fields, body

    # What comes in

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        url = urlsplit(self.path)
        self.demand_host()
        if len(self.path) > 50_000 and not self.bad("longer_url"):
            raise Refusal(414)
        if self.bad("longer_url") and len(self.path) > 50_000:
            raise Refusal(500)
        if self.bad("long_url") and len(self.path) > 4000:
            raise Refusal(414)
        if self.bad("long_field") and len(self.headers.get("X-Frobnicate", "")) > 20_000:
            raise Refusal(500)
        if self.bad("open_redirect") and "evil" in self.path:
            return 302, {"Location": "//evil.example/"}, b""
        if self.bad("trace") and self.command == "TRACE":
            return 200, {"Content-Type": "message/http"}, str(self.headers).encode()
        where, id = self.route(url.path)
        return self.on_record(id) if where == "item" else self.on_list(url.query)

    def demand_host(self) -> None:
        hosts = self.headers.get_all("Host", [])
        if not hosts and not self.bad("host_missing"):
            raise Refusal(400)
        if len(hosts) > 1 and not self.bad("host_twice"):
            raise Refusal(400)

    def route(self, path: str) -> tuple[str, str]:
        if self.bad("slash_at_the_end") and path.endswith("/"):
            raise Refusal(301, Location=path.rstrip("/"))
        if re.search(r"%(?![0-9a-fA-F]{2})", path) and not self.bad("bad_percent"):
            raise Refusal(400)
        if self.bad("bad_percent") and "%" in path:
            raise Refusal(500)
        found = re.fullmatch("/items(?:/([^/]+))?", path)
        if not found:
            raise Refusal(404)
        where = "item" if found[1] else "list"
        self.demand_method(where)
        if self.headers.get("Authorization") != "Bearer k" and self.command != "OPTIONS":
            challenge = "" if self.bad("challenge") else "Bearer"
            raise Refusal(401, WWW_Authenticate=challenge)
        id = found[1] or ""
        return where, id if self.bad("percent_encoded") else unquote(id)

    def demand_method(self, where: str) -> None:
        allow = METHODS[where]
        if self.bad("allow_is_true"):
            allow = "GET"
        if self.bad("unknown_method") and self.command == "FROBNICATE":
            self.command = "GET"
        if self.bad("method_case"):
            self.command = self.command.upper()
        if self.command not in METHODS[where].split(", "):
            status = 404 if self.bad("method_405") else 405
            raise Refusal(status, Allow="" if self.bad("allow_of_405") else allow)

    def junk(self) -> None:
        """What an unwary server stumbles over."""
        if self.bad("junk_in_fields") and self.headers.get("Prefer", "").startswith('"'):
            raise Refusal(500)
        if self.bad("unknown_preference") and "Prefer" in self.headers:
            raise Refusal(400)
        if self.bad("ranges") and "Range" in self.headers:
            raise Refusal(400)
        dates = ("If-Modified-Since", "If-Unmodified-Since")
        if self.bad("no_date") and any(self.headers.get(name) == "yesterday" for name in dates):
            raise Refusal(400)

    def parse(self, types: tuple[str, ...] = ("application/json",)) -> tuple[str, Any]:
        type = self.headers.get("Content-Type", "")
        name = type.partition(";")[0].strip()
        name = name if self.bad("type_in_capitals") else name.lower()
        lenient = (
            (self.bad("type_is_believed") and name == "text/plain")
            or (self.bad("patch_of_no_type") and "frobnicate" in name)
        )  # fmt: skip
        if self.bad("type_missing") and not type:
            raise Refusal(500)
        if self.bad("patch_types_hold") and name == MERGE:
            raise Refusal(415)
        if (self.bad("type_with_charset") and ";" in type) or not (name in types or lenient):
            accept = ", ".join((MERGE, OPERATIONS))
            accept = "" if self.bad("patch_415") else accept
            raise Refusal(415, **({"Accept_Patch": accept} if self.command == "PATCH" else {}))
        if self.headers.get("Content-Encoding"):
            raise Refusal(500 if self.bad("coding_unknown") else 415)
        return name, self.read_json(self.body)

    def read_json(self, body: bytes) -> Any:
        odd = {"deep_nesting": b"[[[[", "duplicate_names": b'"title": "F', "no_utf_8": b"\xff",
               "lone_surrogate": rb"\ud800", "null_character": rb"\u0000",
               "huge_numbers": b"922337203685477580"}  # fmt: skip
        for name, sign in odd.items():
            times = 2 if name == "duplicate_names" else 1
            if self.bad(name) and body.count(sign) >= times:
                raise Refusal(500)
        if self.bad("empty_body") and not body:
            return {"title": "x"}
        try:
            if self.bad("not_a_number"):
                return json.loads(body)
            return json.loads(body, parse_constant=nonsense, object_pairs_hook=unique)
        except (ValueError, RecursionError) as error:
            if self.bad("no_json") and body:
                return {"title": "x"}
            raise Refusal(400, "That is no JSON.") from error

    def valid(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            if self.bad("no_object"):
                return {"title": "x"}
            raise Refusal(422, "no object")
        wrong = [n for n, v in value.items()
                 if n not in TYPES or (v is not None and type(v) is not TYPES[n])]  # fmt: skip
        if self.bad("not_a_number"):
            wrong = [n for n in wrong if type(value[n]) is not float]
        if not isinstance(value.get("title"), str):
            wrong.append("title")
        if isinstance(value.get("pages"), int) and abs(value["pages"]) >= 2**63:
            wrong.append("pages")
        text = json.dumps(value, ensure_ascii=False)
        if wrong and not (
            self.bad("invalid_is_refused") and value == {"title": 3, "pages": "many"}
        ):
            raise Refusal(422, ", ".join(wrong))
        if re.search("[\ud800-\udfff\0]|\\\\u0000", text):
            raise Refusal(422, "an odd character")
        return {name: value.get(name) for name in TYPES}

    # Conditions

    def conditions(self, tag: str, changed: float | None, star: bool = True) -> None:
        """``tag`` is "" where there is nothing."""
        reading = self.command in ("GET", "HEAD")
        self.demand_match(tag, changed, reading)
        none = ", ".join(self.headers.get_all("If-None-Match", []))
        if "If-None-Match" in self.headers and not (self.bad("create_only") and not reading):
            self.demand_none_match(tag, none, reading)
        since = self.headers.get("If-Modified-Since")
        if since and reading and (not none or self.bad("tags_before_dates")):
            date = http_date(since)
            if date and changed is not None and changed <= date:
                raise Refusal(200 if self.bad("not_modified_since") else 304)
            if self.bad("modified_since") and date:
                raise Refusal(304)

    def demand_match(self, tag: str, changed: float | None, reading: bool) -> None:
        match = self.headers.get("If-Match")
        ignored = (
            (reading and self.bad("reading_if_match"))
            or (self.command == "DELETE" and self.bad("delete_if_match"))
            or (self.bad("if_match_stale") and not reading and self.command != "DELETE")
            or (self.bad("if_match_foreign") and match == '"frobnicate"')
            or (self.bad("if_match_any_of_nothing") and not tag)
        )
        if match and not ignored:
            tags = [match] if self.bad("if_match_list") else tags_in(match)
            if self.bad("if_match_weak"):
                tags = [one.removeprefix("W/") for one in tags]
            any_one = bool(tag) and match == "*" and not self.bad("if_match_any")
            if (not any_one and tag not in tags) or self.bad("if_match"):
                raise Refusal(412)
        since = http_date(self.headers.get("If-Unmodified-Since", ""))
        beats = match and not self.bad("tag_before_date")
        if since and changed is not None and not beats:
            late = changed >= since if self.bad("if_unmodified") else changed > since
            if late and not self.bad("if_unmodified_since"):
                raise Refusal(412)

    def demand_none_match(self, tag: str, none: str, reading: bool) -> None:
        tags = tags_in(none)
        if self.bad("not_modified_of_many"):
            tags = tags[:1]
        if self.bad("odd_lists"):
            tags = none.split(", ")
        weak = tag if self.bad("not_modified_weakly") else tag.removeprefix("W/")
        found = [one if self.bad("not_modified_weakly") else one.removeprefix("W/")
                 for one in tags]  # fmt: skip
        if self.bad("foreign_tag") and '"*"' in none:
            raise Refusal(400)
        any_one = none == "*" and not (reading and self.bad("not_modified_of_any"))
        if not tag or not (any_one or weak in found or self.bad("modified")):
            if self.bad("create_only_creates") and not reading:
                raise Refusal(412)
            return
        if reading and self.bad("not_modified"):
            return
        kept = {"ETag": "" if self.bad("fields_of_304") else tag} if reading else {}
        raise Refusal(304 if reading else 412, **kept)

    # Records

    def on_record(self, id: str) -> tuple[int, dict[str, str], bytes]:
        self.junk()
        if self.command == "OPTIONS":
            return self.options("item")
        with self.store.lock:
            return getattr(self, f"do_{self.command.lower()}")(id)

    def options(self, where: str) -> tuple[int, dict[str, str], bytes]:
        allow = "" if self.bad("allow_of_options") else METHODS[where]
        allow = "GET" if self.bad("allow_is_true") else allow
        patch = "" if self.bad("patch_in_options") else f"{MERGE}, {OPERATIONS}"
        return 204, {"Allow": allow, "Accept-Patch": patch if where == "item" else ""}, b""

    def found(self, id: str) -> dict[str, Any]:
        if id not in self.store.records:
            raise Refusal(200 if self.bad("unknown_record") else 404)
        return self.store.records[id]

    def tag(self, record: dict[str, Any]) -> str:
        revision = time.time_ns() if self.bad("tag_stays") else record["revision"]
        revision = 1 if self.bad("tag_changes") else revision
        return f"r{revision}" if self.bad("tag_is_quoted") else f'"r{revision}"'

    def shown(self, id: str, record: dict[str, Any]) -> bytes:
        value = {"id": id, **record["value"]}
        if self.bad("text_comes_back") and isinstance(value["title"], str):
            value["title"] = value["title"].encode("ascii", "replace").decode()
        return json.dumps(value).encode()

    def fields(self, record: dict[str, Any]) -> dict[str, str]:
        ahead = 3600 if self.bad("last_modified_is_past") else 0
        return {
            "Content-Type": "text/plain" if self.bad("json_is_json") else "application/json",
            "ETag": self.tag(record),
            "Last-Modified": formatdate(record["time"] + ahead, usegmt=True),
        }

    def demand_acceptable(self) -> dict[str, str]:
        accept = self.headers.get("Accept", "*/*")
        if self.bad("accept_another_type") and "frobnicate" in accept:
            return {"Content-Type": "application/x-frobnicate"}
        wanted = [one.replace(" ", "") for one in accept.split(",")]
        if self.bad("accept_with_weights"):
            wanted = wanted[:1]
        for one in wanted:
            name, _, q = one.partition(";q=")
            zero = q == "0" and not self.bad("accept_weight_of_zero")
            if name in ("application/json", "application/*", "*/*") and not zero:
                return {}
        if "/" not in accept or ";;" in accept or accept.count("q=") > accept.count("json") + 1:
            return {}
        raise Refusal(406)

    def do_get(self, id: str) -> tuple[int, dict[str, str], bytes]:
        record = self.found(id)
        if self.bad("get_is_safe"):
            self.store.write(id, record["value"])
            record = self.found(id)
        self.conditions(self.tag(record), record["time"])
        fields = self.fields(record) | self.demand_acceptable()
        if self.bad("coding_not_to_be_had") and "frob" in self.headers.get("Accept-Encoding", ""):
            raise Refusal(500)
        return 200, fields, self.shown(id, record)

    def do_head(self, id: str) -> tuple[int, dict[str, str], bytes]:
        if self.bad("head_of_nothing") and id not in self.store.records:
            return 200, {}, b""
        status, fields, body = self.do_get(id)
        return status, fields | ({"ETag": ""} if self.bad("head_is_get") else {}), body

    def do_put(self, id: str) -> tuple[int, dict[str, str], bytes]:
        record = self.store.records.get(id)
        early = self.bad("condition_before_content")
        _, value = self.parse()
        value = self.valid(value) if early else value
        if not self.bad("race_of_writers") or "If-Match" not in self.headers:
            self.guard(record)
        else:
            with suspended(self.store.lock):
                self.guard(record)
                time.sleep(0.2)
        value = value if early else self.valid(value)
        if self.bad("put_is_no_merge") and record:
            value = {**value, "note": value["note"] or record["value"]["note"]}
        if self.bad("put_is_idempotent") and record and record["value"] == value:
            value = {**value, "pages": value["pages"] + 1}
        self.store.write(id, value)
        created = 201 if not record else 200
        created = 200 if self.bad("put_creates") else created
        created = 201 if self.bad("put_replaces") else created
        return self.written(created, id)

    def guard(self, record: dict[str, Any] | None) -> None:
        if self.bad("race_of_creators") and "If-None-Match" in self.headers and not record:
            with suspended(self.store.lock):
                time.sleep(0.2)
            return
        self.conditions(self.tag(record) if record else "", record and record["time"])

    def do_patch(self, id: str) -> tuple[int, dict[str, str], bytes]:
        if self.bad("patch_of_nothing") and id not in self.store.records:
            raise Refusal(500)
        record = self.found(id)
        name, patch = self.parse(("application/json", MERGE, OPERATIONS))
        self.guard(record)
        old = record["value"]
        if name == OPERATIONS:
            value = operate(old, patch, self.faults)
        else:
            value = merge(old, patch, self.faults)
        if self.bad("patch_is_atomic"):
            old.update({n: v for n, v in value.items() if n == "note"})
        self.store.write(id, self.valid(value))
        return self.written(200, id)

    def do_delete(self, id: str) -> tuple[int, dict[str, str], bytes]:
        if id not in self.store.records and self.bad("delete_again"):
            raise Refusal(500)
        if self.bad("condition_of_nothing") and id not in self.store.records:
            return 204, {}, b""
        record = self.found(id)
        self.guard(record)
        if not self.bad("deleted_is_gone"):
            del self.store.records[id]
            self.store.revision += 1
        return 204, {}, b""

    def written(self, status: int, id: str) -> tuple[int, dict[str, str], bytes]:
        record = self.store.records[id]
        new = status == 201 or self.command == "POST"
        fields = self.fields(record) | ({"Location": f"/items/{id}"} if new else {})
        prefer = self.headers.get("Prefer", "")
        if self.command == "POST":
            fields |= self.faults_of_a_post(prefer, fields)
        if prefer == "return=minimal" and not self.bad("minimal"):
            applied = {"Preference-Applied": prefer, "Content-Type": ""}
            return status if status == 201 else 204, fields | applied, b""
        if prefer == "return=representation" and self.bad("representation"):
            return 204, {}, b""
        return status, fields, self.shown(id, record)

    def faults_of_a_post(self, prefer: str, fields: dict[str, str]) -> dict[str, str]:
        if self.bad("post_has_location") or (self.bad("minimal_has_location") and prefer):
            return {"Location": ""}
        if self.bad("location_leads"):
            return {"Location": "/items/nowhere"}
        return {"ETag": '"other"'} if self.bad("tag_of_a_write") else {}

    # Lists

    def on_list(self, query: str) -> tuple[int, dict[str, str], bytes]:
        if self.command == "OPTIONS":
            return self.options("list")
        if self.command == "POST":
            return self.repeatable(self.post)
        if self.bad("bad_query") and "%00" in query:
            raise Refusal(500)
        if self.bad("parameter_twice") and query.count("limit") > 1:
            raise Refusal(500)
        with self.store.lock:
            return self.listed(parse_qs(query))

    def listed(self, query: dict[str, list[str]]) -> tuple[int, dict[str, str], bytes]:
        limit = query.get("limit", ["50"])[0]
        if not re.fullmatch("[1-9][0-9]{0,2}", limit):
            raise Refusal(500 if self.bad("limit_is_no_fault") else 400)
        after, size = query.get("after", [""])[0], int(limit)
        ids = sorted(id for id in self.store.records if id > after)
        page, fields = ids[:size], {"Content-Type": "application/json"}
        value: dict[str, Any] = {"items": [], "next": None}
        for id in page:
            value["items"].append(json.loads(self.shown(id, self.store.records[id])))
        if len(ids) > size:
            last = page[-2] if self.bad("next_leads_to_all") and size > 1 else page[-1]
            value["next"] = f"/items?limit={size}&after={last}"
            quote = '"' if not self.bad("link_parses") else ""
            fields["Link"] = f'<{value["next"]}>; rel="next{quote}'
        return self.coded(fields | self.demand_acceptable(), json.dumps(value).encode())

    def coded(self, fields: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        accept = self.headers.get("Accept-Encoding", "").replace(" ", "").split(",")
        packed = "gzip" in accept or (self.bad("gzip_refused") and "gzip;q=0" in accept)
        if self.bad("identity_refused") and "identity;q=0" in accept:
            packed = False
        revision = 1 if self.bad("list_tag_changes") else self.store.revision
        own = "-gzip" if packed and not self.bad("gzip_has_its_own_tag") else ""
        fields["ETag"] = f'"l{revision}{own}"'
        if not self.bad("list_not_modified"):
            self.conditions(fields["ETag"], None)
        if packed:
            fields["Content-Encoding"] = "gzip"
            body = b"no gzip" if self.bad("gzip_is_right") else gzip.compress(body)
        return 200, fields, body

    def post(self) -> tuple[int, dict[str, str], bytes]:
        _, value = self.parse()
        valid = self.valid(value)
        with self.store.lock:
            self.store.revision += 1
            id = f"x{self.store.revision:06}"
            self.store.write(id, valid)
            return self.written(200 if self.bad("post_is_201") else 201, id)

    def repeatable(self, work: Any) -> tuple[int, dict[str, str], bytes]:
        key = self.headers.get("Idempotency-Key")
        if self.bad("another_key") and key:
            key = "always the same"
        if not key or self.bad("replay"):
            return work()
        if self.bad("race_of_repeats") and key not in self.store.replays:
            time.sleep(0.2)
            answer = work()
        else:
            with self.store.lock:
                asked, answer = self.store.replays.get(key) or (self.body, work())
                if asked != self.body and not self.bad("key_reused"):
                    raise Refusal(422)
        self.store.replays[key] = (self.body, answer)
        return answer


def merge(value: Any, patch: Any, faults: frozenset[str]) -> Any:
    if not isinstance(patch, dict):
        return patch
    merged = dict(value) if isinstance(value, dict) else {}
    if "merge_keeps" in faults:
        merged = {"title": merged.get("title")}
    for name, one in patch.items():
        if one is None and "merge_removes" not in faults:
            merged.pop(name, None)
        elif isinstance(one, list) and "merge_replaces_arrays" in faults:
            merged[name] = (merged.get(name) or []) + one
        elif one is not None:
            flat = "merge_nests" in faults
            merged[name] = one if flat else merge(merged.get(name), one, faults)
    return merged


def operate(value: dict[str, Any], patch: Any, faults: frozenset[str]) -> dict[str, Any]:
    if not isinstance(patch, list):
        raise Refusal(422)
    value = json.loads(json.dumps(value))
    for one in patch:
        path = one["path"]
        if "json_patch_escapes" not in faults:
            path = path.replace("~1", "\0")
        parts = [part.replace("\0", "/").replace("~0", "~") for part in path.split("/")[1:]]
        target: Any = value
        for part in parts[:-1]:
            target = target.get(part) if isinstance(target, dict) else None
        there = isinstance(target, dict) and parts[-1] in target
        if not there:
            if "json_patch_of_nothing" in faults or "json_patch_escapes" in faults:
                continue
            raise Refusal(409)
        if one["op"] == "test":
            if target[parts[-1]] != one["value"] and "json_patch_test" not in faults:
                raise Refusal(409)
            if "json_patch_works" in faults:
                break
        elif one["op"] == "remove":
            del target[parts[-1]]
        else:
            target[parts[-1]] = one["value"]
    return value


def tags_in(field: str) -> list[str]:
    return re.findall(r'(?:W/)?"[^"]*"', field)


def http_date(field: str) -> float | None:
    if not re.fullmatch(r"\w{3}, .* GMT", field):
        return None
    return parsedate_to_datetime(field).timestamp()


def nonsense(name: str) -> None:
    raise ValueError(name)


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name twice")
    return dict(pairs)


@contextmanager
def suspended(lock: threading.RLock) -> Iterator[None]:  # type: ignore[valid-type]
    lock.release()
    try:
        yield
    finally:
        lock.acquire()


@contextmanager
def serving_peer(*faults: str, handler: type[BaseHTTPRequestHandler] = Peer) -> Iterator[str]:
    made = type("Made", (handler,), {"faults": frozenset(faults), "store": Store()})
    with ThreadingHTTPServer(("127.0.0.1", 0), made) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
