"""Make the sample municipality: `python sample_data/make_sample.py [TARGET] [--scale X]`.

Writes TARGET/workspace (what `compliance init --demo` copies) and TARGET/truth (who every vendor
is and which state every posting gets). The same seed and scale give the same bytes. The figure of
2022 is what it is because of the postings: no share is written anywhere for the program to read.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
from datetime import date
from pathlib import Path
from random import Random

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))  # the maker is a folder beside this file, not an installed package

from maker import decided, events, exempt, general, ledgers, papers, peppol, truth, tuning  # noqa: E402 - needs the path above
from maker.companies import Company  # noqa: E402
from maker.ledgers import File, Row  # noqa: E402
from maker.postings import Invoices, Posting, book  # noqa: E402
from maker.reading import Part, Reader  # noqa: E402
from maker.register import Contract  # noqa: E402
from maker.spelling import Speller  # noqa: E402
from maker.story import Story, tell  # noqa: E402

HARD = 16  # contract suppliers that are at times spelled beyond recognition


class Maker:
    """One run: the story is told, booked, written down, read once more for the truth."""

    def __init__(self, seed: int, scale: float) -> None:
        self.seed, self.scale = seed, scale
        self.story: Story = tell(seed)
        self.invoices = Invoices(self.stream("invoices"))
        self.speller = Speller(self.stream("spelling"))
        self.decisions: list[decided.Decision] = []
        postings = self._postings()
        self._hard_spellings()
        self.files = ledgers.lay_out(postings, self.speller)
        self.rows = [row for file in self.files for row in file.rows]
        self.orders = peppol.choose(self.rows, self.stream("peppol"))
        self.seen = {id(row.posting): self._seen(row) for row in self.rows}
        self.parts = self._tuned()
        self._other_decisions()

    def stream(self, topic: str) -> Random:
        """Return a random stream of its own, so that one topic does not move another."""
        return Random(f"{self.seed}:{topic}")

    def _postings(self) -> list[Posting]:
        random, story = self.stream("postings"), self.story
        found = [
            posting
            for flow in story.flows
            for posting in book(flow, self.scale, self.invoices, random)
        ]
        self.renamed = events.rename(story, found)
        self.group = events.affiliate(story, found, self.stream("affiliate"))
        other, kinds = exempt.book(story.sellers, self.scale, self.invoices, self.stream("exempt"))
        self.own = kinds["own"]
        found += other
        found += events.findings(story, found, self.invoices)
        found += events.sisters(story, self.invoices)
        events.references(found, story.contracts, self.stream("references"))
        events.rejected(found, self.stream("rejected"))
        missing = [c for c in story.contracts if len(c.parties) == 1]
        for contract in self.stream("register").sample(missing, 20):
            contract.note = "no org number"
        return found

    def _hard_spellings(self) -> None:
        """Some suppliers are spelled so that a person must settle it; three have been settled."""
        random = self.stream("hard")
        known = sorted(
            {f.company.key for f in self.story.flows if f.why in ("framework", "object")}
            - {company.key for company in (*self.renamed, *self.group)}
        )
        sellers = {company.key: company for company in self.story.sellers.all}
        self.accepted: set[str] = set()
        for number, key in enumerate(random.sample(known, HARD)):
            company = sellers[key]
            spelling = self.speller.make_hard(company, trading=number % 3 == 0)
            if number < 3:
                self.accepted.add(key)
                self.decisions.append(
                    decided.Decision(date(2024, 3, 4 + number), "vendor_match", spelling.name,
                                     "accept", company.hyphened, note="Bekräftat per telefon")
                )  # fmt: skip

    def _other_decisions(self) -> None:
        """A decision that a later one replaces, one about a person, and one of no use any more."""
        sister = next(c for role, c in self.story.cast.items() if role.startswith("sister"))
        parent = next(c for c in self.story.sellers.all if f"sister of {c.name}" in self.story.cast)
        make = decided.Decision
        self.decisions += [
            make(date(2026, 3, 2), "vendor_match", sister.hyphened, "accept", parent.hyphened,
                 note="Samma koncern?"),
            make(date(2026, 4, 9), "vendor_match", sister.hyphened, "reject", parent.hyphened,
                 note="Eget bolag, ingår inte i avtalet"),
            make(date(2024, 9, 30), "vendor_match", "GAMLA GRUSBOLAGET", "reject",
                 parent.hyphened, note="Fanns i en leverans som ersattes"),
            make(date(2025, 2, 11), "person", "Fjordvik Lyd ApS", "not_person",
                 note="Danskt bolag"),
        ]  # fmt: skip

    def _seen(self, row: Row) -> Company | None:
        """Whom a careful program sees: the company, whom it stands for, or nobody it knows."""
        company = row.posting.company
        if row.spelling.is_hard and company.key not in self.accepted:
            return None
        stands_for = {self.renamed[1].key: self.renamed[0], self.group[1].key: self.group[0]}
        return stands_for.get(company.key, company)

    def _read(self) -> tuple[list[Posting], list[list[Part]], Reader]:
        reader = Reader(self.story.contracts)
        ordered = [row.posting for row in ledgers.by_day(self.files) if not row.posting.broken]
        return ordered, reader.read(ordered, self.seen), reader

    def _tuned(self) -> dict[int, list[Part]]:
        contracts = self.story.contracts
        _, _, reader = self._read()
        tuning.set_tight_ceilings(contracts, reader)
        if self.scale == 1.0:
            ordered, parts, _ = self._read()
            for year, words in tuning.scale_years(ordered, parts).items():
                print(f"{year}: {words}", file=sys.stderr)
        _, _, reader = self._read()
        tuning.set_roomy_ceilings(contracts, reader, self.stream("ceilings"))
        ordered, parts, _ = self._read()
        return {id(posting): own for posting, own in zip(ordered, parts, strict=True)}

    def write(self, target: Path) -> None:
        """Write workspace and truth below `target`; what was there before is removed."""
        workspace, beside = target / "workspace", target / "truth"
        for folder in (workspace, beside):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        ledgers.write(self.files, workspace)
        self._decide_lines(workspace)
        peppol.write(self.orders, workspace / "ledger" / "peppol")
        general.write(self.rows, workspace / "ledger" / "sie")
        contracts = self.story.contracts
        papers.write_register(contracts, workspace / "contracts" / "avtal.xlsx", self.stream("r"))
        papers.write_tenders(contracts, workspace / "tenders" / "tenders.csv", self.stream("t"))
        orders = workspace / "orders" / "orders.csv"
        decided.write_orders(self.orders, self.rows, orders, self.stream("o"))
        papers.write_settings(workspace / "compliance.toml")
        rules = workspace / "rules"
        rules.mkdir()
        _write(rules / "organisation.toml", papers.organisation_toml())
        groups = decided.groups_toml(self.own, self.renamed, self.group, self._local())
        _write(rules / "groups.toml", groups)
        decided.write_decisions(self.decisions, workspace / "decisions.csv")
        self._write_truth(beside, contracts)

    def _local(self) -> list[Company]:
        """Return the local companies that sold anything, but for the municipality's own."""
        sold = {row.posting.company.key for row in self.rows if row.posting.flow is not None}
        own = {company.key for company in self.own}
        return [
            company
            for company in self.story.sellers.all
            if company.is_local and company.key in sold - own and not company.is_person
        ]

    def _decide_lines(self, workspace: Path) -> None:
        """Decide a few postings by line_id, which their files' bytes give."""
        by_tag = {
            row.posting.tag: (file, row) for file in self.files for row in file.rows
            if file.system == "new" and row.posting.tag in ("abroad, no number", "booked twice")
        }  # fmt: skip
        notes = {"abroad, no number": "Bidrag, felkonterat", "booked twice": "Dubbelbokad"}
        for tag, (file, row) in sorted(by_tag.items()):
            self._decide(workspace, file, row, Part("exempt", row.posting.amount), notes[tag])
        for file in self.files[-1:]:
            leaks = [row for row in file.rows if row.posting.why == "leak" and self._ready(row)]
            for row in leaks[:2]:
                contract = self._framework(row)
                if contract:
                    part = Part("confirmed", row.posting.amount, contract)
                    self._decide(workspace, file, row, part, "Underleverantör till avtalsparten")

    def _ready(self, row: Row) -> bool:
        return not row.posting.broken and row.posting.amount > 0 and not row.posting.contract_ref

    def _framework(self, row: Row) -> Contract | None:
        """Return the roomy framework of the posting's trade that is valid on its day."""
        posting = row.posting
        for contract in self.story.contracts:
            fits = posting.flow is not None and contract.trade == posting.flow.trade.key
            valid = contract.valid_from <= posting.day <= contract.last_day
            if fits and valid and contract.scope and not tuning.is_fixed(contract):
                return contract
        return None

    def _decide(self, workspace: Path, file: File, row: Row, part: Part, note: str) -> None:
        line = (file_bits(workspace / file.path) << 28) | row.number
        words = "exempt" if part.contract is None else "covered"
        named = part.contract.contract_id if part.contract else ""
        self.parts[id(row.posting)] = [part]
        row.posting.tag = row.posting.tag or "decided"
        self.decisions.append(
            decided.Decision(date(2026, 11, 3), "line", str(line), words, "", named, note)
        )

    def _write_truth(self, beside: Path, contracts: list[Contract]) -> None:
        frame = truth.postings(self.files, self.parts, self.seen)
        frame.write_parquet(beside / "postings.parquet", compression="zstd", compression_level=19)
        truth.write_companies(self.story.sellers.all, contracts, beside / "companies.csv")
        truth.write_vendors(self.rows, beside / "vendors.csv")
        truth.write_shown(frame, self.files, beside / "shown.csv")
        truth.write_summary(frame, beside / "summary.csv")


def _write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8", newline="\n")


def file_bits(path: Path) -> int:
    """Return the part of a line_id that its file gives."""
    return int(hashlib.sha256(path.read_bytes()).hexdigest(), 16) >> (256 - 35)


def describe(files: list[File]) -> str:
    """Return what was made, in one line."""
    rows = sum(len(file.rows) for file in files)
    return f"{len(files)} ledger files, {rows} rows"


def main() -> int:
    """Make the sample below TARGET (default: beside this file)."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    words.add_argument("target", nargs="?", type=Path, default=HERE)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--scale", type=float, default=1.0, help="1.0 is the municipality itself")
    asked = words.parse_args()
    made = Maker(asked.seed, asked.scale)
    made.write(asked.target)
    print(f"{asked.target}: {describe(made.files)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
