"""The rules about disks, on AIX: what stands for a system id, for mmp and for fstab there."""

from __future__ import annotations

from hamn.model.command import Answer
from hamn.platforms.answers import Group, Line
from hamn.platforms.detect import platform_for
from hamn.readiness.evidence import Evidence
from hamn.readiness.rule import Finding, Verdict
from hamn.readiness.rules import storage
from hamn.readiness.survey import Survey

from .healthy import DEVICE, PAIR, found, healthy, resource, seen

AIX = platform_for("aix", "src")
GROUPS = {"mn1": Group("vgdata", "", 1, 1, ("hdisk2",)), "mn2": Group("vgdata", "", 0, 1, ("hdisk1",))}


def pair_of_aix() -> Evidence:
    evidence = resource(healthy(), "filesystem.shared", type="jfs2", source="/dev/lv00")
    for name, group in GROUPS.items():
        evidence = found(seen(evidence, name, platform=AIX, groups=(group,)), name, unreserved={"vgdata": ()})
    return evidence


def problems(findings: list[Finding]) -> list[str]:
    return [finding.hint for finding in findings if finding.verdict is Verdict.PROBLEM]


def test_a_group_without_a_system_id_is_kept_by_the_reservation_of_its_disks() -> None:
    good = pair_of_aix()
    assert {f.verdict for f in storage.volume_group.judge(good)} == {Verdict.OK}
    bare = found(good, "mn2", unreserved={"vgdata": ("hdisk1",)})
    assert problems(list(storage.volume_group.judge(bare))) == [
        "on mn2, varied off: `chdev -l hdisk1 -a reserve_policy=single_path`"
    ]
    silent = found(good, "mn2", unreserved={})
    assert Verdict.UNKNOWN in {f.verdict for f in storage.volume_group.judge(silent)}


def test_each_machine_is_asked_for_its_own_disks() -> None:
    survey = Survey(PAIR, "mn2", AIX, pair_of_aix().facts["mn2"])
    command = survey.commands()["reserve.vgdata"]
    assert str(command) == "lsattr -El hdisk1 -a reserve_policy"
    for said, bare in (
        ("single_path", ()),
        ("PR_exclusive", ()),
        ("no_reserve", ("hdisk1",)),
        ("PR_shared", ("hdisk1",)),
    ):
        answers = {"reserve.vgdata": Answer(0, f"reserve_policy {said} Reserve Policy True\n")}
        assert survey.hear(answers, None).unreserved == {"vgdata": bare}
    assert survey.hear({"reserve.vgdata": Answer(0, "")}, None).unreserved == {}


def test_a_jfs2_without_its_mount_guard() -> None:
    devices = {"filesystem.shared": DEVICE}
    for guarded, hints in (
        (True, []),
        (False, ["`hamn deactivate`; `chfs -a mountguard=yes /shared` on one machine; `hamn activate`"]),
    ):
        evidence = pair_of_aix()
        for name in GROUPS:
            shared = {id_: type(device)(device.path, mmp=guarded) for id_, device in devices.items()}
            evidence = found(evidence, name, devices=shared)
        assert problems(list(storage.multiple_mount_protection.judge(evidence))) == hints


def test_what_is_mounted_or_varied_on_at_boot_and_how_to_end_that() -> None:
    evidence = found(pair_of_aix(), "mn2", boot_mounts=(Line("/etc/filesystems /shared", "mount = true"),))
    assert problems(list(storage.mounts_not_at_boot.judge(evidence))) == ["on mn2: `chfs -A no /shared`"]
    evidence = found(pair_of_aix(), "mn2", autoactivation={"vgdata": True})
    hints = problems(list(storage.volume_group_not_at_boot.judge(evidence)))
    assert hints == ["where vgdata is active: `chvg -a n vgdata`"]
