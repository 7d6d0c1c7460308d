"""When files are generated, and by whom."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_interface

from hamn.facts.facts import Facts
from hamn.model.pair import Configuration, FenceDevice, Filesystem, Machine, Pair, Service, VirtualIp
from hamn.model.step import Plan, Step
from hamn.planning.goal import Fencing, Goal
from hamn.planning.move import plan_move
from hamn.resources.configuration import WARM_S
from hamn.verbs.assume import assumed

BMC = FenceDevice("fence_ipmilan", (("ip", "192.0.2.21"),), "/etc/hamn/bmc.pw")
DNS = Service("dns", "dns", needs=("virtual_ip.cluster", "filesystem.shared"))


def pair(configuration: Configuration) -> Pair:
    return Pair(
        "hpc1",
        (Machine("mn1", "192.0.2.11", fence=BMC), Machine("mn2", "192.0.2.12", fence=BMC)),
        (
            VirtualIp("cluster", ip_interface("192.0.2.10/24"), {"mn1": "eth0", "mn2": "eth0"}),
            Filesystem("shared", "UUID=1", "/shared", "ext4"),
            DNS,
            configuration,
        ),
        source="/etc/hamn/pair.toml",
    )


def plan(configuration: Configuration, verb: str = "switchover") -> Plan:
    declared = pair(configuration)
    goal = Goal(verb, "mn2", Fencing()) if verb == "failover" else Goal(verb, "mn2")
    return plan_move(declared, assumed(declared, "mn1", verb), goal, "OPERATION")


def generating(of: Plan) -> dict[str, Step]:
    return {step.id: step for step in of.steps if step.resource == "configuration.cluster"}


BUILT_IN = Configuration("cluster", needs=("filesystem.shared",), after=("service.dns",))
ARGV = ("hamn", "xcat", "generate", "--only", "hosts,dns")


def test_the_standby_is_warm_before_and_right_after_a_switchover() -> None:
    found = generating(plan(BUILT_IN))
    assert {id_: (str(step.phase), step.minor) for id_, step in found.items()} == {
        "mn2/configuration.cluster/warm": ("prepare", True),
        "mn2/configuration.cluster/generate": ("settle", True),
    }
    assert {step.command.argv for step in found.values() if step.command} == {ARGV}


def test_what_is_only_made_beforehand_holds_nobody_up() -> None:
    """The active machine's database may not answer."""
    found = {id_: step.command for id_, step in generating(plan(BUILT_IN)).items()}
    warm, generate = found["mn2/configuration.cluster/warm"], found["mn2/configuration.cluster/generate"]
    assert warm is not None and generate is not None
    assert warm.timeout_s == WARM_S < generate.timeout_s == BUILT_IN.limit_s


def test_daemons_start_first_and_are_told_then() -> None:
    assert "mn2/service.dns/start" in generating(plan(BUILT_IN))["mn2/configuration.cluster/generate"].needs


def test_nobody_can_tell_of_the_tables_in_a_failover() -> None:
    assert list(generating(plan(BUILT_IN, "failover"))) == ["mn2/configuration.cluster/generate"]


def test_an_operator_s_own_command_runs_once_and_last() -> None:
    (step,) = generating(plan(Configuration("cluster", ("makedns",), after=("service.dns",)))).values()
    assert step.command is not None and step.command.argv == ("makedns",)
    assert str(step.phase) == "settle"


def test_what_is_left_out_by_declaration_is_left_alone() -> None:
    found = generating(plan(Configuration("cluster", makes=("hosts", "dhcp"), after=("service.dns",))))
    assert {step.command.argv[-1] for step in found.values() if step.command} == {
        "hosts"
    }  # no daemon for the other


def test_nobody_is_asked_for_tables_whose_address_has_been_given_back_already() -> None:
    """As at the resume of a switchover that was stopped in the middle."""
    declared = pair(BUILT_IN)
    facts = assumed(declared, "mn1", "switchover")
    machines = {**facts.machines, "mn1": replace(facts["mn1"], addresses=())}
    planned = plan_move(declared, Facts(machines), Goal("switchover", "mn2"), "OPERATION")
    assert list(generating(planned)) == ["mn2/configuration.cluster/generate"]
