"""The command line: a verb per outcome. The only module that prints or exits.

The result goes to stdout, narration to stderr. Exit codes: 0 done, 1 our fault, 2 usage, 3 input
refused, 4 rule or configuration refused, 5 a check contradicted, 6 delivery incomplete, 130 stopped
from the keyboard.
"""

from __future__ import annotations

import argparse
import contextlib
import getpass
import io
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TextIO

from polars.exceptions import PanicException

from compliance import __version__, batch, pipeline, progress, spark_pipeline, verbs
from compliance.ask import as_csv, as_table
from compliance.batch import SendWishes
from compliance.errors import ComplianceError, Place, Problems, UsageError, of_the_machine
from compliance.personal_numbers import mask_text
from compliance.usage import Line
from compliance.whatifs import Wish
from compliance.workspace import Workspace


def entry() -> None:
    """Run the command line and leave with its exit code: the `compliance` script."""
    _open_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What a terminal or a log cannot show is written out, and no line is lost for it.
            stream.reconfigure(errors="backslashreplace")
    code = main()
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: DuckDB 2.0 reports what its Arrow stream left for the interpreter to clear away,
    # thirty lines of it, to whoever reads stderr. All files and children are closed by now.
    os._exit(code)


def _open_closed() -> None:
    """Let nothing take the place of a stream that was closed before we began (`2>&-`).

    Python has none then, and the next file opened, a database perhaps, would get its number.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    sys.stdout = sys.stdout or _open_to(1)
    sys.stderr = sys.stderr or _open_to(2)


def _open_to(number: int) -> TextIO:
    return open(number, "w", encoding="utf-8", closefd=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns its exit code; prints every problem in the one shape."""
    try:
        asked = parser().parse_args(arguments)
        return asked.run(asked) or 0
    except (ComplianceError, Problems) as error:
        say(str(error))
        return error.exit_code
    except BrokenPipeError:
        # The reader of our pipe (head, less) has seen enough; that is no failure.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("stopped; what is published is whole, and the next run goes on", file=sys.stderr)
        return 130
    # A panic of polars is no Exception to Python.
    except (Exception, PanicException) as error:  # noqa: BLE001 - the last floor: told, never lost
        return _told(error)


def _told(error: BaseException) -> int:
    fault = of_the_machine(error) if isinstance(error, OSError) else None
    if fault is None:
        fault = _our_fault(error)
    print(fault, file=sys.stderr)
    if os.environ.get("COMPLIANCE_TRACE"):
        traceback.print_exception(error)
    return fault.exit_code


def _our_fault(error: BaseException) -> ComplianceError:
    where = traceback.extract_tb(error.__traceback__)[-1]
    return ComplianceError(
        f"the program failed: {type(error).__name__}",
        at=Place(Path(where.filename).name, where.lineno),
        why="this is a fault of ours, not of your files; the last good database stands",
        fix="run again with COMPLIANCE_TRACE=1 and send us what it prints (it may name vendors)",
    )


def say(line: str) -> None:
    """Tell the person at the terminal, or the log, what is going on."""
    print(_without_persons(line), file=sys.stderr, flush=True)


def _without_persons(line: str) -> str:
    """A message may quote a cell, whoever wrote it; a log is kept, and read by others."""
    return mask_text(line, checked=True) or ""


