"""Table site as settings."""

import pytest

from hamn.xcat.tables import site


def test_a_value_replaces_the_default_and_a_disabled_one_does_not():
    rows = [
        {"key": "xcatdport", "value": "4001"},
        {"key": "tftpdir", "value": "/srv/tftp", "disable": "1"},
        {"key": "domain", "value": "cluster.test", "comments": "ours"},
        {"key": "forwarders"},
    ]
    settings = site.settings(rows)
    assert (settings["xcatdport"], settings["tftpdir"], settings["domain"]) == (
        "4001",
        "/tftpboot",
        "cluster.test",
    )
    assert "forwarders" not in settings


@pytest.mark.parametrize(
    ("value", "otherwise", "is_on"),
    [
        ("1", False, True),
        ("Yes", False, True),
        ("enable", False, True),
        ("n", True, False),
        ("0", True, False),
        ("", True, True),
        ("", False, False),
        ("perhaps", True, True),
    ],
)
def test_on_and_off(value: str, otherwise: bool, is_on: bool):
    assert site.is_on(value, otherwise=otherwise) is is_on
