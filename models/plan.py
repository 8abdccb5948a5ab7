"""What a changed definition means for the table: a value that can be looked at before it is done.

``plan(old, new, dialect)`` is pure. ``models/change.py`` asks the database what the plan would
lose or find in its way, and carries it out.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import Executable, Update, literal_column, update

from models.ddl import (
    Index,
    column,
    create_table,
    indexes,
    key_sequence,
    key_sequence_sql,
    quoted,
    quoted_column,
    rebuild,
)
from models.definition import Definition, Field
from models.refusal import Failure, Refusal
from models.search_ddl import drop_search, make_search
from models.search_plan import with_search
from models.step import Step, Violation
from models.table import table_name, table_of

UUID_SQL = {
    "postgresql": "gen_random_uuid()",
    "sqlite": "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4'"
    " || substr(hex(randomblob(2)), 2) || '-' || substr('89ab', 1 + (abs(random()) % 4), 1)"
    " || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))",
}


def plan(
    old: Definition | None, new: Definition | None, dialect: str, fills: dict[str, Any]
) -> list[Step]:
    """``fills`` are the values that added fields with a default get in what is stored; a field
    whose default is ``@uuid`` gets one for each record."""
    if new is None:
        return [_drop_collection(old, dialect)] if old else []
    if old is None:
        return [_create_collection(new, dialect)]
    _refuse_what_cannot_be_changed_yet(old, new)
    before, after = indexes(old, dialect), indexes(new, dialect)
    steps = [
        *(_drop_index(before[name]) for name in before if name not in after),
        *(_drop_field(old, field) for name, field in old.fields.items() if name not in new.fields),
        *_add_fields(old, new, dialect, fills),
        *(_add_index(old, new, after[name]) for name in after if name not in before),
        *_described(old, new),
    ]
    return with_search(steps, old, new, dialect)


def _create_collection(new: Definition, dialect: str) -> Step:
    made = (create_table(new, dialect), *(i.sql for i in indexes(new, dialect).values()))
    run = (*made, *key_sequence_sql(new, dialect), *make_search(new, dialect))
    return Step("create_collection", run=run)


def _drop_collection(old: Definition, dialect: str) -> Step:
    table = quoted(table_name(old.name))
    run = [*(drop_search(old) if dialect == "sqlite" else ()), f"DROP TABLE {table}"]
    if key_sequence_sql(old, dialect):
        run.append(f"DROP SEQUENCE {quoted(key_sequence(old.name))}")
    return Step("drop_collection", run=tuple(run), loses=f"SELECT count(*) FROM {table}")


def _drop_index(index: Index) -> Step:
    action = "drop_unique" if index.unique else "drop_index"
    return Step(action, ",".join(index.fields), (f"DROP INDEX {quoted(index.name)}",))


def _add_index(old: Definition, new: Definition, index: Index) -> Step:
    if not index.unique:
        violation = _too_long(new, index)
        return Step("add_index", ",".join(index.fields), (index.sql,), violation=violation)
    table = quoted(table_name(new.name))
    columns = ", ".join(map(quoted_column, index.fields))
    filled = " AND ".join(f"{quoted_column(name)} IS NOT NULL" for name in index.fields)
    violation = Violation(
        f"/fields/{index.fields[0]}/unique" if len(index.fields) == 1 else "/unique",
        f"Must be unique: {', '.join(index.fields)}.",
        f'SELECT "id" FROM {table} WHERE {filled} AND ({columns}) IN'
        f" (SELECT {columns} FROM {table} WHERE {filled}"
        f' GROUP BY {columns} HAVING count(*) > 1) ORDER BY "id"',
    )
    return Step("add_unique", ",".join(index.fields), (index.sql,), violation=violation)


def _too_long(new: Definition, index: Index) -> Violation | None:
    strings = [f for n in index.fields if (f := new.fields.get(n)) and f.type == "string"]
    if not strings:
        return None
    table = quoted(table_name(new.name))
    over = " OR ".join(
        f"length({quoted_column(f.name)}) > {f.option('max_length')}" for f in strings
    )
    detail = "Too long to be indexed: " + ", ".join(f.name for f in strings) + "."
    ids = f'SELECT "id" FROM {table} WHERE {over} ORDER BY "id"'
    return Violation(f"/fields/{strings[0].name}/index", detail, ids)


def _drop_field(old: Definition, field: Field) -> Step:
    table, name = quoted(table_name(old.name)), quoted_column(field.name)
    return Step(
        "drop_field",
        field.name,
        (f"ALTER TABLE {table} DROP COLUMN {name}",),
        loses=f"SELECT count(*) FROM {table} WHERE {name} IS NOT NULL",
    )


def _add_fields(
    old: Definition, new: Definition, dialect: str, fills: dict[str, Any]
) -> list[Step]:
    added = [field for name, field in new.fields.items() if name not in old.fields]
    steps = [_add_field(new, field, dialect, fills) for field in added]
    if dialect == "sqlite" and any(field.required for field in added):
        before, after = indexes(old, dialect), indexes(new, dialect)
        kept = [after[name] for name in after if name in before]
        last = steps.pop()
        steps.append(replace(last, run=(*last.run, *rebuild(new, kept)), rebuilds=True))
    return steps


def _add_field(new: Definition, field: Field, dialect: str, fills: dict[str, Any]) -> Step:
    table = quoted(table_name(new.name))
    run: list[str | Executable] = [
        f"ALTER TABLE {table} ADD COLUMN {column(new, field, dialect, nullable=True)}"
    ]
    if field.has_default:
        run.append(_fill(new, field, dialect, fills))
    if field.required and dialect == "postgresql":
        run.append(f"ALTER TABLE {table} ALTER COLUMN {quoted_column(field.name)} SET NOT NULL")
    violation = None
    if field.required and fills.get(field.name) is None:
        violation = Violation(
            f"/fields/{field.name}/required",
            f"Required, and no default to fill it with: {field.name}.",
            f'SELECT "id" FROM {table} ORDER BY "id"',
        )
    return Step("add_field", field.name, tuple(run), violation=violation)


def _fill(new: Definition, field: Field, dialect: str, fills: dict[str, Any]) -> Update:
    table = table_of(new)
    if field.default == "@uuid":
        return update(table).values({field.name: literal_column(UUID_SQL[dialect])})
    return update(table).values({field.name: fills[field.name]})


def _described(old: Definition, new: Definition) -> list[Step]:
    """What concerns no column: each is a step, so that a plan shows all that changes."""
    steps = []
    if old.access != new.access:
        steps.append(Step("change_access"))
    for name, field in new.fields.items():
        was = old.fields.get(name)
        if was is None:
            continue
        if (was.read, was.write) != (field.read, field.write):
            steps.append(Step("change_access", name))
        if (was.has_default, was.default) != (field.has_default, field.default):
            steps.append(Step("change_default", name))
        if bool(was.option("search")) != bool(field.option("search")):
            steps.append(Step("change_search", name))
    if not steps and old.body != new.body:
        steps.append(Step("describe"))
    return steps


CANNOT_CHANGE = (
    ("type", "The type of a stored field cannot be changed yet."),
    ("to", "Where a stored reference leads cannot be changed yet."),
    ("on_delete", "`on_delete` of a stored reference cannot be changed yet."),
    ("required", "`required` of a stored field cannot be changed yet."),
    ("items", "What a stored array holds cannot be changed yet."),
)


def _refuse_what_cannot_be_changed_yet(old: Definition, new: Definition) -> None:
    failures = []
    if old.key != new.key:
        failures.append(Failure("/key", "not_offered", "The key of a stored collection is fixed."))
    for name, field in new.fields.items():
        was = old.fields.get(name)
        if was is None:
            continue
        for option, detail in CANNOT_CHANGE:
            if getattr(was, option) != getattr(field, option):
                failures.append(Failure(f"/fields/{name}/{option}", "not_offered", detail))
        for option in sorted({*was.options, *field.options} - {"search"}):
            if was.options.get(option) != field.options.get(option):
                detail = f"`{option}` of a stored field cannot be changed yet."
                failures.append(Failure(f"/fields/{name}/{option}", "not_offered", detail))
    if failures:
        raise Refusal("validation-failed", "This change of a definition is not offered.", failures)
