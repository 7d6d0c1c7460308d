"""No secret gets into an archive: planted everywhere a management node has them, drawn anew at every run."""

from __future__ import annotations

import base64
import io
import json
import string
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from hamn.reports.report import warning
from hamn.verbs.archive import Archive
from hamn.verbs.redaction import REMOVED, Redaction

CORE = some.text(string.ascii_letters + string.digits, min_size=10, max_size=12).map(lambda text: f"q7{text}")
"""What is looked for afterwards: long enough to be nowhere by chance."""
WORD = some.text(string.ascii_letters + string.digits + "!#$%&*+-./:<=>?@^_|~", max_size=6)
"""What may stand around it in a word: a password has anything."""
SENTENCE = some.text(string.ascii_letters + string.digits + " !#$%()*+,-./:;<=>?@[]^_{|}~", max_size=8)
"""And between quotes."""
few = settings(max_examples=25)
"""Of each of the many forms."""

QUOTED = (
    'password = "{}"',
    "passwd: '{}'",
    'fence = {{ agent = "fence_ipmilan", ip = "10.0.0.1", password = "{}", lanplus = true }}',
    'key = "hamn"\nstart = ["/usr/sbin/tool", "--password", "{}", "--verbose"]',
    'start = ["ipmitool", "-H", "10.0.0.1", "-P", "{}", "power", "off"]',
    '{{"event": "end", "said": "x", "db_password": "{}"}}',
    'Environment="BMC_PASSWORD={}" "HOME=/root"',
    '  environment: MYSQL_PWD="{}" HOME=/root',
    'key "omapi" {{ algorithm hmac-md5; secret "{}"; }};',
    "GRANT ALL ON *.* TO 'a'@'b' IDENTIFIED BY '{}' WITH GRANT OPTION",
    "ALTER ROLE xcat WITH LOGIN PASSWORD '{}'",
    "SET PASSWORD = PASSWORD('{}')",
    '#key,username,password,cryptmethod\n"system","root","{}",,,,',
    '#node,bmc,bmcport,username,password,comments\n"n1","10.0.0.9",,"ADMIN","{}","rack 3"',
    '"openbmc","root","{}",,,,',
    'secret = """{}\n{}"""',
    "api_key => '{}'",
    'tokens = ["{}", "{}"]',
    '<nvpair id="fence-mn1-passwd" name="passwd" value="{}"/>',
    "DBI connect('mysql:dbname=xcatdb;host=mn','xcatadmin','{}') failed",
    "INSERT INTO passwd (`key`, username, password) VALUES ('a,b', 'root', '{}'), ('(c)', NULL, '{}')",
    "INSERT INTO `passwd` VALUES ('system','root','{}','','','','')",
    "echo 'root:{}' | chpasswd",
    "the password was '{}' until then",
    'createUser admin SHA "{}" AES "{}"',
    'x = "{{\\"password\\": \\"{}\\"}}"',
)  # fmt: skip
BARE = (
    "MYSQL_PWD=x{}",
    "Nov 22 21:00:00 mn1 xcatd[12]: PGPASSWORD=x{} HOME=/root",
    "bmcpassword=x{}",
    "    sshpassword: x{} and more",
    "mariadb -uroot -px{} -e 'select 1'",
    "sudo: root : COMMAND=/usr/bin/mysql -h db -px{} xcatdb",
    "mysqladmin --password=x{} ping",
    "ipmitool -I lanplus -H 10.0.0.1 -U ADMIN -P x{} chassis power off",
    "/usr/sbin/fence_ipmilan -a 10.0.0.1 -l hamn -p x{} -o off",
    "bmcsetup: trying -U ADMIN -P x{}",
    "sshpass -p x{} ssh root@mn2",
    "snmpset -v3 -u admin -A x{} -X x{} switch1",
    "ldapsearch -D cn=admin -w x{} -b dc=x",
    "tool --auth-token x{} --verbose",
    "curl -u admin:x{} http://mn/",
    "fetching https://admin:x{}@mn.cluster:8443/path failed",
    "mysql:dbname=xcatdb;host=10.0.0.1|xcatadmin|x{}",
    "Authorization: Basic {}",
    "X-Auth-Token: x{}",
    "Set-Cookie: session=x{}; Path=/",
    "wrong password x{} for user root",
    "its password is x{}",
    "Password for user root: x{}",
    "rocommunity x{} default",
    "snmp-server community x{} RO",
    "rootpw  x{}",
    "olcRootPW: x{}",
    "DBPASS=x{}",
    "<password>x{}</password>",
    "echo x{} | passwd --stdin root",
    "chpasswd <<< root:x{}",
    "pcs host auth mn1 mn2 -u hacluster -p x{}",
    "smbclient -U hamn%x{} //nas/share",
    "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0.x{}",
    "openssl rsa -passin pass:x{}",
    "root:$6$abcdefgh${}:19000:0:99999:7:::",
    "userPassword:: {{SSHA}}{}",
)  # fmt: skip


