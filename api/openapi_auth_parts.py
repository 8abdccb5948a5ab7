"""What the operations on accounts, sessions and keys have in common."""

from typing import Any

from api.openapi_fixed import KNOWN, operation
from api.openapi_headers import Part, headers, ref
from resources.body import JSON

TAG = "accounts"
SIGN_UP: Part = {"email": "ann@example.com", "password": "correct horse battery", "name": "Ann"}


def of_accounts(name: str, summary: str, security: list[Part] = KNOWN, **rest: Any) -> Part:
    return operation(name, TAG, summary, security, **rest)


def body(component: str, example: Any) -> Part:
    content = {JSON: {"schema": ref(component), "example": example}}
    return {"required": True, "content": content}


def answered(status: str, said: str, component: str, example: Any, *names: str) -> Part:
    content = {JSON: {"schema": ref(component), "example": example}}
    return {status: {"description": said, "headers": headers(*names), "content": content}}


def links(word: str, *verbs: str) -> Part:
    id = {"id": "$response.body#/id"}
    return {f"{v}{word}": {"operationId": f"{v}{word}", "parameters": id} for v in verbs}
