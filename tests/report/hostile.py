"""Text that tries to be something else: markup, formula, template, header, path, or nothing."""

STRINGS = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg/onload=alert(1)>",
    "'><b>bold</b>", "</title></head><body>", "</style><script>1</script>", "</svg><script>1</script>",
    "<!-- comment", "-->", "<![CDATA[x]]>", "]]>", "&lt;b&gt;", "&amp;amp;", "&#60;b&#62;", "&nbsp;",
    "javascript:alert(1)", "data:text/html,<b>x", "http://evil.example/?q=1", "https://evil.example",
    "//evil.example/x", "mailto:x@evil.example", "file:///etc/passwd", "\\\\evil\\share", "cid:x",
    "{{ 7 * 7 }}", "{% for x in y %}", "{# comment #}", "{{''.__class__.__mro__}}", "${7*7}", "#{7*7}",
    "{share}", "{month.year}", "{0}", "{", "}", "%(x)s", "%s", "%d%n", "$month", "$department", ":x", "?",
    "'; drop table purchases; --", "\" or 1=1 --", "a'b\"c`d", "\\", "\\n", "a\\u0000b",
    "=1+1", "=cmd|'/c calc'!A1", "=HYPERLINK(\"http://evil.example\",\"x\")", "+1+1", "-1+1", "@SUM(1+1)",
    "=IMPORTXML(\"http://evil.example\",\"//a\")", "=WEBSERVICE(\"http://evil.example\")", "\t=1+1",
    "=DDE(\"cmd\";\"/c calc\";\"x\")", "{=1+1}", "=1+1\";=2+2", "|=1+1", "%0A=1+1", "＝1+1", "'=1+1",
    "Line\nBreak", "Carriage\rReturn", "Tab\there", "\u2028separator", "\u2029paragraph", "\x85next",
    "Subject: x\r\nBcc: evil@evil.example", "x\nBcc: evil@evil.example", "a,b;c|d", "a\u00a0b", "\u202fnarrow",
    "../../etc/passwd", "..\\..\\windows", "/absolute/path", "C:\\con", "CON", "NUL", "aux.txt", ".", "..",
    "a" * 70, "å" * 70, "W" * 300, "a b " * 60, "Ääkkösiä ÅÄÖ åäö éèü", "ß ẞ ſ ı İ", "ﬁ ﬂ ﷽",
    "اختبار", "עברית", "日本語テスト", "한국어", "ไทย", "🙂 👩‍👩‍👧‍👦 🏳️‍🌈", "\u200bzero\u200bwidth", "\ufeffbom",
    "\u202eright-to-left", "\u2066isolate\u2069", "e\u0301 combining", "Z̴̧͝a̶l̵g̷o̸", "\x00nul", "\x01\x02\x1b[31m",
    "\x7f", "\ud7ff", "\ue000 private", "\ufffd", "\uffff", "𝓐𝔅ℂ", "½ ⅓ ² ³", "−5", "1e309", "NaN", "inf", "null",
    "None", "undefined", "true", "0", "-0", "00123", "1.234,50", "1 234,50", "2026-02-30", "#N/A", "#REF!", "",
    " ", "   ", "\u00a0", "-", "–", "—", ".", "…", "''", '""', "`", "~", "!", "@", "#", "$", "%", "^", "&", "*",
    "(", ")", "[", "]", "<", ">", "/", "|", "+", "=", "::", ";;", "Müller & Söhne", "O'Brien \"AB\"", "A/S <x>",
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
