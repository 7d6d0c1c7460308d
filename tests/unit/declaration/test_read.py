from __future__ import annotations

import hashlib
import os
import tomllib
from ipaddress import ip_interface
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hamn.declaration.read import loose_permissions, read_pair
from hamn.declaration.shape import EVERY_KIND, KINDS, MACHINE, PAIR, SECTIONS, SYNC
from hamn.model.pair import FenceDevice, Filesystem, Pair, VirtualIp
from hamn.reports.report import Exit, Report, Stop

PAIR_TEXT = """\
[pair]
name = "hpc1"

[[machine]]
name = "mn1"
address = "10.77.0.11"
fence = { agent = "fence_ipmilan", ip = "10.78.0.11", lanplus = true, password_file = "/etc/hamn/mn1.pw" }

[[machine]]
name = "mn2"
address = "mn2.cluster"
port = 2222
family = "suse"
init = "sysv"

[virtual_ip.cluster]
address = "10.77.0.10/24"
interface = { mn1 = "eth0", mn2 = "bond0.7" }

[virtual_ip.six]
address = "fd00:77::10/64"
interface = "eth1"

[filesystem.install]
source = "UUID=123"
mount = "/install/"
type = "ext4"
killable = ["rsync"]

[sync]
files = ["/etc/hosts", "/root/.ssh/id_*"]
"""

TEN_MISTAKES = """\
[pair]
name = "HPC 1"
profil = "xcat"

[[machine]]
name = "mn1"
address = "10.77.0.300"
port = 70000

[[machine]]
name = "mn1"
address = "10.77.0.12"
fence = { agent = "fence_ipmilan", password = "calvin", password_file = "mn2.pw" }

[virtual_ip.cluster]
address = "10.77.0.0/24"
interface = "eth1:2"

[filesystem.install]
source = "UUID=123"
mount = "install"
type = "ext4"
access = "parallel"

[database.main]
engine = "oracle"
data = "/var/lib/mysql"

[service.httpd]
probe = "tcp"
needs = ["filesystem.instal"]
start_limit_s = 0
"""


def refusal(path: Path) -> Report:
    with pytest.raises(Stop) as stop:
        read_pair(path)
    assert stop.value.status is Exit.USAGE
    assert len(stop.value.reports) == 1
    return stop.value.reports[0]


def test_a_declaration_becomes_a_pair(read) -> None:
    pair: Pair = read(PAIR_TEXT)
    assert (pair.name, pair.profile, pair.state) == ("hpc1", "plain", "/var/lib/hamn")
    first, second = pair.machines
    assert first.fence == FenceDevice(
        "fence_ipmilan", (("ip", "10.78.0.11"), ("lanplus", "1")), "/etc/hamn/mn1.pw"
    )
    assert (second.address, second.port, second.family, second.init) == ("mn2.cluster", 2222, "suse", "sysv")
    assert pair.resources == (
        VirtualIp("cluster", ip_interface("10.77.0.10/24"), {"mn1": "eth0", "mn2": "bond0.7"}),
        VirtualIp("six", ip_interface("fd00:77::10/64"), {"mn1": "eth1", "mn2": "eth1"}),
        Filesystem("install", "UUID=123", "/install", "ext4", killable=("rsync",)),
    )
    assert pair.sync.files == ("/etc/hosts", "/root/.ssh/id_*")
    assert pair.fingerprint == hashlib.sha256(PAIR_TEXT.encode()).hexdigest()
    assert pair.source.endswith("pair.toml")


def test_every_mistake_is_reported_at_once_with_its_line(refuse) -> None:
    reports = refuse(TEN_MISTAKES)
    assert list(reports) == [
        "2 bad-name",
        "3 unknown-key",
        "7 bad-address",
        "8 out-of-range",
        "13 secret-inline",
        "13 bad-path",
        "16 bad-address",
        "17 bad-interface",
        "21 bad-path",
        "26 not-allowed",
        "30 bad-probe",
        "31 unknown-resource",
        "32 out-of-range",
    ]
    assert reports["3 unknown-key"].hint == 'did you mean "profile"?'
    assert reports["8 out-of-range"].what == "machine.port: found 70000; allowed: a whole number from 1 to 65535"
    assert reports["31 unknown-resource"].hint == 'did you mean "filesystem.install"?'
    assert not any("calvin" in str(report) for report in reports.values())


