"""Strict marshmallow fields: field type -> what JSON may hold, and what it means.

Nothing is coerced: "3" is no integer, 1 is no boolean, true is no number. What a stock field
lets through (1.9 as 1, "yes" as true, a datetime without offset) is refused here.
"""

import math
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NoReturn

from marshmallow import ValidationError, fields

from models.column_type import scale_of
from models.definition import Field, Items
from schemas.pattern import FORMATS, full_match

LOWEST, HIGHEST = -(2**63), 2**63 - 1
UUID_FORM = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
DATE_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
DATETIME_FORM = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
DECIMAL_FORM = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)
MOST_DECIMAL_DIGITS = 40


def refuse(code: str, detail: str) -> NoReturn:
    raise ValidationError([(code, detail)])


class Strict(fields.Field[Any]):
    """Knows the options of the definition's field that it validates."""

    expects = ""

    def __init__(self, spec: Field | Items) -> None:
        super().__init__(
            required=False,
            allow_none=True,
            error_messages={"null": "Must not be null."},
        )
        self.spec = spec

    def wrong_type(self) -> NoReturn:
        refuse("type", f"Must be {self.expects}.")

    def in_range(self, value: Any) -> Any:
        minimum, maximum = self.spec.option("minimum"), self.spec.option("maximum")
        if minimum is not None and value < self.bound(minimum):
            refuse("minimum", f"Must be at least {minimum}.")
        if maximum is not None and value > self.bound(maximum):
            refuse("maximum", f"Must be at most {maximum}.")
        return value

    def bound(self, value: Any) -> Any:
        return self.parse(value)

    def parse(self, value: Any) -> Any:
        """The value, of the right type and form; the options are not asked yet."""
        raise NotImplementedError

    def one_of(self, value: Any) -> Any:
        allowed = self.spec.option("enum")
        if allowed is not None and value not in [self.parse(one) for one in allowed]:
            refuse("enum", f"Must be one of {', '.join(map(str, allowed))}.")
        return value

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        return self.one_of(self.in_range(self.parse(value)))


class String(Strict):
    expects = "a string"

    def parse(self, value: Any) -> str:
        if not isinstance(value, str):
            self.wrong_type()
        if "\0" in value:
            refuse("character", "Must not hold U+0000.")
        return value

    def in_range(self, value: str) -> str:
        least, most = self.spec.option("min_length"), self.spec.option("max_length")
        if least is not None and len(value) < least:
            refuse("min_length", f"Must have at least {least} characters.")
        if most is not None and len(value) > most:
            refuse("max_length", f"Must have at most {most} characters.")
        pattern, form = self.spec.option("pattern"), self.spec.option("format")
        if pattern is not None and not full_match(pattern, value):
            refuse("pattern", f"Must match {pattern}")
        if form is not None and not (full_match(FORMATS[form], value) and fits(form, value)):
            refuse("format", f"Must be a valid {form}.")
        return value


def fits(form: str, value: str) -> bool:
    """RFC 5321, section 4.5.3.1."""
    return form != "email" or (len(value) <= 254 and value.index("@") <= 64)


class Integer(Strict):
    expects = "an integer"

    def parse(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | Decimal | float):
            self.wrong_type()
        if not -HIGHEST - 2 < value < HIGHEST + 1:
            refuse("range", f"Must be between {LOWEST} and {HIGHEST}.")
        if value != int(value):
            self.wrong_type()
        if not LOWEST <= int(value) <= HIGHEST:
            refuse("range", f"Must be between {LOWEST} and {HIGHEST}.")
        return int(value)


class Number(Strict):
    expects = "a number"

    def parse(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | Decimal | float):
            self.wrong_type()
        try:
            # Minus zero becomes zero: SQLite would not keep it.
            number = float(value) + 0.0
        except OverflowError:
            number = math.inf
        if math.isinf(number):
            refuse("range", "Must be a finite double.")
        return number


class Exact(Strict):
    expects = "a decimal number, as a string or a number"

    def parse(self, value: Any) -> Decimal:
        if isinstance(value, str):
            if len(value) > MOST_DECIMAL_DIGITS or not DECIMAL_FORM.fullmatch(value):
                self.wrong_type()
            if len(value.partition(".")[2]) > scale_of(self.spec):
                refuse("scale", f"Must have at most {scale_of(self.spec)} decimal places.")
        elif isinstance(value, bool) or not isinstance(value, int | Decimal | float):
            self.wrong_type()
        elif isinstance(value, int) and abs(value) >= 10**18:
            refuse("precision", self.too_long())
        return self.fitted(Decimal(repr(value) if isinstance(value, float) else value))

    def fitted(self, value: Decimal) -> Decimal:
        scale, precision = scale_of(self.spec), self.spec.option("precision") or 18
        if value and value.adjusted() >= precision - scale:
            refuse("precision", self.too_long())
        if value and value.adjusted() < -scale - MOST_DECIMAL_DIGITS:
            refuse("scale", f"Must have at most {scale} decimal places.")
        fitted = value.quantize(Decimal(1).scaleb(-scale))
        if fitted != value:
            refuse("scale", f"Must have at most {scale} decimal places.")
        return fitted if fitted else abs(fitted)

    def too_long(self) -> str:
        scale, precision = scale_of(self.spec), self.spec.option("precision") or 18
        return f"Must have at most {precision - scale} digits before the point."


class Truth(Strict):
    expects = "true or false"

    def parse(self, value: Any) -> bool:
        if not isinstance(value, bool):
            self.wrong_type()
        return value


class Day(Strict):
    expects = 'a date such as "2026-02-28"'

    def parse(self, value: Any) -> date:
        if not isinstance(value, str) or not DATE_FORM.fullmatch(value):
            self.wrong_type()
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.wrong_type()


class Instant(Strict):
    expects = 'a date and time with an offset, such as "2026-02-28T12:00:00Z" (RFC 3339)'

    def parse(self, value: Any) -> datetime:
        match = DATETIME_FORM.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            self.wrong_type()
        day, time, fraction, offset = match.groups()
        fraction = (fraction or ".0")[:7]
        try:
            return datetime.fromisoformat(f"{day}T{time}{fraction:0<7}{offset.upper()}").astimezone(
                UTC
            )
        except (ValueError, OverflowError):
            self.wrong_type()


class Uuid(Strict):
    expects = "a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057"

    def parse(self, value: Any) -> str:
        if not isinstance(value, str) or not UUID_FORM.fullmatch(value):
            self.wrong_type()
        return value.lower()
