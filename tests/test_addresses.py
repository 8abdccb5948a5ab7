"""E-mail addresses: shown as they were sent, compared in their normal form. Pure but for one."""

import pytest
from conftest import Client
from signing import PASSWORD, add_user, pointers, sign_in, try_to_sign_in
from test_refusals import check_problem

from models.address import normal_form

SAME = [
    ("ann@example.com", "ann@example.com"),
    ("Ann@EXAMPLE.com", "ann@example.com"),
    ("ａｎｎ＠ｅｘａｍｐｌｅ．ｃｏｍ", "ann@example.com"),
    ("straße@example.com", "strasse@example.com"),
    ("STRASSE@example.com", "strasse@example.com"),
    ("STRAẞE@example.com", "strasse@example.com"),
    ("İstanbul@example.com", "i\u0307stanbul@example.com"),
    ("i\u0307stanbul@example.com", "i\u0307stanbul@example.com"),
    ("ﬁn@example.com", "fin@example.com"),
    ("Κοσμάς@example.com", "κοσμάσ@example.com"),
    ("cafe\u0301@example.com", "caf\u00e9@example.com"),
    ("ann@bücher.example", "ann@xn--bcher-kva.example"),
    ("ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
    ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
    ("ann@XN--BCHER-KVA.example", "ann@xn--bcher-kva.example"),
    ("ann@例え。jp", "ann@xn--r8jz45g.jp"),
    ("ann@localhost", "ann@localhost"),
    ("a.b+c_d-e@example.com", "a.b+c_d-e@example.com"),
    ("o'neill@example.com", "o'neill@example.com"),
    ("x" * 64 + "@example.com", "x" * 64 + "@example.com"),
]
NONE = [
    "",
    "ann",
    "@example.com",
    "ann@",
    "ann@@example.com",
    "ann@b@example.com",
    "ann@example.com.",
    "ann@.example.com",
    "ann@example..com",
    "ann.@example.com",
    ".ann@example.com",
    "a..b@example.com",
    "ann @example.com",
    " ann@example.com",
    "ann@example.com ",
    "ann@example.com\n",
    "ann\x00@example.com",
    "ann\u200b@example.com",
    "ann\u00ad@example.com",
    "ann\u00a0@example.com",
    "ann\u202e@example.com",
    '"ann"@example.com',
    "ann<x@example.com",
    "a,b@example.com",
    "ann@-example.com",
    "ann@exa_mple.com",
    "ann@[127.0.0.1]",
    "ann@" + "x" * 64 + ".com",
    "x" * 65 + "@example.com",
    "ü" * 33 + "@example.com",
    "a@" + ".".join(["x" * 60] * 5),
    "\ufdfa" * 9 + "@example.com",
]


@pytest.mark.parametrize(("sent", "normal"), SAME)
def test_v12_the_normal_form(sent: str, normal: str) -> None:
    assert normal_form(sent) == normal
    assert normal_form(normal) == normal


@pytest.mark.parametrize("sent", NONE)
def test_what_is_no_address(sent: str) -> None:
    assert normal_form(sent) is None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Ann@Example.com", "ａｎｎ@example.COM"),
        ("straße@example.com", "STRASSE@example.com"),
        ("İ@example.com", "i\u0307@example.com"),
        ("ann@Bücher.example", "ANN@xn--bcher-kva.example"),
    ],
)
def test_v12_two_forms_are_one_account(accounts: Client, first: str, second: str) -> None:
    account = add_user(accounts, first)
    assert account["email"] == first
    taken = accounts.post("/auth/users", {"email": second, "password": PASSWORD})
    check_problem(taken, "conflict")
    assert pointers(taken) == ["/email"]
    ann = sign_in(accounts, second)
    assert accounts.get("/auth/me", headers=ann).json == account
    path = f"/auth/users/{account['id']}"
    assert accounts.patch(path, {"email": second}).json["email"] == second
    assert try_to_sign_in(accounts, first, PASSWORD).status_code == 201
    other = add_user(accounts, "bob@example.com")
    told = accounts.patch(f"/auth/users/{other['id']}", {"email": first})
    check_problem(told, "conflict")