def test_a_bad_optional_key_hides_nothing_else(refuse) -> None:
    text = PAIR_TEXT.replace("killable", "killabel").replace('"ext4"', '"ext4"\naccess = "parallel"')
    assert list(refuse(text)) == ["28 parallel-on-disk", "29 unknown-key"]


def test_what_is_missing_is_named_where_it_should_be(refuse) -> None:
    reports = refuse('[pair]\nprofile = "plain"\n[[machine]]\nname = "mn1"\n[virtual_ip.a]\nneeds = []\n')
    assert list(reports) == ["1 missing-key", "3 machine-count", "3 missing-key", "5 missing-key"]
    reports = refuse("")
    assert list(reports) == ["1 missing-key", "1 machine-count"]


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("[virtualip.a]\n", "unknown-key", 'did you mean "virtual_ip"?'),
        ('[virtual_ip]\naddress = "10.77.0.10/24"\n', "wrong-type", "write [virtual_ip.NAME]"),
        ("[[virtual_ip]]\n", "wrong-type", "write [virtual_ip.NAME]"),
        ("[[pair]]\n", "wrong-type", ""),
        ("sync = 3\n", "wrong-type", ""),
        ("[machine]\n", "wrong-type", "double the brackets"),
        ('[exports."a b"]\n', "bad-name", ""),
        ("[exports.a]\nenabled = 1\n", "wrong-type", ""),
        ('[hook."\\u001b[2J"]\n', "bad-text", ""),
    ],
)
def test_tables_of_the_wrong_shape(refuse, text: str, code: str, hint: str) -> None:
    reports = refuse(text).values()
    assert (code, hint) in [(report.code, report.hint) for report in reports]
    assert all(str(report).isprintable() for report in reports)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    report = refusal(tmp_path / "pair.toml")
    assert report.code == "no-declaration"
    assert "hamn init" in report.hint


def test_what_is_no_plain_file(tmp_path: Path) -> None:
    assert refusal(tmp_path).code == "unreadable"
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe").code == "unreadable"
    (tmp_path / "huge").write_bytes(b"#" * (1 << 21))
    (tmp_path / "huge").chmod(0o600)
    assert refusal(tmp_path / "huge").code == "unreadable"
    assert refusal(Path("nul\0l")).code == "unreadable"


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"a = 1\nb = \xff\n", "not-utf-8", 2),
        (b"[pair]\nname = hpc\n", "toml-syntax", 2),
        (b'[pair]\nname = """hpc\n', "toml-syntax", 2),
        (b"a = 1\na = 2\n", "toml-syntax", 2),
        (b"a = " + b"[" * 50_000, "toml-syntax", None),
        (b"a = " + b"9" * 5_000, "toml-syntax", 1),
    ],
)
def test_what_is_no_toml(tmp_path: Path, content: bytes, code: str, line: int | None) -> None:
    path = tmp_path / "pair.toml"
    path.write_bytes(content)
    report = refusal(path)
    assert (report.code, report.where) == (code, f"{path}:{line}" if line else str(path))


@pytest.mark.parametrize(
    ("mode", "text", "refused"),
    [
        (0o644, PAIR_TEXT.replace("fence =", "#"), False),
        (0o644, PAIR_TEXT, True),
        (0o620, PAIR_TEXT.replace("fence =", "#"), True),
        (0o602, PAIR_TEXT.replace("fence =", "#"), True),
        (0o400, PAIR_TEXT, False),
    ],
)
def test_loose_permissions(tmp_path: Path, mode: int, text: str, refused: bool) -> None:
    path = tmp_path / "pair.toml"
    path.write_text(text)
    path.chmod(mode)
    if refused:
        report = refusal(path)
        assert report.code == "loose-permissions"
        assert report.hint.startswith("chmod ")
    else:
        assert read_pair(path).name == "hpc1"


