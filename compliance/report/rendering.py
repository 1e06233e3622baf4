"""How do rows become a page, whoever wrote the template?

Templates are data: they run sandboxed, reach no file but the template folders and no network, get
plain values and pure functions, and are stopped when they ask for too much. Everything they print
is escaped. A workspace's folder goes before the shipped one, template by template.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import jinja2
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from compliance import charts
from compliance.errors import Place, RuleError
from compliance.words import Words
from compliance.words.catalogue import fill_markup

SECONDS = 10  # for one page; ours take a tenth of one

# Two hues on a blue-orange axis, safe for red-green blindness; contrast in tests/test_palette.py.
PALETTE = {
    "ink": "#15222c",
    "soft": "#45535f",
    "rule": "#d3dae0",
    "grid": "#e3e8ec",
    "page": "#edf1f4",
    "paper": "#ffffff",
    "petrol": "#0b5673",
    "petrol_tint": "#dceaf0",
    "rust": "#a63f14",
    "rust_tint": "#f9ece4",
    "track": "#dfe5ea",
}


# What would end a string of CSS, or the <style> that it stands in.
_CSS_ESCAPES = {ord(sign): f"\\{ord(sign):x} " for sign in '\\"<\0'}


class _Sandbox(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"*", "**", "%", "+"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or (operator == "%" and isinstance(left, str)):
            raise SecurityError(f"the operator {operator} is not available here")
        if operator == "*" and not (_is_number(left) and _is_number(right)):
            raise SecurityError("only numbers can be multiplied here")
        return super().call_binop(context, operator, left, right)


def _is_number(value: object) -> bool:
    return not isinstance(value, str | bytes | list | tuple)


def _limited(function: Callable[..., str]) -> Callable[..., str]:
    """Refuse a width that would fill the memory: `center`, `indent` and their like."""

    def filter(*arguments: Any, **named: Any) -> str:
        for value in (*arguments[1:], *named.values()):
            if isinstance(value, int) and value > 10_000:
                raise SecurityError("this width is not available here")
        return function(*arguments, **named)

    return filter


class Renderer:
    """The templates of one workspace in one language; compiled once, used for every page."""

    def __init__(self, folders: Sequence[Path], words: Words) -> None:
        self.words = words
        self._pages = _environment(folders, words, autoescape=True)
        self._texts = _environment(folders, words, autoescape=False)

    def has(self, template: str) -> bool:
        """Say whether a template of that name exists in any of the folders."""
        loader = self._pages.loader
        assert loader is not None  # given in _environment
        try:
            loader.get_source(self._pages, template)
        except jinja2.TemplateNotFound:
            return False
        except UnicodeDecodeError:
            return True  # `page` tells what is wrong with it
        return True

    def compile(self, template: str) -> None:
        """Read a template without drawing it. Raises RuleError that names file and line."""
        _drawn(self._pages, template, lambda: str(self._pages.get_template(template).name))

    def page(self, template: str, values: Mapping[str, Any]) -> Markup:
        """Return the template as escaped HTML. Raises RuleError that names file and line."""
        return Markup(_render(self._pages, template, values))

    def text(self, template: str, values: Mapping[str, Any]) -> str:
        """Return the template as plain text, nothing escaped."""
        return _render(self._texts, template, values)

    def macro(self, template: str, name: str, *arguments: Any, **named: Any) -> str:
        """Return what one macro of a template draws. Raises RuleError as `page` does."""

        def draw() -> str:
            module = self._pages.get_template(template).module
            return str(getattr(module, name)(*arguments, **named))

        return _drawn(self._pages, template, draw)


def _environment(folders: Sequence[Path], words: Words, *, autoescape: bool) -> jinja2.Environment:
    environment = _Sandbox(
        loader=jinja2.FileSystemLoader([str(folder) for folder in folders]),
        autoescape=autoescape,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    say, say_n = _sayings(words, autoescape=autoescape)
    environment.globals = {
        "range": environment.globals["range"],
        "namespace": environment.globals["namespace"],
        "say": say,
        "say_n": say_n,
        "lang": words.language,
        "palette": PALETTE,
        "unit": words.unit,
        "css_string": css_string,
        **{
            name: getattr(words, name)
            for name in (
                "number", "thousands", "kronor", "percent", "goal", "points", "change", "day",
                "iso", "month", "month_short", "month_year", "listing",
            )
        },
        **{
            name: getattr(charts, name)
            for name in ("line_chart", "bar", "stack", "columns", "cells", "nice_top")
        },
    }  # fmt: skip
    for name in ("center", "indent", "format", "wordwrap"):
        environment.filters[name] = _limited(environment.filters[name])
    for name in ("pprint", "xmlattr", "urlize", "random", "attr"):
        del environment.filters[name]
    return environment


def css_string(text: str) -> Markup:
    """Write a text as a string of CSS, for <style>: HTML's own escapes are not read there."""
    line = " ".join(text.split())
    return Markup(f'"{line.translate(_CSS_ESCAPES)}"')


def _sayings(words: Words, *, autoescape: bool) -> tuple[Callable[..., str], Callable[..., str]]:
    def say(sentence: str, **fields: Any) -> str:
        if autoescape:
            return fill_markup(words.sentence(sentence), fields)
        return words.say(sentence, **fields)

    def say_n(one: str, many: str, n: int, **fields: Any) -> str:
        forms = words.catalogue.get(one, (one, many))
        fields = {"n": words.number(n), **fields}
        chosen = forms[0 if n == 1 else -1]
        return fill_markup(chosen, fields) if autoescape else words.say_n(one, many, n, **fields)

    return say, say_n


def _render(environment: jinja2.Environment, template: str, values: Mapping[str, Any]) -> str:
    return _drawn(environment, template, lambda: environment.get_template(template).render(values))


def _drawn(environment: jinja2.Environment, template: str, draw: Callable[[], str]) -> str:
    """Let a template draw, for as long as it may; whatever goes wrong in it is a RuleError."""
    try:
        with _deadline(template):
            return draw()
    except jinja2.TemplateSyntaxError as error:
        raise _refused(error.name or template, error.lineno, error.message or "", None) from None
    except jinja2.TemplateNotFound as error:
        raise _refused(template, None, f"there is no template {error.name!r}", None) from None
    except (
        jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, MemoryError,
        RecursionError, TypeError, ValueError,
    ) as error:  # fmt: skip
        raise _refused(template, _line_of(error, environment), str(error), error) from error


def _line_of(error: BaseException, environment: jinja2.Environment) -> int | None:
    """Return the template's line: Jinja rewrites its traceback to the template's own lines."""
    folders = getattr(environment.loader, "searchpath", [])
    line, trace = None, error.__traceback__
    while trace is not None:
        if any(trace.tb_frame.f_code.co_filename.startswith(folder) for folder in folders):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _refused(template: str, line: int | None, why: str, error: Exception | None) -> RuleError:
    what = (
        "the template is not allowed to do this"
        if isinstance(error, SecurityError)
        else ("the template cannot be used")
    )
    return RuleError(
        what,
        at=Place(f"templates/{template}", line),
        why=why[:200],
        fix="mend the template, or remove it from the workspace's reports/ to use the shipped one",
    )


@contextmanager
def _deadline(template: str) -> Iterator[None]:
    """Stop a template that loops without end; only the main thread can be stopped.

    Counted in the processor's seconds: a template cannot wait, and a machine that is busy, or was
    asleep, is no fault of it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _refused(template, None, f"it took more than {SECONDS} seconds", None)

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
