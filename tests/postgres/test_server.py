"""The real server on PostgreSQL: it records, is killed, and comes back the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.rig import ServerProcess
from tests.streaming.viewers import eventually


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_killed_server_comes_back_the_same(tmp_path: Path, postgres_url: str) -> None:
    server = ServerProcess(tmp_path, {"SYNOD_DATABASE_URL": postgres_url})
    server.start()
    try:
        run = server.request("GET", "/api/v1/runs")["default"]
        path = f"/api/v1/runs/{run}"
        server.request("POST", f"{path}/pace", {"speed": 10})
        wish = {"id": "a", "command": {"type": "kill-node", "node": "s1"}}
        taken = server.request("POST", f"{path}/commands", wish)
        eventually(lambda: server.request("GET", path)["head_seq"] > 3_000, "some thousand entries")
        seen = server.request("GET", path)
        server.kill()
        server.start()
        eventually(lambda: server.request("GET", path)["rebuilding"] is None, "it is rebuilt")
        after = server.request("GET", path)
        assert (after["run"], after["state"]) == (run, "live")
        assert after["now_us"] >= seen["now_us"]
        assert server.request("POST", f"{path}/commands", wish) == taken
        verdict = server.request("POST", f"{path}/verify", {})
        assert verdict["identical"], verdict["sentence"]
        assert verdict["entries"] > seen["head_seq"]
        assert server.stop() < 2.0
    finally:
        if server.process is not None:
            server.kill()
