"""Requests are written as the real client was seen to write them."""

from pathlib import Path

import pytest

from hamn.xcat.protocol import markup, request

SAMPLES = Path(__file__).parent / "samples"
ASKED = {
    "chdef-t-site": request.written("chdef", ["-t", "site", "master=10.1.0.1"], cwd="/root", stdin=""),
    "lsdef-error": request.written("lsdef", ["nosuch"], cwd="/root", stdin=""),
    "lsdef-t-site-i-master": request.written("lsdef", ["-t", "site", "-i", "master"], cwd="/root", stdin=""),
    "nodels-error": request.written("nodels", [], cwd="/root", noderange="nosuch"),
    "nodels-two-nodes": request.written("nodels", ["hosts.ip"], cwd="/root", noderange="n01,n02"),
    "tabdump-site": request.written("tabdump", ["site"], cwd="/root"),
}


@pytest.mark.parametrize("name", ASKED)
def test_as_the_real_client(name: str) -> None:
    assert ASKED[name] == (SAMPLES / f"{name}.request.xml").read_bytes()


def test_environment_is_one_element_deeper() -> None:
    asked = markup.read(request.written("x", [], cwd="/", environment={"XCAT_B": "2", "XCAT_A": "<1>"}))
    (environment,) = [child for child in asked.children if child.name == "environment"]
    assert [(child.name, child.text) for child in environment.children] == [("XCAT_A", "<1>"), ("XCAT_B", "2")]
