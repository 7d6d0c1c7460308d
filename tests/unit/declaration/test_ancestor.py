from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hamn.declaration.ancestor import learn, read_ancestor
from hamn.declaration.draft import Findings, FoundFilesystem

# Assignments and option handling in the style of the script; a site has edited the values.
SCRIPT = r"""#!/bin/sh
# activate-mn -i <nic> -v <virtual ip> [-m <netmask>]
# here: activate-mn -i eth1:2 -v 9.114.47.97 -m 255.255.255.192
SHAREDVG=sharedvg # AIX
DBDIR=/var/lib/mysql/ # database directory
SHAREDFS="/install /etc/xcat /root/.xcat"
USEDFM=yes
POWER775=no
USETEAL=yes
USENTP=no
USEMOUNT=yes
CHANGEHOSTNAME=yes
RESTARTDNS=no
xcatdb=mysql # the engine
PROGNAME=$(basename $0)
while getopts ':i:v:m:' opt; do
    case "$opt" in
        i) NIC=$OPTARG ;;
        v) VIP=$OPTARG ;;
    esac
done
if [ -z $MASK ]; then
    MASK="255.255.255.0"
fi
HOSTVIP=`getent hosts $VIP`
"""


def test_a_site_s_own_script() -> None:
    findings = learn(Findings(), read_ancestor(SCRIPT))
    assert findings.virtual_ip == "9.114.47.97/26"
    assert findings.interface == "eth1"
    assert [filesystem.mount for filesystem in findings.filesystems] == [
        "/install",
        "/etc/xcat",
        "/root/.xcat",
        "/var/lib/mysql",
    ]
    assert (findings.engine, findings.data) == ("mysql", "/var/lib/mysql")
    line = 'makes = ["hosts", "dhcp", "consoles"]'
    assert findings.stated == (
        ("configuration.cluster", line, "RESTARTDNS=no"),
        ("service.hdwr-svr", 'service = "hdwr_svr"', "USEDFM=yes"),
        ("hardware_connections.dfm", "network_manager = false", "USEDFM=yes, POWER775=no"),
        ("service.teal", 'service = "teal"', "USETEAL=yes"),
    )
    assert [note.partition(":")[0] for note in findings.notes] == ["CHANGEHOSTNAME"]


def test_the_script_alone_tells_no_address() -> None:
    findings = learn(
        Findings(), read_ancestor(SCRIPT.replace("# here:", "# 10 minutes:").replace("-i eth1:2 -v", ""))
    )
    assert (findings.virtual_ip, findings.interface) == ("", "")


def test_without_a_netmask_it_is_the_script_s_own_default() -> None:
    ancestor = read_ancestor("/opt/xcat/share/xcat/hamn/deactivate-mn -i br-mgmt -v 9.114.47.97\n")
    findings = learn(Findings(), ancestor)
    assert (findings.virtual_ip, findings.interface) == ("9.114.47.97/24", "br-mgmt")


def test_what_was_seen_is_kept() -> None:
    seen = Findings(
        virtual_ip="10.0.0.1/8",
        interface="bond0",
        engine="mariadb",
        filesystems=(FoundFilesystem("/install", "nas:/install", "nfs4"),),
    )
    findings = learn(seen, read_ancestor(SCRIPT))
    assert (findings.virtual_ip, findings.interface, findings.engine) == ("10.0.0.1/8", "bond0", "mariadb")
    assert findings.filesystems[0].source == "nas:/install"
    assert [filesystem.mount for filesystem in findings.filesystems].count("/install") == 1


def test_another_database_is_said_not_guessed() -> None:
    findings = learn(Findings(), read_ancestor("xcatdb=DB2\n"))
    assert findings.engine == ""
    assert "db2" in findings.notes[0]


@given(st.text())
def test_anything_may_be_a_script(script: str) -> None:
    assert learn(Findings(), read_ancestor(script)).profile == "xcat"
