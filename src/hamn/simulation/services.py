"""How units are started, stopped and asked for: systemctl(1), and service(8) where init scripts do it."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, TypeAlias

from hamn.model.command import Command

if TYPE_CHECKING:
    from hamn.simulation.machine import Boot, Unit

Said: TypeAlias = "tuple[int, str, str]"
Program: TypeAlias = "Generator[float | Unit, None, Said]"


def systemctl(boot: Boot, command: Command) -> Program:
    verb, *names = command.argv[1:]
    if verb == "kill":
        return (yield from _kill(boot, names[-1]))
    return (yield from _work(boot, verb, [name.removesuffix(".service") for name in names]))


def service(boot: Boot, command: Command) -> Program:
    """service NAME start|stop: the script waits as systemctl does."""
    return (yield from _work(boot, command.argv[2], [command.argv[1]]))


def _work(boot: Boot, verb: str, names: list[str]) -> Program:
    yield 0.005
    units = [boot.units[name] for name in names if name in boot.units]
    if verb not in ("start", "stop") or len(units) < len(names):
        return 5, "", f"Failed to {verb} {' '.join(names)}: Unit not found."
    for unit in units:
        unit.start() if verb == "start" else unit.stop()
    for unit in units:
        while unit.state in ("activating", "deactivating"):
            yield unit
    wrong = [unit.name for unit in units if verb == "start" and unit.state != "active"]
    if wrong:
        return 1, "", f"Job for {wrong[0]}.service failed because the control process exited with error code."
    return 0, "", ""


def _kill(boot: Boot, name: str) -> Program:
    yield 0.005
    unit = boot.units[name.removesuffix(".service")]
    unit.left = False
    if unit.state == "active":
        unit.crash()
    return 0, "", ""


# -- questions


def shown(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    """systemctl show -p PROPERTIES UNIT ..."""
    if argv[1] != "show":
        return None
    properties = argv[3]
    return 0, "\n".join([_block(boot, name, properties) for name in argv[4:]]), ""


def _block(boot: Boot, name: str, properties: str) -> str:
    unit: Unit | None = boot.units.get(name.removesuffix(".service"))
    if properties == "ActiveState":
        return f"ActiveState={unit.state if unit else 'inactive'}\n"
    group = f"/system.slice/{name}" if unit and (unit.is_up or unit.left) else ""
    if properties == "ControlGroup":
        return f"ControlGroup={group}\n"
    if unit is None:
        return f"MainPID=0\nNames={name}\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\n"
    pid = 1622 if unit.is_up else 0
    mode = "process" if unit.kind.leaves else "control-group"
    loaded = f"WantedBy=\nLoadState=loaded\nActiveState={unit.state}\nUnitFileState=disabled\n"
    return f"MainPID={pid}\nKillMode={mode}\nControlGroup={group}\nNames={name}\n{loaded}"


def status(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    """service NAME status, by its exit status alone (LSB)."""
    if argv[2] != "status":
        return None
    unit = boot.units.get(argv[1])
    if unit is None:
        return 1, "", f"{argv[1]}: unrecognized service"
    return {"active": 0, "deactivating": 0, "failed": 1}.get(unit.state, 3), f"{argv[1]} is {unit.state}\n", ""


def registered(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    """chkconfig --list."""
    if argv[1] != "--list":
        return None
    levels = "\t".join(f"{level}:off" for level in range(7))
    return 0, "".join(f"{name}\t{levels}\n" for name in boot.units), ""
