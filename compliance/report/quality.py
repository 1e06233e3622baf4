"""What is a trouble in the data called, and how is its example told?

The database tells its troubles by name and in English; here each has a sentence for the catalogue.
A sentence is also the pattern that finds it again: `{text}` in it takes whatever stands there. A
reason that no sentence fits is told in English to English readers and in general words to others.
"""

from __future__ import annotations

from collections.abc import Mapping

from compliance.report.sections import Row
from compliance.words import Words
from compliance.words.catalogue import pattern_of


def _(sentence: str) -> str:
    """Mark a sentence for the catalogue; it is translated where it is said."""
    return sentence


# By `name` of data_quality.
QUALITY: Mapping[str, str] = {
    "share_outside_0_1": _("Periods where credits take a share outside 0 to 100 per cent"),
    "replaced_rows_left_out": _("Rows of a replaced file that no other file has"),
    "last_month_thin": _("A last month with next to no postings: look for a wrong date"),
    "closed_month_without_postings": _("Closed months whose postings are gone from the ledger"),
    "ceiling_before_ledger": _("Ceilings that may have been used before the ledger begins"),
    "rejected_rows": _("Rows that could not be read"),
    "file_breaks_off": _("Files that break off in their last row: what stood behind it is missing"),
    "delivery_repeated": _("Rows of a file that stand in another file already"),
    "vendor_unidentified": _("Purchases without a usable supplier"),
    "match_in_review": _("Suppliers whose match awaits a decision"),
    "reference_does_not_hold": _("Contract references that do not hold"),
    "account_without_category": _("Accounts without a category"),
    "unit_missing": _("Purchases without a department"),
    "contract_without_scope": _("Contracts without a scope"),
    "contract_without_ceiling": _("Contracts without a ceiling"),
    "register_hygiene": _("Faults in the contract register"),
    "decision_unapplied": _("Decisions that apply to nothing"),
    "decision_superseded": _("Decisions that a later one replaces"),
    "decision_contested": _("Decisions of two persons that contradict each other"),
    "general_ledger_seen": _("Bookkept purchases that the ledger lacks"),
    "general_ledger_set_aside": _(
        "Vouchers of the general ledger that are left out of the comparison"
    ),
    "source_notes": _("What the ledger files cannot tell"),
}

# By `check_name` of register_hygiene.
HYGIENE: Mapping[str, str] = {
    "personal_contract_id": _("Contracts whose number reads as a personal number"),
    "no_end": _("Contracts without a last day"),
    "over_four_years": _("Framework contracts that run for more than four years"),
    "extended_before_end": _("Contracts extended to a day before their last day"),
    "max_end_before_end": _("Contracts that can at most run to a day before their last day"),
    "notice_after_end": _("Contracts with their last day for an option after their end"),
    "no_ceiling": _("Contracts without a ceiling"),
    "direct_award_over_limit": _("Direct awards above the limit"),
    "no_scope": _("Contracts without a scope"),
    "replaces_unknown": _("Contracts that replace one that is not in the register"),
    "replaces_itself": _("Contracts that are said to replace themselves"),
    "unknown_unit": _("Units entitled to order that the organisation does not have"),
    "no_rank": _("Suppliers without a rank where others have one"),
    "same_rank": _("Suppliers that share a rank"),
    "overlapping": _("Contracts with one supplier for the same things at the same time"),
    "rows_differ": _("Rows of one contract that differ"),
    "duplicate_row": _("Rows that stand twice in the register"),
    "unknown_scope": _("Scopes that cannot be understood"),
    "no_org_number": _("Suppliers without an organisation number"),
    "org_number_from_other_row": _("Organisation numbers taken from another row"),
    "wrong_org_number": _("Organisation numbers that are not one"),
    "several_parties": _("Rows of the register that name more than one supplier"),
    "sheet_not_read": _("Sheets that were not read"),
    "unended_row": _("Registers that end in an amount, without a line end"),
    "unknown_column": _("Columns that are not read"),
    "unknown_kind": _("Kinds of contract that are not known"),
}

