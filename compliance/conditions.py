"""What may a finding rule say in `when`? A closed grammar over one table's columns.

    condition  := all ("or" all)*
    all        := one ("and" one)*
    one        := "not" one | "(" condition ")" | value [comparison]
    comparison := ("=" | "<>" | "<" | "<=" | ">" | ">=") value
                | "is" ["not"] "null" | ["not"] "in" "(" term ("," term)* ")"
                | "between" value "and" value
    value      := term (("+" | "-" | "*") term)*
    term       := column | $parameter | 'text' | ["-"] number | "true" | "false"

A value without a comparison is a column that is true or false.

A rule is data that anyone may edit. So its text never becomes SQL: it is read by this grammar and
written anew from our own words, the table's column names, and parameters that carry every literal.
No function, no second table, no statement can be said. A rule's parameters begin with a letter:
names that begin with RESERVED are ours, and no value of a rule can take another's place.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from compliance.errors import Place, RuleError, nearest

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+(?:\.\d+)?)|(?P<parameter>\$\w+)"
    r"|(?P<word>[^\W\d]\w*)|(?P<sign><>|<=|>=|[=<>+\-*(),]))"
)
RESERVED = "_"  # begins the names of what we give a query beside a rule's parameters
_COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
_LONGEST = 2_000
_DEEPEST = 50


@dataclass(frozen=True)
class Condition:
    """SQL over the subject's columns, and the values of its parameters."""

    sql: str
    parameters: Mapping[str, object]


def read_condition(
    when: str, columns: Collection[str], parameters: Mapping[str, object], file: str
) -> Condition:
    """Return the condition as SQL. Raises RuleError for anything beyond the grammar."""
    for name in parameters:
        if name.startswith(RESERVED):
            raise RuleError(
                f"[parameters] `{name}` is a name that no parameter may have",
                at=Place(file),
                why=f"names that begin with `{RESERVED}` are the program's own",
                fix=f"begin it with a letter, as {name.strip(RESERVED) or 'limit'}, also in `when`",
            )
    reader = _Reader(when, columns, dict(parameters), file)
    sql = reader.condition()
    reader.end()
    return Condition(sql, reader.parameters)


@dataclass
class _Reader:
    when: str
    columns: Collection[str]
    parameters: dict[str, object]
    file: str
    _tokens: list[tuple[str, str]] = field(default_factory=list)
    _next: int = 0

    def __post_init__(self) -> None:
        position = 0
        text = self.when.rstrip()
        if len(text) > _LONGEST:
            raise self._wrong(f"`when` is longer than {_LONGEST} characters", "split the rule")
        if len(re.findall(r"\(|\bnot\b", text, re.IGNORECASE)) > _DEEPEST:
            raise self._wrong(f"`when` nests more than {_DEEPEST} times", "split the rule")
        while position < len(text):
            found = _TOKEN.match(text, position)
            if found is None or found.lastgroup is None:
                raise self._wrong(
                    f"`when` cannot be read from here: {text[position : position + 20]}",
                    "use columns, values, $parameters, and, or, not, =, <>, <, >, in, is null",
                )
            self._tokens.append((found.lastgroup, found.group(found.lastgroup)))
            position = found.end()

    def condition(self) -> str:
        parts = [self._all()]
        while self._takes("or"):
            parts.append(self._all())
        return f"({' or '.join(parts)})"

    def end(self) -> None:
        if self._next < len(self._tokens):
            word = self._tokens[self._next][1]
            raise self._wrong(f"`when` goes on where it should end: {word}", "join with and, or")

    def _all(self) -> str:
        parts = [self._one()]
        while self._takes("and"):
            parts.append(self._one())
        return " and ".join(parts)

    def _one(self) -> str:
        if self._takes("not"):
            return f"not ({self._one()})"
        if self._takes("("):
            inner = self.condition()
            self._must(")")
            return inner
        return self._comparison(self._value())

    def _comparison(self, left: str) -> str:
        if self._takes("is"):
            empty = "is not null" if self._takes("not") else "is null"
            self._must("null")
            return f"{left} {empty}"
        if self._takes("between"):
            low = self._value()
            self._must("and")
            return f"{left} between {low} and {self._value()}"
        is_denied = self._takes("not")
        if is_denied:
            self._must("in")
        if is_denied or self._takes("in"):
            self._must("(")
            listed = [self._term()]
            while self._takes(","):
                listed.append(self._term())
            self._must(")")
            return f"{left} {'not in' if is_denied else 'in'} ({', '.join(listed)})"
        kind, sign = self._peek()
        if kind == "sign" and sign in _COMPARISONS:
            self._next += 1
            return f"{left} {sign} {self._value()}"
        # A column that is true or false stands for itself.
        return left

    def _value(self) -> str:
        parts = [self._term()]
        while self._peek()[1] in {"+", "-", "*"}:
            parts += [self._peek()[1]]
            self._next += 1
            parts += [self._term()]
        return " ".join(parts)

    def _term(self) -> str:
        kind, word = self._peek()
        self._next += 1
        if kind == "text":
            return self._held(word[1:-1].replace("''", "'"))
        if kind == "number":
            return self._held(Decimal(word))
        if word == "-" and self._peek()[0] == "number":
            self._next += 1
            return self._held(-Decimal(self._tokens[self._next - 1][1]))
        if kind == "parameter" and word[1:] in self.parameters:
            return word
        if kind == "word" and word.lower() in ("true", "false"):
            return word.lower()
        if kind == "word" and word in self.columns:
            return f'"{word}"'
        if kind == "word":
            raise self._wrong(f"`when` names no column: {word}", nearest(word, self.columns))
        raise self._wrong(f"`when` lacks a value before: {word or 'its end'}", "write a column")

    def _held(self, value: object) -> str:
        name = f"{RESERVED}value_{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("", "")

    def _takes(self, word: str) -> bool:
        if self._peek()[0] in ("word", "sign") and self._peek()[1].lower() == word:
            self._next += 1
            return True
        return False

    def _must(self, word: str) -> None:
        if not self._takes(word):
            found = self._peek()[1] or "its end"
            raise self._wrong(f"`when` lacks `{word}` before: {found}", f"add `{word}`")

    def _wrong(self, what: str, fix: str) -> RuleError:
        return RuleError(what, at=Place(self.file), why=self.when, fix=fix)