def packed(archive: Archive) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive.content())) as tar:
        return {name: read.read() for name in tar.getnames() if (read := tar.extractfile(name))}


def empty() -> Archive:
    return Archive("report", "2026-11-22T21:00:00.000+00:00", {"pair": "lab"})


def nowhere(archive: Archive, core: str) -> None:
    for name, content in packed(archive).items():
        assert core.encode() not in content, (name, content)
        assert core not in name
    assert core not in str(archive.missing)


@pytest.mark.parametrize("form", QUOTED)
@few
@given(core=CORE, before=SENTENCE, after=SENTENCE)
def test_a_quoted_secret_goes_whole(form: str, core: str, before: str, after: str) -> None:
    places = form.count("{}")
    text = f"before\n{form.format(*[before + core + after] * places)}\nafter\n"
    archive = empty()
    archive.add("mn1/logs/a.txt", text)
    nowhere(archive, core)
    kept = packed(archive)["report/mn1/logs/a.txt"].decode()
    assert kept.startswith("before\n") and REMOVED in kept


@pytest.mark.parametrize("form", BARE)
@few
@given(core=CORE, before=WORD, after=WORD)
def test_a_bare_secret_goes_whole(form: str, core: str, before: str, after: str) -> None:
    around = "" if form.startswith(("Authorization", "root:", "userPassword")) else before
    text = f"before\n{form.format(*[around + core] * form.count('{}'))}\nafter\n"
    archive = empty()
    archive.add("mn1/logs/a.txt", text)
    nowhere(archive, core)
    kept = packed(archive)["report/mn1/logs/a.txt"].decode()
    assert kept.startswith("before\n") and kept.endswith("\nafter\n")


@given(core=CORE, where=some.sampled_from(("argv", "said", "missing", "document", "path")))
def test_what_one_file_tells_is_nowhere_else_either(core: str, where: str) -> None:
    """A secret without its key beside it: known from the file that had it."""
    archive = empty()
    if where == "argv":
        archive.add("mn1/facts/a.txt", "fine", command=["/usr/sbin/hook", core])
    elif where == "said":
        archive.add("mn1/logs/a.txt", f"login failed with {core}, trying again")
    elif where == "missing":
        archive.missing.append(warning("x", f"/usr/sbin/hook {core}: no answer"))
    elif where == "path":
        archive.add(f"mn1/facts/hook-{core}.txt", "fine")
    else:
        archive.add_document("status.json", {"trouble": [{"what": f"hook {core}"}]})
    archive.add("mn2/hamn/declaration.toml", f'password = "{core}"\n')
    nowhere(archive, core)