def test_loose_permissions_do_not_hide_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "pair.toml"
    path.write_text(PAIR_TEXT + "typo = 1\n")
    path.chmod(0o666)
    with pytest.raises(Stop) as stop:
        read_pair(path)
    assert [report.code for report in stop.value.reports] == ["loose-permissions", "unknown-key"]


def test_a_stranger_may_not_own_it() -> None:
    stranger = os.stat_result((0o100600, 0, 0, 1, os.geteuid() + 4242, 0, 0, 0, 0, 0))
    (report,) = loose_permissions(Path("pair.toml"), stranger, names_secrets=True)
    assert report.code == "not-owned-by-root"


KEYS = st.sampled_from(
    [*SECTIONS, *PAIR, *SYNC, *MACHINE, *EVERY_KIND, *(k for _, own in KINDS.values() for k in own)]
)
WORDS = st.sampled_from(
    [
        "mn1",
        "mn2",
        "10.77.0.10/24",
        "10.77.0.11",
        "::1",
        "/install",
        "/etc/xcat",
        "nfs",
        "ext4",
        "nas:/a",
        "UUID=1",
        "xcat",
        "hook.a",
        "service.a",
        "filesystem.a",
        "tcp:80",
        "eth0",
        "sqlite",
        "mariadb",
        "parallel",
        "exclusive",
        "a",
        "-",
    ]
)
VALUES = st.recursive(
    st.one_of(
        WORDS,
        st.text(max_size=5),
        st.integers(-(2**70), 2**70),
        st.floats(),
        st.booleans(),
        st.dates(),
        st.times(),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(KEYS, st.text(max_size=2)), inner, max_size=4)
    ),
    max_leaves=12,
)
TABLES = {
    kind: st.dictionaries(
        st.sampled_from(["a", "b", "xcat", "dns"]),
        st.dictionaries(st.sampled_from([*own, *EVERY_KIND]), VALUES, max_size=5),
        max_size=3,
    )
    for kind, (_, own) in KINDS.items()
}
ANYTHING = st.fixed_dictionaries(
    {},
    optional={
        "pair": st.one_of(st.fixed_dictionaries({"name": WORDS, "profile": WORDS}), VALUES),
        "machine": st.one_of(st.lists(st.dictionaries(st.sampled_from([*MACHINE]), VALUES), max_size=3), VALUES),
        "sync": VALUES,
        "other": VALUES,
        **TABLES,
    },
)


def toml(value: object) -> str:
    """Everything inline: how it is written is the business of the tests of places."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return '"' + "".join(f"\\U{ord(c):08X}" if not c.isalnum() else c for c in value) + '"'
        case dict():
            return "{" + ", ".join(f"{toml(k)} = {toml(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(toml(v) for v in value) + "]"
    return str(value)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], deadline=None)
@given(ANYTHING)
def test_any_document_is_a_pair_or_refused(read, document) -> None:
    text = "\n".join(f"{key} = {toml(value)}" for key, value in document.items())
    tomllib.loads(text)
    _pair_or_stop(read, text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(alphabet=st.sampled_from("[]{}=\"'#.,\n\\ ab1-:/"), max_size=60))
def test_any_text_is_a_pair_or_refused(read, text: str) -> None:
    _pair_or_stop(read, text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_any_small_change_is_a_pair_or_refused(read, data: st.DataObject) -> None:
    lines = PAIR_TEXT.splitlines(keepends=True)
    at = data.draw(st.integers(0, len(lines) - 1))
    lines[at] = data.draw(
        st.sampled_from(["", lines[at] * 2, lines[at].replace('"', "", 1), lines[at].replace("=", "= [") + "]\n"])
    )
    _pair_or_stop(read, "".join(lines))


def _pair_or_stop(read, text: str) -> None:
    try:
        assert isinstance(read(text), Pair)
    except Stop as stop:
        assert stop.status is Exit.USAGE
        assert stop.reports
        for report in stop.reports:
            assert str(report).isprintable()
            assert report.what
