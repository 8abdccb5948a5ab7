"""The calls in docs/accounts.md do what it says they do, one after the other."""

import json
import os
import re
import subprocess
from pathlib import Path

from test_serve import ROOT, key_in, serving

TEXT = (ROOT / "docs/accounts.md").read_text()
BLOCKS = re.findall(r"```sh\n(curl .*?)```", TEXT, re.DOTALL)


def test_accounts_md_does_what_it_says(tmp_path: Path) -> None:
    boss, sign_up, sign_in, me, keep, by_cookie, rename, key, change, listed = BLOCKS
    with serving(tmp_path, SIGNUP="open") as (address, _, log):
        known = {"KEY": key_in(log)}

        def run(call: str) -> str:
            call = call.replace("http://127.0.0.1:8000", address).replace("curl ", "curl -sS ")
            ran = subprocess.run(
                ["bash", "-c", call], env=os.environ | known, cwd=tmp_path,
                capture_output=True, text=True, timeout=20,
            )  # fmt: skip
            assert ran.returncode == 0, ran.stderr
            return ran.stdout

        assert json.loads(run(boss))["role"] == "admin"
        assert json.loads(run(sign_up))["email"] == "Ann@Example.com"
        known["TOKEN"] = json.loads(run(sign_in))["token"]
        assert json.loads(run(me))["name"] == "Ann"
        head, _, body = run(keep).partition("\n\n")
        assert re.search("set-cookie: pw_session=pws_.*HttpOnly", head, re.IGNORECASE)
        known["CSRF"] = json.loads(body)["csrf_token"]
        assert json.loads(run(by_cookie))["name"] == "Ann"
        assert json.loads(run(rename.replace("$CSRF", "no")))["status"] == 403
        assert json.loads(run(rename))["name"] == "Anne"
        assert json.loads(run(key))["secret"].startswith("pw_")
        assert json.loads(run(change))["name"] == "Anne"
        assert json.loads(run(by_cookie))["status"] == 401, "the other session has ended"
        found = json.loads(run(listed))
        assert [one["name"] for one in found["items"]] == ["Boss", "Anne"]


def test_the_command_and_scopes_are_those_that_there_are() -> None:
    assert "pennyworth admin create" in TEXT
    for word in ("admin", "*:read", "*:write", "books:read", "books:write"):
        assert f"`{word}`" in TEXT