@given(core=CORE, before=SENTENCE, after=SENTENCE)
def test_documents_stay_json_and_lose_their_secrets(core: str, before: str, after: str) -> None:
    secret = before + core + after
    document = {
        "fence": {"passwd": secret, "ip": "10.0.0.1"},
        "credentials": [secret, {"deep": secret}],
        "command": ["fence_x", "-P", secret],
        "other": ["mysql", f"--password={secret}"],
        "inner": json.dumps({"api_key": secret, "kept": 1}),
        "said": [f'tool says: password="{core}"'],
    }
    archive = empty()
    archive.add_document("a.json", document)
    archive.add("journal.jsonl", json.dumps(document) + "\n" + json.dumps({"kept": 2}) + '\n{"torn": "passw')
    nowhere(archive, core)
    files = packed(archive)
    read = json.loads(files["report/a.json"])
    assert read["fence"] == {"passwd": REMOVED, "ip": "10.0.0.1"} and read["command"] == ["fence_x", "-P", REMOVED]
    assert json.loads(read["inner"])["kept"] == 1
    lines = files["report/journal.jsonl"].decode().splitlines()
    assert json.loads(lines[0])["fence"]["ip"] == "10.0.0.1" and json.loads(lines[1]) == {"kept": 2}
    assert lines[2].startswith('{"torn"')


def key_lines(noise: bytes) -> list[str]:
    text = base64.b64encode(noise).decode()
    body = [text[i : i + 64] for i in range(0, len(text), 64)]
    return ["-----BEGIN OPENSSH PRIVATE KEY-----", *body, "-----END OPENSSH PRIVATE KEY-----"]


@pytest.mark.parametrize("prefix", ["", "2026-11-22T21:00:00.000000+0000 mn1 sshd[4]: "])
@pytest.mark.parametrize("part", [slice(None), slice(None, -1), slice(3, None)])
@few
@given(noise=some.binary(min_size=400, max_size=500))
def test_private_keys_go_also_where_a_log_has_only_half(prefix: str, part: slice, noise: bytes) -> None:
    lines = key_lines(noise)[part]
    archive = empty()
    archive.add("mn1/logs/a.txt", "".join(f"{prefix}{line}\n" for line in ["before it", *lines]))
    for line in lines:
        if not line.startswith("-"):
            nowhere(archive, line)
    assert b"before it" in packed(archive)["report/mn1/logs/a.txt"]


@pytest.mark.parametrize(
    "text",
    [
        'password_file = "/etc/hamn/mn1.pw"',
        "fence_ipmilan --passwd-script /usr/local/bin/pw",
        "Failed password for root from 10.0.0.1 port 22 ssh2",
        "passwd:         files systemd",
        "PWD=/root",
        "ssh -p 22 mn2",
        "systemctl show -p Names,LoadState named.service",
        "df -Pk /var/lib/hamn",
        '"declaration": "ba44e23a0caa7aa7a09351a352fc99a2d4c76bb62f610152dd4bb8142d9929a1"',
        '0.0.0.0:782 users:(("conserver",pid=206,fd=3))',
        "bypass: 3 passes, passed 2",
        "mariadb -NBe 'SET /*M!100519 GLOBAL innodb_log_checkpoint_now=ON, */ @hamn=0'",
        "fetching http://10.77.0.10:80/install/hello.txt",
        "the password is required, the password was changed",
        "INSERT INTO nodelist (node, `groups`) VALUES ('n1', 'all')",
        '<nvpair id="f" name="passwd_script" value="/usr/local/bin/pw"/>',
        '<nvpair id="f" name="lanplus" value="true"/>',
        "mysqld  Ver 8.0.35 for Linux on x86_64 (MySQL Community Server - GPL)",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert Redaction().clean(text) == text


def test_an_argv_that_asks_for_an_account_stays() -> None:
    argv = ["getent", "passwd", "mysql"]
    assert Redaction().clean(argv) == argv


@given(some.text(max_size=400))
def test_any_text_keeps_its_lines(text: str) -> None:
    """So that what is said of line 7 is still true."""
    text = "log: " + text
    assert Redaction().clean(text).count("\n") == text.count("\n")


@pytest.mark.parametrize(
    "noise",
    [
        *("A", "a.-", '"password\\"', "\n", " ", "password ", "=", "[", "mysql:", "{", "x://", "password for "),
        *("<password>", "insert into a(b) values (", "eyJ-", 'name="password" ', "echo ", "connect('"),
    ],
)
def test_no_text_makes_it_endless(noise: str) -> None:
    """200 KB of what patterns stumble over; a pattern that goes back and forth over it never ends."""
    Redaction().clean(noise * (200_000 // len(noise)))