# Every reason of rejected_rows, in the words of the loader.
REASONS: tuple[str, ...] = (
    _("no amount"),
    _("no date"),
    _("`{text}` is an error of the spreadsheet it came from"),
    _("`{text}` is no amount"),
    _("`{text}` is in exponent form; digits are lost"),
    _("`{text}` is written in other digits than 0–9"),
    _("`{text}` has more than two decimals"),
    _(
        "`{text}` is ambiguous: `{other}` is not how this layout writes amounts "
        "(decimal sign `{decimal}`)"
    ),
    _("`{text}` is beyond any amount in a ledger"),
    _("cannot read `{text}` as an amount"),
    _("`{text}` is not a day of the calendar between 1990 and 2099"),
    _("cannot read `{text}` as a date written {shapes}"),
    _("the file breaks off in this amount: digits may be missing"),
    _("the year {year} is far from the file's other dates"),
    _("`{text}` is no account code"),
    _("`{text}` is not counted; only {allowed} is"),
    _("the row holds bytes that its encoding does not know"),
    _("a cell stands below no column name: the row may be shifted"),
    _("{cells} cells, more than the header's {width}"),
    _("the file breaks off in this row: {cells} cells, fewer than the header's {width}"),
    _("{cells} cells, fewer than the header's {width}"),
    _("there is a NUL byte in the row"),
    _("a line break stands outside quotes"),
    _("text follows a closing quote"),
    _("a quote stands inside an unquoted cell"),
    _("a quote is never closed"),
    _("a cell stands beside the header's columns"),
    _("the row is no object"),
    _("a key stands twice in the row"),
    _("the row's keys differ from the first row's: {keys}"),
    _("there is a NUL in `{text}`"),
    _("there is half a sign in `{text}`"),
    _("`{text}` holds a list or an object"),
    _("the cell holds an error of the spreadsheet"),
    _("the cell holds a formula never calculated"),
    _("the cell holds a cell merged with another"),
    _("the cell holds a number with more digits than a spreadsheet keeps"),
    _("the invoice is in {currency}, not in kronor"),
    _("the voucher's date cannot be read"),
    _("an amount of the voucher cannot be read"),
    _("the voucher does not balance: its sum is {total}"),
)


def title_told(row: Row, words: Words) -> str:
    """Return what the trouble of a row of `91_quality.sql` is called."""
    sentence = HYGIENE.get(row["check_name"] or "") or QUALITY.get(row["quality_name"])
    return words.sentence(sentence or _("Something else in the data"))


def example_told(row: Row, words: Words) -> str:
    """Return where a reader can look: a posting, a supplier, a contract or a row of a file."""
    match row["quality_name"]:
        case "rejected_rows" if row["example_path"]:
            return words.say(
                "{file}, row {row}: {reason}",
                file=row["example_path"],
                row=row["example_row"],
                reason=reason_told(row["example_reason"], words),
            )
        case "delivery_repeated" | "file_breaks_off" if row["example_path"]:
            return str(row["example_path"])
        case "register_hygiene" if row["example_contract_id"]:
            return words.say("Contract {contract}", contract=row["example_contract_id"])
        case "register_hygiene" if row["example_row"]:
            return words.say("Row {row} of the register", row=row["example_row"])
        case "decision_unapplied" | "decision_contested" if row["example_row"]:
            return words.say("Row {row} of decisions.csv", row=row["example_row"])
        case "account_without_category" if row["example_account"]:
            return words.say("Account {account}", account=row["example_account"])
        case "replaced_rows_left_out" if row["example_path"]:
            return str(row["example_path"])
        case "ceiling_before_ledger" if row["example_contract_id"]:
            return words.say("Contract {contract}", contract=row["example_contract_id"])
        case "share_outside_0_1" if row["example_date"]:
            return _period_told(row, words)
        case "last_month_thin" | "closed_month_without_postings" if row["example_date"]:
            return words.month_year(row["example_date"])
    posting = (
        row["example_vendor_name"],
        row["example_date"] and words.iso(row["example_date"]),
        row["example_sek"] is not None and words.kronor(row["example_sek"]),
    )
    return " · ".join(part for part in posting if part) or "–"


def _period_told(row: Row, words: Words) -> str:
    """A share is of a month, a year or twelve months, of the whole or of a part of it."""
    # A section of a workspace's own may not tell of what the share is.
    series, of = row.get("example_series") or "month", row.get("example_of")
    day = row["example_date"]
    if series == "twelve months":
        return words.say("12 months up to {month}", month=words.month_year(day))
    period = str(day.year) if series.startswith("year") else words.month_year(day)
    if series.endswith("category"):
        of = words.say("Category {code}", code=of)
    return " · ".join(part for part in (period, of) if part)


def reason_told(reason: str | None, words: Words) -> str:
    """Return a rejected row's reason in the reader's language."""
    for sentence in REASONS:
        match = pattern_of(sentence).fullmatch(reason or "")
        if match:
            fields = match.groupdict()
            # The loader's own lists of what it would have read.
            for name in fields.keys() & {"shapes", "allowed"}:
                choices = fields[name].split(" or ")
                said = [words.sentence(_("empty")) if c == "empty" else c for c in choices]
                fields[name] = words.listing_or(said)
            return words.say(sentence, **fields)
    if reason and words.language == "en":
        return reason
    return words.say("the row could not be read")
