"""The query of the URL. An unknown parameter, or one given twice, is a 400."""

from flask import request

from models.refusal import Failure
from schemas.parameter import invalid_parameters, once


def query_pairs() -> list[tuple[str, str]]:
    return list(request.args.items(multi=True))


def chosen(**valid: tuple[str, ...]) -> dict[str, str]:
    """The parameters of this address; ``valid`` are the values that each may have."""
    parameters, failures = once(query_pairs())
    for name, value in parameters.items():
        if name not in valid:
            listed = f" Valid are {', '.join(valid)}." if valid else ""
            failures.append(Failure(name[:100], "unknown", f"No such parameter here.{listed}"))
        elif value not in valid[name]:
            detail = f"Must be {' or '.join(valid[name])}."
            failures.append(Failure(name, "enum", detail))
    if failures:
        raise invalid_parameters(failures)
    return parameters


def no_parameters() -> None:
    chosen()