def parser() -> argparse.ArgumentParser:
    """Return the whole command line, a verb per outcome."""
    top = Line(
        prog="compliance",
        description="What is bought without a valid contract: how much, why, where, and what next.",
    )
    top.add_argument("--version", action="version", version=__version__)
    verbs = top.add_subparsers(required=True, metavar="COMMAND")

    init = verbs.add_parser("init", help="scaffold a workspace")
    init.add_argument("folder", type=Path, metavar="DIR")
    init.add_argument("--demo", action="store_true", help="with the sample municipality in it")
    init.set_defaults(run=_init)

    demo = verbs.add_parser("demo", help="the whole batch on the sample municipality")
    demo.add_argument("folder", type=Path, metavar="DIR", nargs="?", default=Path("demo"))
    demo.set_defaults(run=_demo)

    check = _on_workspace(verbs, "check", "read everything, publish nothing, list every problem")
    check.set_defaults(run=_check)

    build = _on_workspace(verbs, "build", "inputs to output/compliance.duckdb")
    build.add_argument(
        "--engine",
        choices=("duckdb", "spark"),
        default="duckdb",
        help="spark: the same tables as Parquet in output/spark/",
    )
    _anew_option(build)
    build.add_argument("--master", metavar="URL", help="the Spark cluster; default: this machine")
    build.set_defaults(run=_build)

    report = _on_workspace(verbs, "report", "database to report, letters and workbooks")
    _month_option(report)
    report.add_argument(
        "--lang",
        choices=("sv", "en"),
        help="of pages and workbooks; default: the workspace's. A letter has its reader's",
    )
    report.set_defaults(run=_report)

    explain = verbs.add_parser(
        "explain", help="one posting's whole way, or a vendor's, an invoice's"
    )
    explain.add_argument("key", metavar="LINE_ID")
    explain.add_argument("workspace", type=Path, nargs="?", default=Path(), metavar="WORKSPACE")
    explain.add_argument("--identify", action="store_true", help="persons by their real names")
    explain.set_defaults(run=_explain)

    close = verbs.add_parser("close", help="freeze a month's figures into history/")
    close.add_argument("month", metavar="YYYY-MM")
    close.add_argument("workspace", type=Path, nargs="?", default=Path(), metavar="WORKSPACE")
    close.set_defaults(run=_close)

    calibrate = _on_workspace(
        verbs, "calibrate", "the baseline year under today's rules, and what moves it"
    )
    calibrate.add_argument(
        "--bridge", metavar="YYYY-MM", help="from a closed month's figure to today's, step by step"
    )
    calibrate.set_defaults(run=_calibrate)

    whatif = _on_workspace(verbs, "whatif", "the figure if something were changed")
    whatif.add_argument("--extend", metavar="CONTRACT=YYYY-MM-DD", action="append", default=[])
    whatif.add_argument("--ceiling", metavar="CONTRACT=SEK", action="append", default=[])
    whatif.add_argument("--procure", metavar="CATEGORY", action="append", default=[])
    whatif.set_defaults(run=_whatif)

    sql = verbs.add_parser("sql", help="read-only SQL; without a query, what there is to ask")
    sql.add_argument("query", nargs="?", metavar="QUERY")
    sql.add_argument("--workspace", type=Path, default=Path())
    sql.set_defaults(run=_sql)

    source = verbs.add_parser("source", help="draft a source profile from an unknown ledger file")
    source.add_argument("file", type=Path, metavar="FILE")
    source.set_defaults(run=_source)

    send = _on_workspace(verbs, "send", "show who would get what; with --send, mail it")
    _month_option(send)
    send.add_argument("--send", action="store_true", help="mail it; never twice")
    send.add_argument("--resend", metavar="ID", action="append", default=[], help="the same bytes")
    send.add_argument("--arrived", metavar="ID", action="append", default=[], help="it did arrive")
    send.add_argument("--correct", metavar="ID", action="append", default=[], help="a correction")
    send.add_argument("--drop", metavar="ID", action="append", default=[], help="give it up")
    send.set_defaults(run=_send)

    review = verbs.add_parser("review", help="the review queue, out to a spreadsheet and back")
    ways = review.add_subparsers(required=True, metavar="export|import")
    out = _on_file(ways, "export", "write what waits for a person, largest kronor first")
    out.set_defaults(run=_review_export)
    back = _on_file(ways, "import", "add its decisions; refuse what is stale, cell by cell")
    back.add_argument("--by", metavar="NAME", help="who decided; default: whoever runs this")
    back.set_defaults(run=_review_import)

    forget = _on_workspace(verbs, "forget", "list, or remove, what is older than a day")
    forget.add_argument("--before", metavar="YYYY-MM-DD", required=True)
    forget.add_argument("--remove", action="store_true", help="remove it; without, only list it")
    forget.set_defaults(run=_forget)

    protect = _on_workspace(verbs, "protect", "the rule for a protected person, read from stdin")
    protect.set_defaults(run=_protect)

    run = _on_workspace(verbs, "run", "the monthly batch: build, report, send if switched on")
    _anew_option(run)
    run.set_defaults(run=_run)
    return top


def _on_workspace(
    verbs: argparse._SubParsersAction[Line], name: str, help: str
) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=help, description=help)
    verb.add_argument("workspace", type=Path, nargs="?", default=Path(), metavar="WORKSPACE")
    return verb


def _on_file(
    verbs: argparse._SubParsersAction[Line], name: str, help: str
) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=help, description=help)
    verb.add_argument("file", type=Path, metavar="FILE.xlsx")
    verb.add_argument("workspace", type=Path, nargs="?", default=Path(), metavar="WORKSPACE")
    return verb


def _anew_option(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--anew",
        action="store_true",
        help="build even when nothing is new since the published database was made",
    )


