from __future__ import annotations

import pytest

from hamn.local.card import Card, authorized_keys, known_hosts

KEY, OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOnE", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQDold"
CARD = Card(("mn2", "10.77.0.12"), (KEY,), (OTHER,))


def test_a_card_is_read_as_it_was_printed() -> None:
    assert Card.read(CARD.text()) == CARD


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hamn-card 1\n",
        CARD.text().replace("hamn-card 1", "hamn-card 2"),
        CARD.text().replace("user ", "users "),
        CARD.text().replace(f"host {KEY}", "host nonsense"),
        CARD.text() + 'user ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB" command="/bin/sh\n',
    ],
)
def test_what_is_no_whole_card_is_not_trusted(text: str) -> None:
    with pytest.raises(ValueError, match="hamn setup card"):
        Card.read(text)


def test_a_stale_host_key_goes_and_only_that_of_these_names() -> None:
    old = f"mn2,elsewhere {OTHER}\n10.77.0.12 {OTHER}\nmn3 {OTHER}\n@cert-authority * {OTHER}\n|1|hash= {OTHER}\n"
    new = known_hosts(old, CARD)
    assert new.splitlines() == [
        f"elsewhere {OTHER}",
        f"mn3 {OTHER}",
        f"@cert-authority * {OTHER}",
        f"|1|hash= {OTHER}",
        f"mn2,10.77.0.12 {KEY}",
    ]
    assert known_hosts(new, CARD) == new


def test_a_key_that_is_allowed_keeps_its_options_and_a_missing_one_is_added_once() -> None:
    allowed = f'from="10.77.0.0/24" {OTHER} root@mn2'
    assert authorized_keys(allowed, CARD) == allowed + "\n"
    fresh = authorized_keys("ssh-rsa AAAAthird somebody", CARD)
    assert fresh == f"ssh-rsa AAAAthird somebody\n{OTHER} root@mn2\n"
    assert authorized_keys(fresh, CARD) == fresh
