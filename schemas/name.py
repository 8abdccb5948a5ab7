"""What collections and fields may be called."""

import re

NAME = re.compile(r"[a-z][a-z0-9_]{0,47}", re.ASCII)
OF_THE_SYSTEM = frozenset(["id", "revision", "created_at", "updated_at", "expand"])
OF_THE_LANGUAGE = frozenset(["and", "or", "not", "in", "is", "has", "null", "true", "false"])
FORM = "Must match [a-z][a-z0-9_]{0,47} and not hold two underscores in a row."


def name_fault(name: str) -> str | None:
    """Why a field cannot be called so."""
    if name in OF_THE_SYSTEM:
        return "This name is the system's."
    if name in OF_THE_LANGUAGE:
        return "This is a word of the expression language."
    return form_fault(name)


def collection_name_fault(name: str) -> str | None:
    if name == "users":
        return "The accounts are called so."
    return form_fault(name)


def form_fault(name: str) -> str | None:
    return None if NAME.fullmatch(name) and "__" not in name else FORM
