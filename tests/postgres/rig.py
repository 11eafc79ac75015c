"""A PostgreSQL server for the tests: started on a free port in a temporary folder, shared by all xdist workers.

PostgreSQL refuses to run as root, so root hands it to the user `postgres`, whom Debian's package creates.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from filelock import FileLock

HOW_TO_GET_IT = "PostgreSQL is not installed: apt install postgresql (make test does it where it may)"
# Nothing here outlives the tests, so nothing needs to survive a power cut.
QUICK = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"


@dataclass(frozen=True)
class Server:
    """folder: its data and socket. port: on 127.0.0.1. users: how many test processes hold it."""

    folder: str
    port: int
    users: int = 1

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"


def binaries() -> Path | None:
    """The folder of `initdb` and `pg_ctl`: Debian keeps them off PATH, one folder per version."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if versions:
        return versions[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def as_postgres(*command: str | Path) -> None:
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    arguments = [*prefix, *map(str, command)]
    done = subprocess.run(
        arguments,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, f"{' '.join(arguments)} failed:\n{done.stdout}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(bin_dir: Path) -> Server:
    folder = Path(tempfile.mkdtemp(prefix="synod-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data, port = folder / "data", free_port()
    as_postgres(
        bin_dir / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"
    )
    options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} {QUICK}"
    as_postgres(bin_dir / "pg_ctl", "start", "-w", "-D", data, "-l", folder / "log", "-o", options)
    return Server(str(folder), port)


def stop(bin_dir: Path, server: Server) -> None:
    as_postgres(bin_dir / "pg_ctl", "stop", "-m", "immediate", "-D", Path(server.folder) / "data")
    shutil.rmtree(server.folder, ignore_errors=True)


def hold(bin_dir: Path, note: Path) -> Server:
    """Join the server that `note` describes, or start one. Called under the lock."""
    if note.exists():
        earlier = Server(**json.loads(note.read_text()))
        server = Server(earlier.folder, earlier.port, earlier.users + 1)
    else:
        server = start(bin_dir)
    note.write_text(json.dumps(asdict(server)))
    return server


def let_go(bin_dir: Path, note: Path) -> None:
    """The last one out stops the server. Called under the lock."""
    server = Server(**json.loads(note.read_text()))
    if server.users > 1:
        note.write_text(json.dumps(asdict(Server(server.folder, server.port, server.users - 1))))
    else:
        note.unlink()
        stop(bin_dir, server)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    bin_dir = binaries()
    if bin_dir is None:
        if os.environ.get("CI"):
            pytest.fail(HOW_TO_GET_IT)
        pytest.skip(HOW_TO_GET_IT)
    # Under xdist every worker has its own base folder; their parent belongs to the whole run.
    alone = "PYTEST_XDIST_WORKER" not in os.environ
    base = tmp_path_factory.getbasetemp()
    common = base if alone else base.parent
    note, lock = common / "postgres.json", FileLock(common / "postgres.lock")
    with lock:
        server = hold(bin_dir, note)
    yield server
    with lock:
        let_go(bin_dir, note)


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """The address of an empty database that no other test sees, for `SYNOD_DATABASE_URL`."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(postgres_server.url(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]  # the name is ours
    yield postgres_server.url(name)
    with psycopg.connect(postgres_server.url(), autocommit=True) as admin:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[arg-type]
