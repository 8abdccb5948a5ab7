"""The calls in docs/http.md do what it says they do, one after the other."""

import json
import re
from pathlib import Path

from test_serve import ROOT, key_in, run, serving

BLOCKS = re.findall(r"```sh\n(curl .*?)```", (ROOT / "docs/http.md").read_text(), re.DOTALL)
STATUS = re.compile(r"HTTP/1\.1 (\d+)")


def test_http_md_does_what_it_says(tmp_path: Path) -> None:
    define, stale, only_new, revalidated, twice, merge, patch, minimal = BLOCKS
    with serving(tmp_path) as (address, _, log):
        key = key_in(log)
        assert json.loads(run(define, key, address))["name"] == "notes"
        told = run(stale, key, address)
        assert STATUS.findall(told) == ["201", "412"]
        assert '"current":{"id":"milk","text":"Buy milk"' in told
        assert STATUS.findall(run(only_new, key, address)) == ["412"]
        assert STATUS.findall(run(revalidated, key, address)) == ["304"]
        both = run(twice, key, address)
        assert STATUS.findall(both) == ["201", "201"]
        assert both.count("Idempotency-Replayed: true") == 1
        assert both.count('"id":"bread"') == 2
        assert json.loads(run(merge, key, address))["tags"] == ["shop"]
        patched = json.loads(run(patch, key, address))
        assert (patched["stars"], patched["tags"]) == (3, ["shop", "today"])
        answer = run(minimal, key, address)
        assert STATUS.findall(answer) == ["204"]
        assert "Preference-Applied: return=minimal" in answer
