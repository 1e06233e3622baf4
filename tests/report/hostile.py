"""Text that tries to be something else: markup, formula, template, header, path, or nothing.

Made by category, so that each kind of attack stands in each of its forms. None of it is taken from
a list: what is dangerous here follows from what we write, which is HTML, CSS, SVG, mail, xlsx and
file names.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator


def _markup() -> Iterator[str]:
    tags = ("script", "img", "svg", "iframe", "object", "embed", "link", "style", "base", "meta",
            "form", "input", "video", "math", "template", "a", "td", "details")  # fmt: skip
    for tag in tags:
        yield f"<{tag}>x</{tag}>"
        yield f'"><{tag} onload=alert(1)>'
        yield f"'/><{tag.upper()}/SRC=x ONERROR=alert(1) "
    closers = ("</td>", "</title>", "</style>", "</svg>", "</table>", "</html>", "-->", "]]>", "*/")
    yield from (f"x{quote}{closer}<b>y" for quote in ("", '"', "'", "`") for closer in closers)
    yield from ("<", ">", "<<b>>", "<!--", "<!DOCTYPE x>", "<?xml version='1.0'?>", "<![CDATA[<b>]]>",
                "<!ENTITY x SYSTEM 'file:///etc/passwd'>", "< script >", "<\u0000script>", "<scr\nipt>",
                "＜script＞", "\u02c2b\u02c3", "‹b›", "<b", "b>", "</", "/>", "<x xmlns='y'/>")  # fmt: skip
    names = (
        "lt",
        "gt",
        "amp",
        "quot",
        "nbsp",
        "apos",
        "Tab",
        "NewLine",
        "colon",
        "zwnj",
        "unknown",
    )
    yield from (f"&{name};b&{name};" for name in names)
    yield from (
        f"&#{code};"
        for code in ("60", "x3c", "x3C", "0000060", "0", "xD800", "x110000", "10", "13")
    )
    yield from ("&", "&&", "&amp;amp;amp;", "&lt", "&#60", "&#;", "&;")
    styles = ("color:red", "expression(alert(1))", "@import 'x'", "url(//evil.example)", "}body{display:none",
              "\\27 x", "content:'\\a'", "behavior:url(x)", "-moz-binding:url(x)", "/*x*/")  # fmt: skip
    yield from (f'x" style="{style}' for style in styles)


def _addresses() -> Iterator[str]:
    schemes = ("javascript:alert(1)", "JaVaScRiPt:x", "java\tscript:x", "data:text/html,<b>x", "vbscript:x",
               "http://evil.example/?q=1", "https://evil.example", "//evil.example/x", "ftp://evil.example",
               "mailto:x@evil.example", "tel:112", "file:///etc/passwd", "\\\\evil\\share", "cid:x", "blob:x",
               "ms-excel:ofe|u|http://evil.example", "internal:Sheet1!A1", "external:c:\\x.xlsx", "#top",
               "www.evil.example", "evil.example", "x@evil.example")  # fmt: skip
    yield from schemes
    yield from (f" {scheme}" for scheme in schemes[:6])


def _templates() -> Iterator[str]:
    marks = (
        ("{{ ", " }}"),
        ("{% ", " %}"),
        ("{# ", " #}"),
        ("${", "}"),
        ("#{", "}"),
        ("<%= ", " %>"),
        ("[[", "]]"),
    )
    said = ("7 * 7", "''.__class__.__mro__", "config", "for x in y", "say('x')")
    yield from (f"{a}{text}{b}" for a, b in marks for text in said)
    yield from (
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "{{{x}}}",
        "{%raw%}",
        "{%- x -%}",
        "# for x in y",
        "{{'{{'}}",
    )
    yield from ("{share}", "{month}", "{month.year}", "{0}", "{0.__class__}", "{}", "{", "}", "{n}", "{vendor}",
                "%(x)s", "%s", "%d", "%n%n%n", "%x%p", "%1$s", "%", "%%", "%20", "%00", "$month", "$department",
                "$1", "${x:-y}", "$(id)", "`id`", ":x", "?", "?1", "@x", "\\1", "\\g<0>", "\\N{BULLET}")  # fmt: skip


def _formulas() -> Iterator[str]:
    starts = ("=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", " =", "'=", "=-+", "|", "%0A=")
    bodies = ("1+1", "SUM(A1:A9)", "HYPERLINK(\"http://evil.example\",\"x\")", "cmd|'/c calc'!A1",
              "WEBSERVICE(\"http://evil.example\")")  # fmt: skip
    yield from (start + body for start in starts for body in bodies)
    yield from (
        "{=1+1}",
        "=",
        "==",
        "+",
        "-",
        "@",
        "=A1",
        "=\u00a01+1",
        "#N/A",
        "#REF!",
        "#VÄRDEFEL!",
        '="a"&"b"',
    )


def _signs() -> Iterator[str]:
    yield from (f"a{chr(code)}b" for code in [*range(0x20), *range(0x7F, 0xA1)])
    odd = (0xAD, 0x34F, 0x61C, 0x115F, 0x17B4, 0x180E, 0x3164, 0xFEFF, 0xFFA0, 0xFFF9, 0xFFFA, 0xFFFC, 0xFFFD,
           0xFFFE, 0xFFFF, 0xD7FF, 0xE000, 0xFDD0, 0x1F3FB, 0xE0001, 0x10FFFF)  # fmt: skip
    unseen = [*range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x206A), *odd]
    yield from (f"a{chr(code)}b" for code in unseen)
    yield from (
        "\u202egnp.exe",
        "\u2066x\u2069",
        "\u202dfdp\u202c",
        "\u2067עברית\u2069 x",
        "x\u202e",
    )
    blanks = (0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)
    yield from (f"{chr(code)}x{chr(code)}y" for code in blanks)
    yield from ("e" + "\u0301" * n for n in (1, 2, 20, 200))
    yield from (
        "a\u0300\u0316\u0334\u0489b",
        "\u0301x",
        "å a\u030a",
        "ß ẞ ſ ı İ",
        "ﬁ ﬂ ﷽",
        "½ ⅓ ² ³",
        "𝓐𝔅ℂ 𝟙𝟚𝟛",
    )
    yield from (
        "🙂",
        "👩‍👩‍👧‍👦",
        "🏳️‍🌈",
        "🇸🇪",
        "🇸",
        "👍🏽",
        "1️⃣",
        "☃︎☃️",
        "🙂" * 80,
        "\u200d",
        "\ufe0f",
        "🫥🪿",
        "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    )
    yield from ("Åkeri & Söner", "اختبار", "בדיקה", "テスト", "测试", "시험", "ทดสอบ", "проверка", "δοκιμή", "परीक्षण",
                "ამოწმებს", "ስራ", "ᚠᚢᚦ", "𐍅𐍂", "Ǆ ǅ ǆ", "ŋŧđ", "Çığlık", "Łódź", "Ísafjörður", "Müller & Söhne")  # fmt: skip


def _nothing() -> Iterator[str]:
    yield from ("null", "NULL", "None", "nil", "undefined", "NaN", "nan", "inf", "-inf", "true", "False", "N/A",
                "n/a", "-", "–", "—", ".", "..", "…", "''", '""', "()", "[]", "{}\u200b", "0", "-0", "0x0", "00123",
                "1e309", "1E5", "−5", "+46", "1.234,50", "1 234,50", "1,5", "2026-02-30", "12:00", "½", "١٢٣",
                "556016-0680", "19121212-1212", "", " ", "   ", "\u00a0", "\t", "\n", "\u200b")  # fmt: skip
    yield from "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~§€£¤"
    yield from (
        "::",
        ";;",
        ",,",
        "||",
        "--",
        "/*",
        "//",
        "\\\\",
        "\\n",
        "\\u0000",
        "\\x00",
        "a\\",
        "a'b\"c`d",
    )


def _paths_and_commands() -> Iterator[str]:
    yield from ("../../etc/passwd", "..\\..\\windows", "/absolute/path", "C:\\con", "CON", "con.txt", "NUL", "aux.xlsx",
                "COM1", "LPT9", "PRN", "x.", "x ", " x", "x/y", "x\\y", "x:y", "x*y", "x?y", "~", "~/x", ".hidden", "-rf",
                "--help", "file://x", "//server/share", "%USERPROFILE%", "$HOME", "a" * 255, "å" * 128, "report.html")  # fmt: skip
    yield from ("'; drop table purchases; --", "\" or 1=1 --", "1; select 1", "x') union select 1 --", "/**/or/**/1=1",
                "x'||'y", "x%_y", "attach 'x'", "copy x to 'y'", "read_csv('x')", "; rm -rf x", "| cat x", "&& id", "> x")  # fmt: skip


def _headers() -> Iterator[str]:
    ends = ("\r\n", "\n", "\r", "\u2028", "\x85", "\x0b", "%0d%0a", "\\r\\n")
    lines = (
        "Bcc: evil@evil.example",
        "Subject: other",
        "Content-Type: text/html",
        "\r\n<b>body</b>",
    )
    yield from (f"x{end}{line}" for end in ends for line in lines)
    yield from ("=?utf-8?B?QmNj?=", "=?utf-8?Q?=0D=0ABcc:_x?=", "x <evil@evil.example>", "a@b, c@d", "\"x\" <y@z>",
                "From x", ".\r\n", "x\r\n.\r\nMAIL FROM:<y>", "--boundary", "=_0_", "X" * 998, "å" * 998)  # fmt: skip


def _long() -> Iterator[str]:
    yield from (
        sign * size for sign in ("W", "ö", "a b ", "i-", "<b>", "&") for size in (70, 300, 2_000)
    )
    yield "Svenska Kontorsmöbel- och Inredningsgruppen i Mellersta Norrland AB (publ)"
    yield "x" * 40_000


STRINGS = tuple(
    dict.fromkeys(
        itertools.chain(
            _markup(), _addresses(), _templates(), _formulas(), _signs(), _nothing(),
            _paths_and_commands(), _headers(), _long(),
        )
    )
)  # fmt: skip

TEMPLATES = (
    "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ say.__globals__ }}", "{{ say.__code__ }}",
    "{{ self.__init__.__globals__ }}", "{{ lipsum.__globals__['os'] }}", "{{ cycler.__init__ }}",
    "{{ number.__self__.__class__ }}", "{{ ''|attr('__class__') }}", "{{ [].append(1) }}",
    "{{ rows.append(1) }}", "{{ rows.clear() }}", "{{ head.__dict__ }}", "{{ '%c' % 65 }}", "{{ 10 ** 10 }}",
    "{{ 'x' * 1000000000 }}", "{{ [1] * 1000000000 }}", "{{ 'x'|center(1000000000) }}", "{{ undefined_name }}",
    "{% include '/etc/passwd' %}", "{% include '../../../etc/passwd' %}", "{% include 'file:///etc/passwd' %}",
    "{% import 'os' as os %}", "{% extends '/etc/passwd' %}", "{{ range(1000000000)|list }}",
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "{% for %}", "{{ 1 / 0 }}",
    "{{ say('{x.__class__}') }}{{ say('{missing}') }}", "{{ '{0.__class__}'.format(say) }}", "{{ ().__doc__.join }}",
    "{{ {}.__class__ }}", "{{ request }}", "{{ config }}", "{{ get_flashed_messages() }}", "{{ joiner() }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
)  # fmt: skip
