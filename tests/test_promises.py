"""Each HTTP promise, and each hostile value, has its test by id, or a sentence that says why not.

An id counts where it is part of a test's name (``test_h055_to_h058_a_stale_writer_is_told``), where
it stands in a table that some test is parametrised by, and in one section of docs/decisions.md.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCES = sorted(path for path in (ROOT / "tests").glob("*.py") if path.name != Path(__file__).name)
TABLES = ROOT / "benchmarks/framing.py"
PROMISES = {f"H{n:03}" for n in (*range(1, 130), *range(157, 173))}
HOSTILE = {f"D{n:02}" for n in range(1, 22)}
IN_NAME = re.compile(r"(?<=_)(?:[hdv][0-9]{2,3}|api[0-9]{1,2})(?=_|$)")
SPAN = re.compile(r"(?<=_)h([0-9]{3})_to_h([0-9]{3})(?=_|$)")
IN_TEXT = re.compile(r"(?<![A-Za-z0-9])(?:H[0-9]{3}|[DV][0-9]{2}|API[0-9]{1,2})(?![0-9])")
SECTION = "## Promises without a test"


def named(test: str) -> set[str]:
    """The ids in the name of a test."""
    found = {id.upper() for id in IN_NAME.findall(test)}
    for first, last in SPAN.findall(test):
        found |= {f"H{n:03}" for n in range(int(first), int(last) + 1)}
    return found


def texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def covered(sources: list[str], tables: list[str]) -> set[str]:
    """The ids that tests of ``sources`` have; ``tables`` are modules of tables for them."""
    found: set[str] = set()
    used: set[str] = set()
    trees = [ast.parse(source) for source in sources]
    tests = [node for tree in trees for node in ast.walk(tree) if is_test(node)]
    for test in tests:
        found |= named(test.name)
        for decorator in test.decorator_list:
            found |= ids(decorator)
            used |= {node.id for node in ast.walk(decorator) if isinstance(node, ast.Name)}
    for tree in (*trees, *map(ast.parse, tables)):
        for statement in tree.body:
            if targets(statement) & used:
                found |= ids(statement)
    return found


def is_test(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test_")


def ids(tree: ast.AST) -> set[str]:
    return {id for text in texts(tree) for id in IN_TEXT.findall(text)}


def targets(statement: ast.stmt) -> set[str]:
    """The names that a statement gives."""
    if isinstance(statement, ast.AnnAssign):
        named: list[ast.expr] = [statement.target]
    else:
        named = statement.targets if isinstance(statement, ast.Assign) else []
    return {one.id for one in named if isinstance(one, ast.Name)}


def excused(section: str = SECTION) -> set[str]:
    text = (ROOT / "docs/decisions.md").read_text()
    _, _, below = text.partition(f"{section}\n")
    return {*IN_TEXT.findall(below.partition("\n## ")[0])}


def test_every_promise_has_its_test_or_its_excuse() -> None:
    found = covered([path.read_text() for path in SOURCES], [TABLES.read_text()])
    assert sorted((PROMISES | HOSTILE) - found - excused()) == []
    assert sorted(found & excused()) == [], "what has a test needs no excuse"
    assert excused() <= PROMISES | HOSTILE


SOURCE = '''
"""H001, in a docstring."""
OTHERS = ["H002", "H003"]
ROWS: list = [("H004-odd", "D01", 1), pytest.param(1, id="H005")]
@pytest.mark.parametrize("a", ROWS)
@pytest.mark.parametrize("b", ["H006", "H0071"])
def test_h008_h010_to_h012_d02_what_is_done(a, b):
    assert a, "H009"
def helper_h013(): pass
'''


def test_an_id_counts_where_it_names_a_test() -> None:
    found = covered([SOURCE], ["OTHERS = ['H014']\nROWS = ['H015']"])
    expected = "D01 D02 H004 H005 H006 H008 H010 H011 H012 H015"
    assert sorted(found) == expected.split()
