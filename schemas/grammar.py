"""The text of an expression -> its syntax tree. Nothing is known here of fields and types.

The parser makes the tree as it reads (LALR), so that depth costs no stack.
"""

import re
from decimal import Decimal

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken, v_args

from schemas.syntax import Group, Literal, Malformed, Name, Node, Not, Special, Term, Test

MOST_DEPTH = 32
HIGHEST_EXPONENT = 400
# Python reads no integer of more than 4,300.
MOST_DIGITS = 4000

GRAMMAR = r"""
start: either
?either: both (_OR both)*
?both: inverse (_AND inverse)*
?inverse: _NOT inverse -> negation
    | test
?test: operand OPERATOR operand -> comparison
    | operand _IN list -> among
    | operand NOT_IN list -> not_among
    | operand _HAS operand -> has
    | operand IS_NULL -> is_null
    | operand IS_NOT_NULL -> is_not_null
    | operand -> alone
    | "(" either ")" -> nested
list: "(" [literal ("," literal)*] ")"
?operand: NAME -> name
    | SPECIAL -> special
    | literal
literal: STRING -> string
    | NUMBER -> number
    | TRUE -> true
    | FALSE -> false
    | NULL -> null

_OR.2: /or(?![\w.])/i
_AND.2: /and(?![\w.])/i
NOT_IN.3: /not\s+in(?![\w.])/i
_NOT.2: /not(?![\w.])/i
_IN.2: /in(?![\w.])/i
_HAS.2: /has(?![\w.])/i
IS_NOT_NULL.3: /is\s+not\s+null(?![\w.])/i
IS_NULL.3: /is\s+null(?![\w.])/i
TRUE.2: /true(?![\w.])/i
FALSE.2: /false(?![\w.])/i
NULL.2: /null(?![\w.])/i
OPERATOR: "!=" | "<=" | ">=" | "!~" | "=" | "<" | ">" | "~"
NAME: /(?!(?:and|or|not|in|is|has|null|true|false)(?![\w.]))[A-Za-z_]\w*(\.[A-Za-z_]\w*)*/i
SPECIAL: /@\w+(\.\w+)*/
STRING: /'(?:[^']|'')*'|"(?:[^"]|"")*"/
NUMBER: /-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?(?![\w.])/
%ignore /\s+/
"""


@v_args(inline=True)
class _Builder(Transformer[Token, Node]):
    def name(self, token: Token) -> Name:
        return Name(_at(token), tuple(token.split(".")))

    def special(self, token: Token) -> Special:
        return Special(_at(token), str(token))

    def string(self, token: Token) -> Literal:
        quote = token[0]
        return Literal(_at(token), token[1:-1].replace(quote * 2, quote))

    def number(self, token: Token) -> Literal:
        mantissa, _, exponent = token.lower().partition("e")
        digits = mantissa.lstrip("-").partition(".")[0]
        if len(digits) > 1 and digits.startswith("0"):
            raise Malformed(_at(token), "syntax", "a number does not begin with 0.")
        large = exponent and (len(exponent) > 5 or abs(int(exponent)) > HIGHEST_EXPONENT)
        if large or len(mantissa) > MOST_DIGITS:
            raise Malformed(_at(token), "range", "this number is out of range.")
        whole = mantissa.lstrip("-").isdigit() and not exponent
        return Literal(_at(token), int(token) if whole else Decimal(token))

    def true(self, token: Token) -> Literal:
        return Literal(_at(token), True)

    def false(self, token: Token) -> Literal:
        return Literal(_at(token), False)

    def null(self, token: Token) -> Literal:
        return Literal(_at(token), None)

    def list(self, *items: Literal) -> tuple[Literal, ...]:
        return items

    def comparison(self, left: Term, operator: Token, right: Term) -> Test:
        return Test(_at(operator), str(operator), left, (right,))

    def among(self, left: Term, items: tuple[Literal, ...]) -> Test:
        return Test(left.at, "in", left, items)

    def not_among(self, left: Term, _: Token, items: tuple[Literal, ...]) -> Not:
        return Not(self.among(left, items), 0)

    def has(self, left: Term, right: Term) -> Test:
        return Test(left.at, "has", left, (right,))

    def is_null(self, left: Term, _: Token) -> Test:
        return Test(left.at, "is", left)

    def is_not_null(self, left: Term, _: Token) -> Not:
        return Not(self.is_null(left, _), 0)

    def alone(self, left: Term) -> Test:
        return Test(left.at, "", left)

    def negation(self, inner: Node) -> Not:
        return Not(inner, _deeper(inner))

    def nested(self, inner: Node) -> Group:
        return Group("and", (inner,), _deeper(inner))

    def both(self, *parts: Node) -> Group:
        return Group("and", parts, max(map(_depth, parts)))

    def either(self, *parts: Node) -> Group:
        return Group("or", parts, max(map(_depth, parts)))

    def start(self, whole: Node) -> Node:
        return whole


def _at(token: Token) -> int:
    return token.start_pos or 0


def _depth(node: Node) -> int:
    return 0 if isinstance(node, Test) else node.depth


def _deeper(inner: Node) -> int:
    depth = _depth(inner) + 1
    if depth > MOST_DEPTH:
        raise Malformed(0, "depth", f"nested deeper than {MOST_DEPTH}.")
    return depth


_PARSER = Lark(GRAMMAR, parser="lalr", transformer=_Builder(), maybe_placeholders=False)
WORDS = {
    "NAME": "a field",
    "SPECIAL": "@me",
    "STRING": "a string in quotes",
    "NUMBER": "a number",
    "TRUE": "true",
    "FALSE": "false",
    "OPERATOR": "a comparison such as =",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": "a comma",
    "_AND": "and",
    "_OR": "or",
    "_NOT": "not",
    "_IN": "in",
    "_HAS": "has",
    "IS_NULL": "is null",
    "IS_NOT_NULL": "is not null",
    "$END": "the end",
}
SHOWN = 40
IS = re.compile(r"is(?![\w.])\s*+(?!(?:not\s+)?null(?![\w.]))", re.IGNORECASE)


def parse(text: str) -> Node:
    """Raises ``Malformed``."""
    try:
        return _PARSER.parse(text)  # type: ignore[return-value]
    except UnexpectedCharacters as error:
        raise _unreadable(text, error.pos_in_stream or 0) from None
    except UnexpectedToken as error:
        ended = error.token.type == "$END"
        raise _unreadable(text, len(text) if ended else _at(error.token)) from None


def _unreadable(text: str, at: int) -> Malformed:
    """What stands there, and what could."""
    if begun := IS.match(text, at):
        return _unexpected(text, begun.end(), ["null", "not null"])
    so_far = _PARSER.parse_interactive(text[:at])
    so_far.exhaust_lexer()
    accepted: set[str] = so_far.accepts()  # type: ignore[no-untyped-call]
    if text[at : at + 1] in ("'", '"') and "STRING" in accepted:
        return Malformed(at, "syntax", "this string is not closed.")
    return _unexpected(text, at, [word for name, word in WORDS.items() if name in accepted])


def _unexpected(text: str, at: int, words: list[str]) -> Malformed:
    listed = f"{', '.join(words[:-1])} or {words[-1]}" if words[1:] else "".join(words)
    rest = text[at:].split()
    found = _quoted(rest[0]) if rest else "the end"
    return Malformed(at, "syntax", f"expected {listed}, not {found}.")


def _quoted(text: str) -> str:
    return f"`{text if len(text) <= SHOWN else text[:SHOWN] + '…'}`"
