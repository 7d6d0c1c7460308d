"""What `hamn xcat init` makes, and what it leaves alone. The real openssl and ssh-keygen are at work."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hamn.xcat.credentials import setup
from hamn.xcat.credentials.certificate import is_signed_by, read
from hamn.xcat.credentials.first_rows import Beginning
from hamn.xcat.credentials.places import Places
from hamn.xcat.credentials.programs import CredentialError
from hamn.xcat.stores.sqlite import SqliteStore

ME = pwd.getpwuid(os.getuid()).pw_name
BEGINNING = Beginning("mn", "10.1.0.1", "cluster.test", machines=("mn1", "mn2"))
NAMES = ("mn.cluster.test", "10.1.0.1", "fd00::1", "mn1", "mn2")


def begin(root: Path) -> Places:
    places = Places(root, ME)
    places.etc.mkdir(parents=True)
    return places


def primary(places: Places, names: tuple[str, ...] = NAMES, *, renew: bool = False) -> list[str]:
    store = SqliteStore(places.etc)
    return [report.code for report in setup.primary(places, store, BEGINNING, names, renew=renew)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Places:
    places = begin(tmp_path_factory.mktemp("made"))
    assert "authority-made" in primary(places)
    return places


@pytest.fixture
def places(made: Places, tmp_path: Path) -> Places:
    """One that was set up, to spoil."""
    shutil.copytree(made.root, tmp_path / "root", symlinks=True)
    return Places(tmp_path / "root", ME)


def contents(root: Path) -> dict[str, tuple[bytes, int]]:
    return {str(path): (path.read_bytes(), path.stat().st_mode) for path in root.rglob("*") if path.is_file()}


def test_server_and_clients_believe_each_other(made: Places) -> None:
    for path in (made.server / "server-cred.pem", made.root_home / ".xcat/client-cred.pem"):
        assert is_signed_by(path, made.authority_certificate)
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path)
    server = read(made.server / "server-cred.pem")
    client = read(made.root_home / ".xcat/client-cred.pem")
    assert server and client
    assert (server.user, server.names) == ("mn", {"mn", *NAMES})
    assert (client.user, client.names) == ("root", frozenset())


def test_they_shake_hands(made: Places) -> None:
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    contexts = {True: ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), False: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)}
    for context in contexts.values():
        context.load_verify_locations(made.authority_certificate)
        context.verify_mode = ssl.CERT_REQUIRED
    contexts[True].load_cert_chain(made.server / "server-cred.pem")
    contexts[False].load_cert_chain(made.root_home / ".xcat/client-cred.pem")
    client = contexts[False].wrap_bio(to_client, to_server, server_hostname="fd00::1")
    server = contexts[True].wrap_bio(to_server, to_client, server_side=True)
    for side in (client, server) * 3:
        with contextlib.suppress(ssl.SSLWantReadError):
            side.do_handshake()
    shown = server.getpeercert()
    assert shown
    assert shown["subject"] == ((("commonName", "root"),),)


def test_keys_are_for_root_alone(made: Places) -> None:
    secret = [path for path in made.root.rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]
    assert {path.name for path in secret} >= {
        "ca-key.pem",
        "server-cred.pem",
        "client-key.pem",
        "ssh_host_rsa_key",
    }
    assert [path for path in secret if path.stat().st_mode & 0o077] == []


def test_the_first_rows(made: Places) -> None:
    store = SqliteStore(made.etc)
    site = {row["key"]: row.get("value") for row in store.read("site")}
    assert (site["master"], site["nameservers"], site["domain"]) == ("10.1.0.1", "10.1.0.1", "cluster.test")
    policy = {row["priority"]: row for row in store.read("policy")}
    assert policy["1.2"] == {"priority": "1.2", "name": "mn", "rule": "trusted"}
    assert policy["2.3"] == {"priority": "2.3", "commands": "lsxcatd", "rule": "allow"}
    assert [row["node"] for row in store.read("postscripts")] == ["xcatdefaults", "service"]


def test_again_changes_nothing(places: Places) -> None:
    before = contents(places.root)
    assert primary(places) == []
    assert contents(places.root) == before


def test_what_was_changed_stays(places: Places) -> None:
    store = SqliteStore(places.etc)
    with store.change(["site", "policy"]) as change:
        change.update("site", {"key": "master"}, {"value": "10.9.9.9"})
        change.delete("policy", {"priority": "4.9"})
    (places.postscripts / "_ssh/authorized_keys").write_text("another\n")
    before = contents(places.root)
    assert primary(places) == []
    assert contents(places.root) == before


def test_another_name_makes_another_certificate(places: Places) -> None:
    old = (places.server / "server-cred.pem").read_bytes()
    authority = places.authority_certificate.read_bytes()
    assert primary(places, (*NAMES, "mn3")) == ["certificate-made"]
    assert (places.server / "server-cred.pem").read_bytes() != old
    assert places.authority_certificate.read_bytes() == authority
    assert setup.check(places, "mn", (*NAMES, "mn3")) == []


def test_renewal_keeps_the_authority_and_who_is_who(places: Places) -> None:
    authority, keys = places.authority_key.read_bytes(), contents(places.host_keys)
    client = (places.root_home / ".xcat/client-cred.pem").read_bytes()
    assert primary(places, renew=True).count("certificate-made") == 3
    assert (places.root_home / ".xcat/client-cred.pem").read_bytes() != client
    assert (places.authority_key.read_bytes(), contents(places.host_keys)) == (authority, keys)
    assert setup.check(places, "mn", NAMES) == []


@pytest.mark.parametrize("file", ["server-cert.pem", "server-key.pem", "ca.pem"])
def test_cut_in_the_middle(places: Places, file: str) -> None:
    (places.server / file).write_text("")
    before = (places.server / "server-cred.pem").read_bytes()
    assert primary(places) == []
    assert (places.server / "server-cred.pem").read_bytes() == before
    assert (places.server / file).read_text() in before.decode() + places.authority_certificate.read_text()
    assert (places.server / file).stat().st_size > 0


def test_a_lost_authority_key_is_never_replaced(places: Places) -> None:
    places.authority_key.unlink()
    with pytest.raises(CredentialError) as refused:
        primary(places)
    assert refused.value.report.code == "credentials-authority"
    assert not places.authority_key.exists()


def test_a_lost_authority_certificate_comes_from_its_key(places: Places) -> None:
    places.authority_certificate.unlink()
    primary(places)
    assert is_signed_by(places.root_home / ".xcat/client-cred.pem", places.authority_certificate)


def test_of_another_authority(places: Places, foreign: Places) -> None:
    shutil.copy(foreign.console_home / ".xcat/client-cred.pem", places.console_home / ".xcat/client-cred.pem")
    (report,) = setup.check(places, "mn", NAMES)
    assert (report.code, "another authority" in report.what) == ("certificate", True)
    assert primary(places) == ["certificate-made"]


def test_no_directory(tmp_path: Path) -> None:
    with pytest.raises(CredentialError, match="no such directory"):
        primary(Places(tmp_path, ME))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["mn/CN=root", "mn\nDNS:evil", "", "DNS:a,DNS:b", "x" * 65])
def test_a_name_that_is_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(CredentialError):
        primary(begin(tmp_path), (name,))


def test_a_standby_makes_nothing(tmp_path: Path) -> None:
    assert setup.standby(Places(tmp_path, ME)) == []
    assert list(tmp_path.iterdir()) == []


def test_tables_beneath_the_mount_point_are_said(made: Places) -> None:
    assert [report.code for report in setup.standby(made)] == ["tables-beneath"]


def test_ends_soon(made: Places) -> None:
    soon = datetime.now(UTC) + timedelta(days=7300 - 29)
    codes = [(report.code, report.severity.value) for report in setup.check(made, "mn", NAMES, soon)]
    assert codes == [("authority-ends", "warning")] + [("certificate", "warning")] * 3
    late = datetime.now(UTC) + timedelta(days=7301)
    assert {report.severity.value for report in setup.check(made, "mn", NAMES, late)} >= {"error"}


def test_nothing_there(tmp_path: Path) -> None:
    assert [report.code for report in setup.check(Places(tmp_path, ME), "mn", NAMES)] == ["authority-missing"]
