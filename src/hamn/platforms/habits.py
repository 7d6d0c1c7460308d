"""What a machine does by itself, at boot and when it resolves a name: what only a readiness check asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from hamn.model.command import Answer, Command
from hamn.platforms.answers import Group, Line, Link

AccountTools = Literal["shadow", "aix"]


@dataclass(frozen=True, slots=True)
class FilesFirst:
    """`line` of the file at `path`, in the place of those that match `replaces`."""

    path: str
    line: str
    replaces: str
    holds: str
    """Found in the file where files come first already, in whatever words."""


class Habits(Protocol):
    """Each question with the hearing of its answer, which never raises."""

    def ask_links(self) -> Command: ...

    def hear_links(self, answer: Answer) -> dict[str, Link] | None:
        """Every interface by its name."""
        ...

    def ask_sources(self) -> Command: ...

    def hear_sources(self, answer: Answer) -> str:
        """Where a host's name is looked up, in order and in nsswitch.conf's words: "files dns"."""
        ...

    def files_first(self) -> FilesFirst:
        """How a machine is made to look into its hosts file before it asks a name server."""
        ...

    @property
    def account_tools(self) -> AccountTools:
        """Whose programs make accounts (`hamn-local same-accounts --with`)."""
        ...

    def ask_boot_mounts(self) -> Command:
        """The table of filesystems that a machine mounts at boot."""
        ...

    def hear_boot_mounts(self, answer: Answer, targets: Sequence[str], devices: Sequence[str]) -> tuple[Line, ...]:
        """Its entries of these targets or devices that are mounted at boot."""
        ...

    def ask_boot_groups(self, groups: Sequence[str]) -> Command: ...

    def hear_boot_groups(self, answer: Answer, groups: Sequence[str]) -> Mapping[str, bool] | None:
        """By volume group: the machine activates it by itself."""
        ...

    def leave_group(self, group: str) -> Command:
        """What an operator types so that it doesn't."""
        ...

    def ask_reserve(self, group: Group) -> Command | None:
        """How a group's disks are kept from the other machine. None where the group itself bears its owner."""
        ...

    def hear_reserve(self, answer: Answer, group: Group) -> tuple[str, ...] | None:
        """The disks, by name, that nothing keeps from it."""
        ...

    def ask_file_types(self, paths: Sequence[str]) -> Command: ...

    def hear_file_types(self, answer: Answer, paths: Sequence[str]) -> dict[str, str]:
        """By path "directory", "symbolic link" or another word; "" where nothing is there."""
        ...
