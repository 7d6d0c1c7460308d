"""A PostgreSQL server of the test's own: in a temporary directory, on a socket in it and nowhere else."""

import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from hamn.xcat.stores import Location

USER, PASSWORD, DATABASE, PORT = "xcatadm", "secret", "xcatdb", "55432"
OWNER = "nobody"  # the server refuses to be root


class Server:
    def __init__(self, directory: Path) -> None:
        self._data, self._socket = directory / "data", directory
        self._process: subprocess.Popen[bytes] | None = None

    def location(self, **other: str) -> Location:
        return Location(
            **{
                "engine": "Pg",
                "database": DATABASE,
                "host": str(self._socket),
                "port": PORT,
                "user": USER,
                "password": PASSWORD,
                **other,
            }
        )

    @property
    def directory(self) -> Path:
        return self._socket

    def set_up(self) -> None:
        password = self._socket / "password"
        password.write_text(PASSWORD)
        shutil.chown(password, OWNER)
        self._run(
            "initdb",
            "-D",
            str(self._data),
            "-U",
            USER,
            "-A",
            "scram-sha-256",
            "--pwfile",
            str(password),
            "-N",
            "--encoding",
            "UTF8",
            "--locale",
            "C",
        )
        self.start()
        with sa.create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {DATABASE}"))

    def url(self, database: str = DATABASE) -> sa.URL:
        return sa.URL.create("postgresql+psycopg", USER, PASSWORD, str(self._socket), int(PORT), database)

    def start(self) -> None:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._socket),
            "port": PORT,
            "fsync": "off",
            "shared_buffers": "16MB",
        }
        argv = ["postgres", "-D", str(self._data)]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        log = (self._socket / "log").open("ab")
        self._process = subprocess.Popen(argv, user=OWNER, stdout=log, stderr=log, cwd=self._socket)
        engine = sa.create_engine(self.url("postgres"))
        for _ in range(600):
            try:
                engine.connect().close()
                break
            except sa.exc.OperationalError:
                time.sleep(0.05)
        engine.dispose()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.send_signal(2)  # fast: clients are not waited for
            self._process.wait()
        self._process = None

    def _run(self, *argv: str) -> None:
        subprocess.run(argv, user=OWNER, check=True, capture_output=True, cwd=self._socket)


@contextmanager
def running(directory: Path) -> Iterator[Server]:
    shutil.chown(directory, OWNER, pwd.getpwnam(OWNER).pw_gid)
    server = Server(directory)
    try:
        server.set_up()
        yield server
    finally:
        server.stop()
