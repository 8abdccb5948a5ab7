"""The two kinds of patch: RFC 7396 and RFC 6902, for any JSON value."""

from typing import Any

from schemas.json import json_bytes, read_json
from schemas.json_patch import Limits, apply, read_operations

EVER_DEPTH = 250


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7396 §2."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def json_patch(target: Any, body: Any, system: tuple[str, ...], limits: Limits) -> Any:
    """``target`` as ``as_read`` gives it. 409, 422. Members of ``system`` cannot be changed."""
    return apply(read_operations(body, system), target, limits)


def as_read(shown: Any) -> Any:
    """As it would be read, were it sent back: so that both sides of a comparison are of a kind. It
    was no deeper than was allowed when it was stored, which may have been more than now."""
    return read_json(json_bytes(shown), EVER_DEPTH)
