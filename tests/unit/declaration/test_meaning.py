from __future__ import annotations

import pytest

MACHINES = """\
[pair]
name = "hpc1"
[[machine]]
name = "mn1"
address = "10.77.0.11"
[[machine]]
name = "mn2"
address = "10.77.0.12"
[virtual_ip.cluster]
address = "10.77.0.10/24"
interface = "eth0"
"""
FIRST = MACHINES.count("\n") + 1
"""The line on which what a test appends begins."""

DISK = '[filesystem.shared]\nsource = "UUID=1"\nmount = "/shared"\ntype = "ext4"\n'
NAS = '[filesystem.nas]\nsource = "nas:/a"\nmount = "/nas"\ntype = "nfs4"\n'


def found(refuse, text: str) -> list[str]:
    """Complaints as "LINE CODE", lines counted from the appended text."""
    reports = refuse(MACHINES + text)
    return [f"{int(line) - FIRST + 1} {code}" for line, code in map(str.split, reports)]


@pytest.mark.parametrize(
    ("text", "complaints"),
    [
        # links
        ('[service.a]\nneeds = ["virtual_ip.cluster", "hook.x"]\n', ["2 unknown-resource"]),
        ('[service.a]\nafter = [\n"hook.x",\n"hook.y"]\n', ["3 unknown-resource", "4 unknown-resource"]),
        ('[service.a]\nneeds = ["service.a"]\n', ["2 circle"]),
        (
            '[hook.a]\nstart=["x"]\nstop=["x"]\nneeds = ["service.b"]\n[service.b]\nafter = ["hook.a"]\n',
            ["6 circle"],
        ),
        # addresses
        ('[virtual_ip.b]\naddress = "10.77.0.12/24"\ninterface = "eth0"\n', ["2 address-of-machine"]),
        ('[virtual_ip.b]\naddress = "10.77.0.10/16"\ninterface = "eth0"\n', ["2 same-address"]),
        ('[virtual_ip.b]\naddress = "10.77.0.13/24"\ninterface = { mn1 = "eth0" }\n', ["3 missing-key"]),
        (
            '[virtual_ip.b]\naddress = "10.77.0.13/24"\ninterface = { mn1 = "eth0", mn2 = "a", mn3 = "b" }\n',
            ["3 unknown-machine"],
        ),
        # filesystems
        (DISK.replace("UUID=1", "nas:/a"), ["2 bad-source"]),
        (DISK.replace("UUID=1", "/dev/"), ["2 bad-source"]),
        (NAS.replace("nas:/a", "/dev/sdb"), ["2 bad-source"]),
        (NAS.replace("nfs4", "cifs"), ["2 bad-source"]),
        (DISK + 'access = "parallel"\n', ["5 parallel-on-disk"]),
        (DISK.replace("/shared", "/etc"), ["3 hides-system"]),
        (DISK + 'directories = ["/install", "/var/lib"]\n', ["5 hides-system"]),
        (DISK.replace("/shared", "/var/lib/hamn"), ["3 hides-system"]),
        (DISK + 'directories = ["/shared/a"]\n', ["5 nested-mount"]),
        (DISK + 'directories = ["/install", "/install/x"]\n', ["5 nested-mount"]),
        (DISK + NAS.replace("/nas", "/shared"), ["7 same-mount"]),
        (DISK + 'directories = ["/nas"]\n' + NAS, ["8 same-mount"]),
        (DISK + NAS.replace("nas:/a", "UUID=1").replace("nfs4", "xfs"), ["6 same-source"]),
        (DISK + 'directories = ["/nas/x"]\n' + NAS + 'directories = ["/shared/x"]\n', ["1 circle"]),
        (DISK + 'options = "noatime,password=x"\n', ["5 secret-inline"]),
        # databases
        ('[database.a]\nengine = "sqlite"\ndata = "/etc/xcat"\n', ["3 data-not-shared"]),
        (DISK + '[database.a]\nengine = "sqlite"\ndata = "/sharedness"\n', ["7 data-not-shared"]),
        (NAS + '[database.a]\nengine = "sqlite"\ndata = "/nas/x"\n', ["7 data-on-network"]),
        # synchronised files
        (DISK + '[sync]\nfiles = ["/etc/hosts", "/shared/a*"]\n', ["6 sync-of-shared"]),
        ('[sync]\nfiles = ["/root/.ssh/*"]\n', ["2 sync-of-access"]),
        ('[sync]\nfiles = ["/etc/hosts", "/etc"]\n', ["2 sync-of-system"]),
        ('[sync]\nfiles = ["/root/.ssh"]\n', ["2 sync-of-access"]),
    ],
)
def test_what_makes_no_sense_is_refused(refuse, text: str, complaints: list[str]) -> None:
    assert found(refuse, text) == complaints


@pytest.mark.parametrize(
    "text",
    [
        NAS + 'access = "parallel"\n',
        NAS + '[database.a]\nengine = "sqlite"\ndata = "/nas/x"\non_network_filesystem = true\n',
        DISK + 'directories = ["/var/lib/mysql"]\n[database.a]\nengine = "mariadb"\ndata = "/var/lib/mysql"\n',
        DISK + NAS.replace("/nas", "/shared/nas"),
        '[virtual_ip.b]\naddress = "10.77.1.0/31"\ninterface = "eth1"\n',
        '[service.b]\nneeds = []\n[hook.a]\nstart=["x"]\nstop=["x"]\nneeds = ["service.b"]\n',
        '[sync]\nfiles = ["/root/.ssh/id_*", "/root/.ssh/known_hosts"]\n',
    ],
)
def test_what_makes_sense_is_accepted(read, text: str) -> None:
    assert read(MACHINES + text).name == "hpc1"


def test_the_two_machines_differ(refuse) -> None:
    fence = 'fence = { agent = "fence_ipmilan", ip = "10.78.0.11" }\n'
    text = MACHINES.replace("mn2", "mn1").replace("0.12", "0.11").replace('.11"\n', f'.11"\n{fence}')
    assert list(refuse(text)) == ["8 same-name", "9 same-address", "10 same-fence"]


def test_a_circle_is_named_in_full_and_each_circle_once(refuse) -> None:
    text = "".join(
        f'[service.{name}]\nneeds = ["service.{needed}"]\n'
        for name, needed in ("ab", "bc", "ca", "xy", "yx", "za")
    )
    reports = refuse(MACHINES + text)
    assert [report.code for report in reports.values()] == ["circle", "circle"]
    first, second = (report.what.partition(": ")[2] for report in reports.values())
    assert first == "service.a waits for service.b waits for service.c waits for service.a"
    assert second == "service.x waits for service.y waits for service.x"


def test_a_link_to_a_broken_resource_is_no_second_complaint(refuse) -> None:
    text = DISK.replace("ext4", "ext5") + '[service.a]\nneeds = ["filesystem.shared"]\n'
    text += '[database.a]\nengine = "sqlite"\ndata = "/shared/db"\n'
    assert found(refuse, text) == ["4 not-allowed"]


def test_what_was_taken_out_is_said_to_be(refuse) -> None:
    reports = refuse(MACHINES + '[service.a]\nneeds = ["service.b"]\n[service.b]\nenabled = false\n')
    (report,) = reports.values()
    assert (report.code, report.hint) == ("unknown-resource", "it is there, with enabled = false")


def test_a_probe_needs_an_address_to_ask(refuse) -> None:
    machines = MACHINES.partition("[virtual_ip")[0]
    assert [key.split()[1] for key in refuse(machines + '[service.a]\nprobe = "tcp:80"\n')] == ["no-virtual-ip"]
