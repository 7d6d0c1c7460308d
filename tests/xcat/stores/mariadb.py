"""Sent to a machine that has MariaDB, behind contract.py's own text: starts a server there, in a directory of its
own and on a socket in it, and tells which rules hold. Prints a line for each: `ok NAME`, or what was wrong."""

import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

sys.path += ["/opt/hamn/src", "/opt/hamn/site"]

from hamn.xcat.client import links
from hamn.xcat.credentials.authority import Authority
from hamn.xcat.credentials.identity import identities
from hamn.xcat.credentials.places import Places
from hamn.xcat.stores import Location, Store, open_store
from tests.xcat.stores.contract import HOSTS, RULES, SITE, clean, refused  # ours

DIRECTORY = Path(tempfile.mkdtemp(prefix="mariadb"))
SOCKET = DIRECTORY / "socket"
PASSWORD = "secret|with=signs"
WORDS = (
    "CREATE DATABASE xcatdb; "
    f"CREATE USER xcatadmin@localhost IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON xcatdb.* TO xcatadmin@localhost;"
)


def location(**other: str) -> Location:
    return Location(
        "mysql", None, "xcatdb", **{"host": str(SOCKET), "user": "xcatadmin", "password": PASSWORD, **other}
    )


def start() -> "subprocess.Popen[bytes]":
    argv = ["mariadbd", "--no-defaults", f"--datadir={DIRECTORY}/data", f"--socket={SOCKET}", "--skip-networking"]
    with (DIRECTORY / "log").open("ab") as log:
        server = subprocess.Popen([*argv, "--user=mysql"], stdout=log, stderr=log)
    for _ in range(600):
        if subprocess.run(["mariadb-admin", f"--socket={SOCKET}", "ping"], capture_output=True).returncode == 0:
            break
        time.sleep(0.1)
    return server


def stop(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    server.wait()


def the_types_are_the_real_ones(store: Store) -> None:
    argv = ["mariadb", f"--socket={SOCKET}", "--batch", "--skip-column-names", "xcatdb"]
    shown = subprocess.run(argv, input="DESCRIBE site", text=True, check=True, capture_output=True).stdout
    assert [line.split("\t")[:4] for line in shown.splitlines()] == [
        ["key", "varchar(128)", "NO", "PRI"],
        ["value", "text", "YES", ""],
        ["comments", "text", "YES", ""],
        ["disable", "text", "YES", ""],
    ], shown


def a_value_that_is_no_text_or_too_long(store: Store) -> None:
    for row in ({"node": "n01", "comments": "caf\udce9"}, {"node": "n" * 129}):
        with refused("store-value"), store.change(["hosts"]) as change:
            change.insert("hosts", [row])
    assert store.read("hosts") == []


def several_writers_wait_for_each_other_and_readers_see_whole_changes(store: Store) -> None:
    names = ["hosts", "mac", "nodehm"]

    def adds(number: int) -> None:
        own = open_store(location())
        for turn in range(10):
            with own.change(names) as change:
                for name in names:
                    change.insert(name, [{"node": f"n{number}-{turn}", "comments": str(len(change.read(name)))}])
        own.close()

    writers = [threading.Thread(target=adds, args=(number,)) for number in range(3)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        seen = store.read_all(names)
        assert len({tuple(row["node"] for row in rows) for rows in seen.values()}) == 1
    assert sorted(int(row["comments"]) for row in store.read("hosts")) == list(range(30))


def what_is_wrong_with_cfgloc_is_said_without_the_password(store: Store) -> None:
    for other, code in (
        ({"password": "wr0ng"}, "store-forbidden"),
        ({"user": "nobody"}, "store-forbidden"),
        ({"host": "/nonexistent/socket"}, "store-unreachable"),
        ({"host": "127.0.0.1", "port": "1"}, "store-unreachable"),
    ):
        wrong = open_store(location(**other))
        with refused(code):
            try:
                wrong.read("site")
            except Exception as error:
                assert PASSWORD not in str(error)
                assert "wr0ng" not in str(error)
                raise


def a_server_that_is_not_there_comes_back(store: Store) -> None:
    global server
    assert store.read("site") == SITE
    stop(server)
    with refused("store-unreachable"):
        store.read("site")
    server = start()
    assert store.read("site") == SITE
    stop(server)
    server = start()  # the store's connections died unnoticed
    with store.change(["hosts"]) as change:
        change.insert("hosts", HOSTS)
    assert store.read("hosts") == HOSTS


def a_daemon_outlives_its_database(store: Store) -> None:
    """While it is away nothing is allowed, and said so at once; then everything is as before."""
    global server
    places = Places(DIRECTORY / "mn", "root")
    places.etc.mkdir(parents=True)
    one = Authority(places)
    with one.held():
        one.make("of a test")
        for identity in identities(places, "mn", ("localhost",)):
            identity.ensure(one, places)
    port = {"xcatdport": "4011", "xcatiport": "4012", "xcatconfdir": str(places.etc)}
    with store.change(["site", "policy"]) as change:
        change.replace("site", [{"key": key, "value": value} for key, value in port.items()])
        change.replace("policy", [{"priority": "1", "name": "root", "rule": "allow"}])
    links.make(str(DIRECTORY / "bin"), links.names())
    cfgloc = f"mysql:dbname=xcatdb;host={SOCKET}|xcatadmin|{PASSWORD}"

    def asked() -> tuple[int, str, str]:
        environment = {"HOME": str(places.root_home), "XCATHOST": "localhost:4011"}
        words = [str(DIRECTORY / "bin/tabdump"), "policy"]
        done = subprocess.run(words, env=environment, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    daemon = subprocess.Popen(
        [str(DIRECTORY / "bin/xcatd"), "-f"], env={"XCATCFG": cfgloc}, stderr=subprocess.PIPE, text=True
    )
    try:
        until = time.monotonic() + 60
        while asked()[0] and time.monotonic() < until:
            time.sleep(0.1)
        status, there, _ = asked()
        assert (status, there.count('"root"')) == (0, 1), there
        stop(server)
        status, said, complaint = asked()
        assert (status, said) == (1, ""), said
        assert "Permission denied for request" in complaint, complaint
        server = start()
        assert asked() == (0, there, "")
        stop(server)
        daemon.terminate()
        assert daemon.wait(60) == 0
    finally:
        daemon.kill()
        daemon.communicate()
        if server.poll() is not None:
            server = start()


OWN: list[Callable[[Store], None]] = [
    the_types_are_the_real_ones,
    a_value_that_is_no_text_or_too_long,
    several_writers_wait_for_each_other_and_readers_see_whole_changes,
    what_is_wrong_with_cfgloc_is_said_without_the_password,
    a_server_that_is_not_there_comes_back,
    a_daemon_outlives_its_database,
]

shutil.chown(DIRECTORY, "mysql")
install = ["mariadb-install-db", "--no-defaults", f"--datadir={DIRECTORY}/data", "--user=mysql"]
subprocess.run([*install, "--skip-test-db"], check=True, capture_output=True)
server = start()
try:
    subprocess.run(["mariadb", f"--socket={SOCKET}"], input=WORDS, text=True, check=True)
    store = open_store(location())
    for rule in [*RULES, *OWN]:
        try:
            clean(store)
            rule(store)
        except Exception:
            print(f"{rule.__name__}: {traceback.format_exc()}")
        else:
            print(f"ok {rule.__name__}")
finally:
    stop(server)
    shutil.rmtree(DIRECTORY)
