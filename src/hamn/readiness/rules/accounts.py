"""The numbers that own the shared files mean the same accounts on both machines."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.model.pair import Database
from hamn.readiness.evidence import Evidence
from hamn.readiness.rule import Finding, Verdict, rule
from hamn.reports.report import Severity

ENGINE_ACCOUNTS = {"mariadb": "mysql", "mysql": "mysql", "postgresql": "postgres"}


@rule("same-accounts", Severity.ERROR, "service accounts have the same numbers on both machines")
def same_accounts(evidence: Evidence) -> Iterator[Finding]:
    """Files know their owners by number: packages give out numbers in the order they were installed in.
    Requirement, set-up of the standby, step 7: "user id number … group id number"; failure mode 26."""
    names = sorted({name for side in evidence.sides for name in side.inventory.accounts})
    unsure = {name: [s for s in evidence.sides if name not in s.inventory.accounts] for name in names}
    if not names:
        return
    for name in names:
        for side in unsure[name]:
            yield side.unknown(f"account.{name}", f"account {name}")
        if unsure[name]:
            continue
        first, second = (side.inventory.accounts[name] for side in evidence.sides)
        if first == second:
            if first is not None:
                yield Finding(Verdict.OK, f"{name} is {first[0]}:{first[1]} on both")
            continue
        said = ", ".join(
            f"{'missing' if found is None else f'{found[0]}:{found[1]}'} on {side.name}"
            for side, found in zip(evidence.sides, (first, second), strict=True)
        )
        hint = (
            f"on the standby: give {name} the active machine's numbers (`usermod -u`, `groupmod -g`), then its "
            f"local files (`find / -xdev -user OLD -exec chown …`); install its package where it is missing"
        )
        yield Finding(Verdict.PROBLEM, f"account {name}: {said}", hint=hint)


@rule("shared-files-owners", Severity.ERROR, "the shared files belong to accounts that both machines know")
def shared_files_owners(evidence: Evidence) -> Iterator[Finding]:
    """A database that can't read its own files doesn't start, and only tells so after the move. Looked at where
    the shared data is mounted: the top of it, and the databases' directories. Failure mode 26."""
    for side in evidence.sides:
        if not any(side.seen.mounted(t) for f in evidence.pair.filesystems for t in f.targets):
            continue
        owned = side.inventory.owned
        if owned is None:
            yield side.unknown("owned", "owners of the shared files")
            continue
        problems = [*_nameless(evidence, side.name), *_foreign(evidence, side.name)]
        yield from problems
        if not problems:
            yield side.ok(f"owners of {len(owned)} shared files are known on both machines")


def _nameless(evidence: Evidence, name: str) -> Iterator[Finding]:
    side = evidence.side(name)
    for uid in sorted({f.uid for f in side.inventory.owned or () if f.user == str(f.uid)}):
        path = next(f.path for f in side.inventory.owned or () if f.uid == uid)
        hint = f"give it to the account that it is for (`chown`), or add that account with uid {uid}"
        yield side.problem(f"{path} belongs to uid {uid}, which nobody has on {side.name}", hint)


def _foreign(evidence: Evidence, name: str) -> Iterator[Finding]:
    """Files of an account that has another number on either machine."""
    here = evidence.side(name)
    owned = here.inventory.owned or ()
    expected = {
        account: next((f for f in owned if f.user == account), None)
        for side in evidence.sides
        for account in side.inventory.accounts
    }
    for side in evidence.sides:
        for account, file in expected.items():
            numbers = side.inventory.accounts.get(account)
            if file is not None and numbers is not None and numbers[0] != file.uid:
                hint = f"on {side.name}: give {account} the uid {file.uid} (`usermod -u {file.uid} {account}`)"
                yield side.problem(
                    f"{file.path} belongs to {account} as uid {file.uid}, which is {numbers[0]} on {side.name}",
                    hint,
                )
        for database in evidence.pair.databases:
            yield from _data(evidence, name, side.name, database)


def _data(evidence: Evidence, here: str, there: str, database: Database) -> Iterator[Finding]:
    """The data directory belongs to the engine's account."""
    account = ENGINE_ACCOUNTS.get(database.engine)
    side = evidence.side(there)
    numbers = side.inventory.accounts.get(account or "")
    directory = next((f for f in evidence.side(here).inventory.owned or () if f.path == database.data), None)
    if directory is None or numbers is None or directory.uid == numbers[0] or directory.user == account:
        return
    hint = f"on {here}: `chown -R {account}: {database.data}`, with the database stopped"
    yield side.problem(f"{database.data} belongs to {directory.user}, {account} has to write there", hint)


RULES = (same_accounts, shared_files_owners)
