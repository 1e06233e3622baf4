"""What might the profile of this unknown file be? A draft, each guess marked for a person.

Guesses are made here and nowhere else: a draft reads no file until a person has confirmed it and
put it into rules/sources. Knows headers in Swedish and English, and what cells look like.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import MappingProxyType

from compliance.confined import confined
from compliance.errors import InputError, Place
from compliance.extract import container_of
from compliance.header_words import (
    confidential_of,
    currency_of,
    fields_of,
    looks_like_org_numbers,
)
from compliance.profiles import DATE_FIELDS, DATE_SHAPES, FIELDS
from compliance.readers import Head
from compliance.readers.delimited import Delimited
from compliance.readers.rowstore import Rowstore
from compliance.readers.tokenizer import split
from compliance.readers.workbook import Workbook, plain

_DELIMITERS = (";", "\t", ",", "|")
_SAMPLE = 30
# What the figure stands on: a draft says which of them no header seems to hold.
_NEEDED = MappingProxyType(
    {
        "amount_sek": "",
        "vendor_name": "",
        "account_code": "",
        "org_number": ": vendors would be told by their names alone",
    }
)


def draft_source(path: Path) -> str:
    """Return a profile in TOML for a ledger file, guesses marked `# guess`.

    Raises InputError when the file has no row that may be a header.
    """
    if not path.is_file():
        raise InputError(
            "there is no such file",
            at=Place(str(path)),
            why="a profile is drafted from the header of a file",
            fix="name an existing ledger file",
        )
    with confined() as room:
        return str(room.call("compliance.drafts:draft", path, path.name))


def draft(path: Path, file: str) -> str:
    """Make the draft; to be called in the confined child."""
    container = container_of(path, file)
    if container == "delimited":
        return _delimited(path)
    if container == "workbook":
        return _workbook(path)
    store = Rowstore.open(path, path.name)
    first = [item for item in store.objects[:_SAMPLE] if isinstance(item, list)]
    rows = [[str(value) for _, value in item] for item in first]
    return _text(path, container, store.head(), rows, [])


def _delimited(path: Path) -> str:
    text = Delimited.open(path, path.name)
    heads = text.heads(("utf-8", "cp1252"), _DELIMITERS)
    head = _likeliest(path, heads)
    encoding = text.settle(("utf-8", "cp1252"))
    lines = text.found.head[text.found.bom_bytes :].decode(encoding, "replace").splitlines()
    rows = [split(line, head.delimiter).cells for line in lines[head.row : head.row + _SAMPLE]]
    shown = {"\t": "\\t"}.get(head.delimiter, head.delimiter)
    encodings = '["utf-8", "cp1252"]' if not encoding.startswith("utf-16") else f'["{encoding}"]'
    about = [f"encodings = {encodings}", f'delimiters = ["{shown}"]']
    return _text(path, "delimited", head, [row for row in rows if row], about)


def _workbook(path: Path) -> str:
    book = Workbook.open(path, path.name)
    head = _likeliest(path, book.heads())
    first = itertools.islice(book.rows(head.sheet), head.row, head.row + _SAMPLE)
    rows = [[plain(cell) for cell in row] for row in first]
    return _text(path, "workbook", head, rows, [])


def _likeliest(path: Path, heads: Sequence[Head]) -> Head:
    scored = [
        (len(_guesses(head.names)), -head.row, -at, head)
        for at, head in enumerate(heads)
        if len(head.names) > 1
    ]
    # Of a row without a known name nothing says that it is a header: it may be somebody's posting.
    if not any(known for known, *_ in scored):
        raise InputError(
            "no row can be read as a header",
            at=Place(path.name, row=1),
            why="a header has two names or more, each in a cell of its own, and some of them known",
            fix="check that this is a ledger export with column names",
        )
    return max(scored, key=lambda entry: entry[:3])[3]


def _guesses(names: Sequence[str], rows: Sequence[Sequence[str]] = ()) -> dict[str, str]:
    columns = {
        name: [row[at].strip() for row in rows if at < len(row)] for at, name in enumerate(names)
    }
    cells = {name: [cell for cell in column if cell] for name, column in columns.items()}
    return fields_of([name for name in names if name.strip()], cells)


def _column(head: Head, rows: Sequence[Sequence[str]], header: str) -> list[str]:
    at = head.names.index(header)
    return [row[at].strip() for row in rows if at < len(row) and row[at].strip()]


def _notations(dated: Sequence[Sequence[str]]) -> list[str]:
    """Return the notations of all the date columns; of two that look the same, the first."""
    fitting: dict[str, str] = {}
    for cells in dated:
        for shape in _shapes(cells):
            fitting.setdefault(DATE_SHAPES[shape], shape)
    return list(fitting.values()) or ["YYYY-MM-DD"]


def _shapes(cells: Sequence[str]) -> list[str]:
    """Return the notations that every cell has; of two that look the same, the likelier."""
    fitting: dict[str, str] = {}
    for shape, pattern in DATE_SHAPES.items():
        if shape != "serial" and cells and all(re.fullmatch(pattern, cell) for cell in cells):
            fitting.setdefault(pattern, shape)
    return list(fitting.values())


def _decimal(cells: Sequence[str]) -> str:
    points = sum(bool(re.search(r"\.[0-9]{1,2}$", cell)) for cell in cells)
    commas = sum(bool(re.search(",[0-9]{1,2}$", cell)) for cell in cells)
    return "," if commas >= points else "."


def _thousands(cells: Sequence[str]) -> str:
    """Return the sign, other than a blank, that parts three digits from three in some amount."""
    other = {",": ".", ".": ","}[_decimal(cells)]
    parted = re.compile(rf"[0-9]{re.escape(other)}[0-9]{{3}}(?![0-9])")
    return other if any(parted.search(cell) for cell in cells) else " "


def _text(
    path: Path, container: str, head: Head, rows: Sequence[Sequence[str]], about: list[str]
) -> str:
    guesses = _guesses(head.names, rows)
    assert guesses.keys() <= FIELDS
    dated = [_column(head, rows, guesses[field]) for field in DATE_FIELDS if field in guesses]
    days = [cell for cells in dated for cell in cells]
    amounts = _column(head, rows, guesses["amount_sek"]) if "amount_sek" in guesses else []
    left = {n: _column(head, rows, n) for n in head.names if n not in guesses.values()}
    currency, mark = currency_of([*left], left), confidential_of([*left])
    name = re.sub("[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "draft"
    lines = [
        "# A draft: read each line marked `guess`, correct it, and put the file in rules/sources.",
        f'id = "{name}"  # guess: name it after the system',
        f'title = "{name}: supplier ledger"  # guess',
        'why = "…"  # what is odd about this layout',
        f'source = "the header of {_quoted(path.name)}"',
    ]
    rest = [n for n in head.names if n.strip() and n not in (*guesses.values(), currency, mark)]
    if rest:
        lines.append("# guess: columns that are known and not read; does one hold VAT or a status?")
        lines.append("ignored = [" + ", ".join(f'"{_quoted(name)}"' for name in rest) + "]")
    lines += ["", "[file]", f'container = "{container}"', *about]
    lines += ["", "[notation]", f'decimal = "{_decimal(amounts)}"  # guess{_seen(amounts)}']
    if (sign := _thousands(amounts)) != " ":
        lines.append(f'thousands = "{sign}"  # guess')
    if days:
        lines.append(f"dates = {_notations(dated)!r}".replace("'", '"') + f"  # guess{_seen(days)}")
    lines.append('vat = "excluded"  # guess: are the amounts without VAT?')
    if currency is not None:
        lines += ["", *_only_kronor(currency, _column(head, rows, currency))]
    if mark is not None:
        lines += ["", *_confidential(mark, _column(head, rows, mark))]
    if not days:
        lines += [
            "",
            "# guess: no date column; is the month in the file's name?",
            "[date_from_name]",
        ]
        lines.append("pattern = '(?P<year>20[0-9]{2})-?(?P<month>[0-9]{2})'")
    lines += ["", "[columns]", *_columns(head, rows, guesses)]
    return "\n".join([*lines, *_absent(head, rows, guesses, rest)]) + "\n"


def _only_kronor(header: str, cells: Sequence[str]) -> list[str]:
    krona = '"SEK", "KR"' if "kr" in map(str.casefold, cells) else '"SEK"'
    return [
        "# guess: amounts in another currency are no kronor, and their rows are rejected.",
        "[accept]",
        f'"{_quoted(header)}" = [{krona}, ""]  # guess{_seen(cells)}',
    ]


def _confidential(header: str, cells: Sequence[str]) -> list[str]:
    return [
        "# guess: what open rows have there; of others the kronor count, and the vendor is hidden.",
        "[confidential]",
        f'"{_quoted(header)}" = ["Nej", "No", "N", "False", "0", ""]  # guess{_seen(cells)}',
    ]


def _columns(head: Head, rows: Sequence[Sequence[str]], guesses: dict[str, str]) -> Iterator[str]:
    for field, header in guesses.items():
        cells = _column(head, rows, header)
        if (
            field == "account_code"
            and cells
            and all(re.match("[0-9]{3,} +[^0-9]", c) for c in cells)
        ):
            yield from _in_two(_quoted(header))
            continue
        yield f'{field} = "{_quoted(header)}"  # guess{_seen(cells)}'


def _absent(
    head: Head, rows: Sequence[Sequence[str]], guesses: dict[str, str], rest: Sequence[str]
) -> Iterator[str]:
    """Say what no header seems to be, and which column may be it nevertheless."""
    for field in sorted(_NEEDED.keys() - guesses.keys()):
        told = f'# {field} = "…"  # not found among the headers{_NEEDED[field]}'
        if field == "org_number":
            like = [name for name in rest if looks_like_org_numbers(_column(head, rows, name))]
            told += f"; is it `{_quoted(like[0])}`?" if like else ""
        yield told


def _in_two(header: str) -> list[str]:
    return [
        f'account_code = {{ header = "{header}", part = "first_word" }}  # guess',
        f'account_name = {{ header = "{header}", part = "rest" }}  # guess',
    ]


def _seen(cells: Sequence[str]) -> str:
    """Return an example for the reader, with every digit and name masked: it may be a person."""
    if not cells:
        return ""
    masked = re.sub("[0-9]", "9", cells[0])
    masked = re.sub("[^\\W0-9_]", "x", masked)
    return f", cells such as {masked[:30]!r}"


def _quoted(text: str) -> str:
    """Return what stands between quotation marks: headers are compared without line breaks."""
    text = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return re.sub("[\x00-\x1f\x7f]", lambda sign: f"\\u{ord(sign[0]):04x}", text)
