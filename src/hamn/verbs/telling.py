"""Where a secret stands in a text, told by the company it keeps. When in doubt it is one: a diagnosis survives a
missing word.

Every pattern is bounded or anchored, so that a megabyte of whatever a log holds takes a second or two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE | re.MULTILINE)


_NAME = _pattern(
    r"pass(?:word|wd|phrase|wort)|sshpass|secret|token|credential|community|authorization|cookie"
    r"|(?<![a-z])(?:(?:db|bind|admin|user|(?:olc)?root)?(?:pwd?|pass)|psk)(?![a-z])|pgpass|authtok|(?:api|access|private|auth|encryption|omapi|shared)[_-]?key"
)
"""What a key, an option, a column or a word has in it whose neighbour is a secret."""
_PLACE = re.compile(r"[_-]?(?:file|path|dir|directory|script|store)s?$", re.IGNORECASE)
"""`password_file`, `--passwd-script`: the value says where a secret is, which an engineer needs to know."""

_QUOTED = (
    r'"""(?:.|\n)*?(?:"""|\Z)|' + r"'''(?:.|\n)*?(?:'''|\Z)|"  # TOML
    r'\\+"[^\n]*?\\+"|'  # in a text within a text
    r'"(?:\\.|[^"\\\n])*"?|' + r"'(?:\\.|''|[^'\\\n])*'?"
)
_WORD = r"[^\s\"',;\]})]\S*"
_BARE = r"(?!\\*[\"']|[\[{](?:[\s\"'\[{]|$)|files\b|compat\b)\S"
"""No quote, no beginning of a list; nor what nsswitch.conf(5) has after `passwd:`."""
_SECRET = rf"(?P<secret>{_QUOTED}|{_WORD})"
_ORDINARY = r"(?:for|file|is|was|has|had|of|to|in|on|from|by|and|or|the|a|an|not|with|required|requests?)\b"

_AFTER_NAME = tuple(
    _pattern(r"(?P<rest>[\w.-]{0,64})" + text)
    for text in (
        # key = "value", "key": "value", \"key\": \"value\"
        rf"\\*[\"']?[ \t]*[:=]>?[ \t]*(?P<secret>{_QUOTED})",
        rf"\\*[\"']?[ \t]*[:=][ \t]*\[(?P<secret>(?:\s*(?:{_QUOTED})\s*,?)+)",
        # after a sign with a space beside it a bare value may have spaces too
        rf"(?:[ \t]+[:=][ \t]*|[:=][ \t]+)(?P<secret>{_BARE}[^\n]*)",
        rf"[:=](?P<secret>{_BARE}\S*)",
    )
)
_AFTER_WORD = _pattern(
    rf"(?<=word|sswd|rase|cret)[ \t]+(?!{_ORDINARY})(?P<secret>{_QUOTED}|[^\s\"',;:=\[({{\\]\S*)"
)
"""named.conf, dhcpd.conf, a sentence: `secret X`."""
_IN_QUOTES = _pattern(r"[\w.-]{0,64}=(?P<secret>[^\"'\n]+)(?=[\"'])")
"""Environment="PASSWORD=a b"."""
_RULES = (
    re.compile(
        r"(?P<secret>-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:.|\n)*?(?:-----END [A-Z0-9 ]*-----|\Z))"
    ),
    re.compile(r"(?<![\w+/])(?P<secret>(?=[\w+/]*[A-Z])(?=[\w+/]*[a-z])[A-Za-z0-9+/]{56,}={0,2})"),
    # HTTP: the rest of the line
    _pattern(r"\b(?:authorization|(?:set-)?cookie)\b[\"']?\s*[:=]\s*(?P<secret>[^\n\"']+)"),
    _pattern(r"\b(?:bearer|basic)\s+(?P<secret>[\w+/=.~-]{8,})"),
    # scheme://user:password@host, up to the last @ of the word
    _pattern(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@\"']{0,99}:(?P<secret>[^\s\"']{1,999})@"),
    # xCAT's /etc/xcat/cfgloc: driver:dbname=...;host=...|user|password
    _pattern(r"\b(?:mysql|mariadb|pg|db2|sqlite):[^\s|]{0,200}\|[^|\s]{0,99}\|(?P<secret>[^\s\"']+)"),
    _pattern(rf"\bidentified\s+(?:with\s+\S+\s+)?(?:by|as|using)\s+(?:password\s*\(?\s*)?{_SECRET}"),
    _pattern(rf"\bpassword\s*\(\s*(?P<secret>{_QUOTED})"),
    # DBI->connect('mysql:...', 'xcatadmin', 'X')
    _pattern(rf"\bconnect\s*\(\s*(?:{_QUOTED}),\s*(?:{_QUOTED}),\s*(?P<secret>{_QUOTED})"),
    # a sentence: what it says the password is has a sign or a digit in it, or quotes around it
    _pattern(rf"password (?:is|was)[ \t]+(?P<secret>{_QUOTED}|(?=\S*[^\sa-z.,;])\S+)"),
    _pattern(r"password for [^\n:]{1,60}:[ \t]+(?P<secret>\S+)"),
    # snmpd.conf(5), ldap.conf(5), a switch's configuration: nothing but a space between
    _pattern(r"\b(?:r[ow]community6?|snmp-server[ \t]+community|(?:root|bind)pw)[ \t]+(?P<secret>\S+)"),
    _pattern(r"\bcreateUser[ \t]+\S+[ \t]+(?P<secret>[^\n]+)"),
    # XML, as Pacemaker's CIB: an attribute beside the one that names it; an element
    _pattern(
        rf"\bname=[\"'][\w.-]{{0,64}}?(?:{_NAME.pattern})(?P<rest>[\w.-]{{0,40}})[\"']\s+value=(?P<secret>{_QUOTED})"
    ),
    _pattern(
        rf"<(?P<tag>[\w:.-]{{0,40}}?(?:{_NAME.pattern})(?P<rest>[\w.-]{{0,40}}))>(?P<secret>[^\n]{{1,400}}?)</(?P=tag)>"
    ),
    # what is piped to passwd --stdin and chpasswd
    _pattern(rf"\becho[ \t]+(?P<secret>{_QUOTED}|\S+)[ \t]*\|[ \t]*(?:\S*/)?(?:ch)?passwd\b"),
    _pattern(rf"passwd[ \t]*<<<[ \t]*(?P<secret>{_QUOTED}|\S+)"),
    # smbclient -U user%X
    re.compile(r"(?<![\w-])-U[ \t]*[^\s%]{1,64}%(?P<secret>\S+)"),
    # a JSON web token without its key
    re.compile(r"\b(?P<secret>eyJ[\w-]{8,999}\.eyJ[\w-]{4,}\.\S+)"),
    # --password X, --password=X, "--password", "X"
    _pattern(
        rf"(?<![\w-])-{{1,2}}[\w-]{{0,40}}?(?P<name>{_NAME.pattern})(?P<rest>[\w-]{{0,40}})"
        rf"[\"']?(?:\s*[=,]\s*|\s+){_SECRET}"
    ),
    re.compile(rf"(?<![^\s\"'\[,=(])-P[\"']?(?:\s*[=,]\s*|[ \t]+)(?!-){_SECRET}"),
    re.compile(r"(?<![\w-])(?:-u|--user|--proxy-user)[\"']?[\s=,]*[\"']?[^\s:\"']{1,99}:(?P<secret>[^\s\"']+)"),
    re.compile(r"\bpass:(?P<secret>[^\s\"']+)"),
    # crypt(5), MySQL's, LDAP's
    re.compile(r"(?P<secret>\$(?:1|2[abxy]?|5|6|7|y|gy|md5|apr1)\$[^\s:\"',;|]+)"),
    re.compile(r"(?P<secret>\*[0-9A-F]{40}\b|\{(?:S?SHA\d*|S?MD5|CRYPT)\}\S+)"),
    # xCAT's passwd table, a row without its heading
    _pattern(
        r"[\"'](?:system|ipmi|openbmc|blade|hmc|omapi|vmware|switch|conserver|cec|frame|ivm|kvm|rhevm|pdu|genesis)[\"'],\s?"
        r"[\"'][^,\"'\n]{0,99}[\"'],\s?(?P<secret>\"(?:[^\"\n]|\"\")*\"|'(?:\\.|''|[^'\\\n])*'|[^,\s]+)"
    ),
)
_SHORT_OPTIONS = tuple(
    (
        _pattern(programs),
        re.compile(rf"(?<![^\s\"'\[,=(])-{letters}(?:[\"']?\s*[=,]\s*|[ \t]+)?(?P<secret>{_QUOTED}|{_WORD})"),
    )
    for programs, letters in (
        (r"\b(?:ipmi\w*|fence_\w+|bmc\w*)\b", "[PpkyS]"),
        (r"\b(?:mysql\w*|mariadb[\w-]*|sshpass)\b", "p"),
        (r"\bldap\w+\b", "w"),
        (r"\bsnmp\w*\b", "[AXc]"),
        (r"\bpcs\b", "p"),
        (r"\bopenssl\b", "[kK]"),
    )
)
"""What a short option means depends on the program named before it on the line."""
_HEADING = re.compile(r"#((?:[\w.-]+,){2,}[\w.-]+)[ \t]*$")
"""Of a table as tabdump prints it."""
_INSERT = _pattern(r"\b(?:insert|replace)[ \t]+into[ \t]+[^\s(]{1,99}[ \t]*\(([^()\n]{1,999})\)[ \t]*values[ \t]*")
_VALUE = re.compile(
    r"[(,][ \t]*('(?:\\.|''|[^'\\\n])*'|\"(?:\\.|\"\"|[^\"\\\n])*\"|[^,()\s]*)[ \t]*(?:(?=,)|\)(,?[ \t]*))?"
)
"""With what begins a row or parts two cells before it, and the row's end behind the last."""
_CELL = re.compile(r'(?:^|,)("(?:[^"]|"")*"|[^,]*)')
_KEY_LINE = re.compile(r"(?:^|.*\s)[A-Za-z0-9+/=]{40,}\s*$")
_LAST_KEY_LINE = re.compile(r"(?:^|.*\s)[A-Za-z0-9+/=]{2,}\s*$")


def is_telling(key: str) -> bool:
    """Whether a value under this key is a secret."""
    return _NAME.search(key) is not None and _PLACE.search(key) is None


def secrets_in(text: str) -> list[Span]:
    """In order, apart from each other; quotes around a secret belong to it."""
    merged: list[Span] = []
    found = {
        *_by_name(text),
        *_by_rule(text),
        *_by_program(text),
        *_by_column(text),
        *_by_insert(text),
        *_keys_without_head(text),
    }
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged


def _by_name(text: str) -> Iterator[Span]:
    for name in _NAME.finditer(text):
        for rule in _AFTER_NAME:
            match = rule.match(text, name.end())
            if match and not _is_place(name[0], match):
                yield match.span("secret")
        word = _AFTER_WORD.match(text, name.end())
        if word and not text.endswith("getent ", 0, name.start()):
            yield word.span("secret")
        quoted = _IN_QUOTES.match(text, name.end())
        if quoted and re.search(r"[\"'][\w.-]{0,64}$", text[max(0, name.start() - 65) : name.start()]):
            yield quoted.span("secret")


def _is_place(name: str, match: re.Match[str]) -> bool:
    """PWD=/root is where somebody was."""
    key = name + match["rest"]
    return bool(_PLACE.search(key)) or (key.lower() == "pwd" and match["secret"].startswith("/"))


def _by_rule(text: str) -> Iterator[Span]:
    for rule in _RULES:
        for match in rule.finditer(text):
            if not _PLACE.search(match.groupdict().get("rest") or ""):
                yield match.span("secret")


def _by_program(text: str) -> Iterator[Span]:
    for programs, options in _SHORT_OPTIONS:
        at = 0
        while program := programs.search(text, at):
            end = text.find("\n", program.end())
            at = end if end >= 0 else len(text)
            yield from (match.span("secret") for match in options.finditer(text, program.end(), at))


def _by_column(text: str) -> Iterator[Span]:
    columns: list[int] = []
    at = 0
    for line in text.splitlines(keepends=True) if "#" in text else ():
        plain = line.rstrip()
        heading = _HEADING.search(plain)
        if heading:
            columns = [number for number, name in enumerate(heading[1].split(",")) if is_telling(name)]
        elif "," not in plain:
            columns = []
        else:
            cells = list(_CELL.finditer(plain)) if columns else []
            yield from ((at + cells[n].start(1), at + cells[n].end(1)) for n in columns if n < len(cells))
        at += len(line)


def _by_insert(text: str) -> Iterator[Span]:
    """INSERT INTO passwd (`key`, password) VALUES ('system', 'X'), ('ipmi', 'Y')."""
    for insert in _INSERT.finditer(text):
        columns = [is_telling(name) for name in insert[1].split(",")]
        at, column = insert.end(), 0
        while value := _VALUE.match(text, at):
            if column < len(columns) and columns[column]:
                yield value.span(1)
            at, column = value.end(), 0 if value[2] is not None else column + 1


def _keys_without_head(text: str) -> Iterator[Span]:
    """The lines of a private key whose beginning a log has dropped, back from its end."""
    for end in re.finditer(r"-----END [A-Z0-9 ]*PRIVATE KEY", text):
        start = at = text.rfind("\n", 0, end.start()) + 1
        like = _LAST_KEY_LINE
        while at > 0:
            begin = text.rfind("\n", 0, at - 1) + 1
            if not like.match(text[begin:at]):
                break
            start, at, like = begin, begin, _KEY_LINE
        yield start, end.start()