def _month_option(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--month", metavar="YYYY-MM", help="default: the latest month with postings")


def _month(text: str | None, option: str = "--month") -> date | None:
    return None if text is None else _needed_month(text, option)


def _needed_month(text: str, option: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise UsageError(
            f"{text!r} is not a month",
            at=Place(option),
            why="a month is written YYYY-MM",
            fix="write year and month, such as 2026-10",
        ) from None


def _init(asked: argparse.Namespace) -> None:
    verbs.init(asked.folder, demo=asked.demo)
    print(asked.folder)


def _demo(asked: argparse.Namespace) -> None:
    verbs.init(asked.folder, demo=True)
    _batch(Workspace.open(asked.folder), pipeline.refresh)


def _check(asked: argparse.Namespace) -> None:
    workspace, today = Workspace.open(asked.workspace), datetime.now(UTC).date()
    verbs.check(workspace, today, lambda line: print(_without_persons(line)))


def _build(asked: argparse.Namespace) -> None:
    workspace = Workspace.open(asked.workspace)
    with progress.shown(say, progress.BUILD, sys.stderr) as tell, batch.alone(workspace, tell):
        if asked.engine == "spark":
            figure = spark_pipeline.build(workspace, asked.master, tell)
        else:
            figure = _make(asked)(workspace, tell)
    print("\n".join(figure))


def _report(asked: argparse.Namespace) -> None:
    workspace, month = Workspace.open(asked.workspace), _month(asked.month)
    with progress.shown(say, progress.REPORT, sys.stderr) as tell, batch.alone(workspace, tell):
        written = pipeline.report(workspace, month, asked.lang, tell)
    print("\n".join(map(str, written)))


def _run(asked: argparse.Namespace) -> None:
    _batch(Workspace.open(asked.workspace), _make(asked))


def _batch(workspace: Workspace, make: Callable[..., list[str]]) -> None:
    result: list[str] = []
    try:
        with progress.shown(say, progress.RUN, sys.stderr) as tell:
            pipeline.run(workspace, tell, result, make)
    finally:
        if result:
            print("\n".join(result))


def _make(asked: argparse.Namespace) -> Callable[[Workspace, Callable[[str], None]], list[str]]:
    return pipeline.build if asked.anew else pipeline.refresh


def _explain(asked: argparse.Namespace) -> None:
    workspace = Workspace.open(asked.workspace)
    print("\n".join(verbs.explain(workspace, asked.key, identify=asked.identify)))


def _close(asked: argparse.Namespace) -> None:
    month = _needed_month(asked.month, "compliance close")
    print(verbs.close(Workspace.open(asked.workspace), month, datetime.now(UTC), say))


def _calibrate(asked: argparse.Namespace) -> None:
    workspace = Workspace.open(asked.workspace)
    month = _month(asked.bridge, "--bridge")
    if month:
        print("\n".join(verbs.bridge(workspace, month)))
    else:
        print("\n".join(verbs.calibrate(workspace)))


def _whatif(asked: argparse.Namespace) -> None:
    wishes = [
        Wish(option, text)
        for option in ("extend", "ceiling", "procure")
        for text in getattr(asked, option)
    ]
    print("\n".join(verbs.whatif(Workspace.open(asked.workspace), wishes)))


def _sql(asked: argparse.Namespace) -> None:
    answer = verbs.sql(Workspace.open(asked.workspace), asked.query)
    print(as_table(answer) if sys.stdout.isatty() else as_csv(answer))
    if answer.is_cut:
        say("cut: the query has more rows than are shown; add a filter or a limit")


def _source(asked: argparse.Namespace) -> None:
    print(verbs.source(asked.file))


def _send(asked: argparse.Namespace) -> None:
    workspace, month = Workspace.open(asked.workspace), _month(asked.month)
    wishes = SendWishes(*map(tuple, (asked.resend, asked.arrived, asked.correct, asked.drop)))
    if asked.send or wishes != SendWishes():
        lines = verbs.send(workspace, month, wishes, say, only_named=not asked.send)
    else:
        lines = verbs.letters(workspace, month)
    print("\n".join(lines))


def _review_export(asked: argparse.Namespace) -> None:
    print("\n".join(verbs.review_export(Workspace.open(asked.workspace), asked.file)))


def _review_import(asked: argparse.Namespace) -> None:
    workspace, today = Workspace.open(asked.workspace), datetime.now(UTC).date()
    verbs.review_import(workspace, asked.file, asked.by or getpass.getuser(), today, print)


def _protect(asked: argparse.Namespace) -> None:
    # From stdin and not from the command line: a shell keeps what is typed there.
    print(verbs.protect(Workspace.open(asked.workspace), sys.stdin.readline()))


def _forget(asked: argparse.Namespace) -> None:
    try:
        before = date.fromisoformat(asked.before)
    except ValueError:
        raise UsageError(
            f"{asked.before!r} is not a day",
            at=Place("--before"),
            why="a day is written YYYY-MM-DD",
            fix="write it as 2019-01-01",
        ) from None
    workspace = Workspace.open(asked.workspace)
    print("\n".join(verbs.forget(workspace, before, say, remove=asked.remove)))
