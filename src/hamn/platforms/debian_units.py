"""Units of Debian's that don't serve a role that moves as they come: what stands beside or before them."""

from __future__ import annotations

# Debian's own is a script that waits 2 s before it looks at its daemon. Its first process ends when it has read
# everything and listens.
_DHCPD = """\
[Unit]
Description=ISC DHCP server
After=network.target

[Service]
Type=forking
EnvironmentFile=-/etc/default/isc-dhcp-server
RuntimeDirectory=dhcp-server
ExecStart=/usr/sbin/dhcpd -4 -q -cf /etc/dhcp/dhcpd.conf -pf /run/dhcp-server/dhcpd.pid $INTERFACESv4

[Install]
WantedBy=multi-user.target
"""

# Debian's unit waits for a pid file that a daemonizing conserver writes after its first process has ended: once in
# some hundred starts systemd looks too early and then waits for a minute. As root, as xCAT's own: clients see the
# daemon's certificate, which is root's alone.
_CONSERVER = """\
[Service]
Type=exec
User=root
PIDFile=
ExecStart=
ExecStart=/usr/sbin/conserver $OPTS
RuntimeDirectory=conserver
"""

UNITS = {
    "isc-dhcp-server": (("/etc/systemd/system/isc-dhcp-server.service", _DHCPD),),
    "conserver-server": (("/etc/systemd/system/conserver-server.service.d/role.conf", _CONSERVER),),
}
"""By service, files that set-up writes."""
