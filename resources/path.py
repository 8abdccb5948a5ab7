"""Paths: an encoded slash is part of a segment, and separates nothing."""

from flask import request
from werkzeug.routing import BaseConverter

SLASH = "\0"
"""Stands for an encoded slash in what the router gets to see. It can mean nothing else: a NUL that
is sent is refused."""


class KeyConverter(BaseConverter):
    """The id of a record, or any other one segment."""

    regex = "[^/]+"
    part_isolating = True

    def to_python(self, value: str) -> str:
        return value.replace(SLASH, "/")


class NameConverter(KeyConverter):
    """The name of a collection: any other text is no such collection."""

    regex = "[a-z][a-z0-9_]{0,47}"


def asked_path() -> str:
    """For people to read, in a log or a problem."""
    return request.path.replace(SLASH, "%2F")
