"""Words that can't stand together, refused in the real ones' words."""

from __future__ import annotations

from collections.abc import Collection, Mapping

_NOT_TOGETHER = (
    ("attributes", "osimage", "-i", "--osimage"),
    ("stanza", "osimage", "-z", "--osimage"),
    ("all", "type", "-a", "-t"),
    ("long", "short", "-l", "-s"),
    ("nics", "attributes", "-i", "--nics"),
    ("attributes", "short", "-i", "-s"),
)
_NOT_OF_RMDEF = frozenset(("dynamic", "attributes", "long", "minus", "plus", "where", "stanza", "short", "xml"))
_NOT_WITH_A_NEW_NAME = ("dynamic", "plus", "minus", "stanza", "where")


def refused(command: str, given: Collection[str], names: Collection[str], attributes: Mapping[str, str]) -> str:
    """What is wrong with these options, by their long names, beside names and attributes; empty for nothing."""
    has = frozenset(given)
    if "help" in has:
        return ""
    if "update" in has and command in ("lsdef", "rmdef"):
        return f"Option '-u' can not work with {command}."
    if "xml" in has and command != "rmdef":
        return "The '-x' (XML format) option is not yet implemented."
    for one, other, *flags in _NOT_TOGETHER:
        if one in has and other in has:
            return f"The flags '{flags[0]}' and '{flags[1]}' cannot be used together."
    if "compress" in has and not has & {"attributes", "nics"}:
        return "The flags '-c' and '-i' must be used together."
    if "all" in has and names:
        return "Cannot use '-a' with '-o', a noderange or file input."
    return _of_command(command, has, names, attributes)


def _of_command(command: str, has: frozenset[str], names: Collection[str], attributes: Mapping[str, str]) -> str:
    if command == "rmdef":
        if has & _NOT_OF_RMDEF:
            return "Invalid flag specified, see rmdef manpage for details."
        if "all" in has and "force" not in has:
            return "You must use the '-f' option when using the '-a' option."
    if command not in ("mkdef", "chdef"):
        return ""
    if "attributes" in has:
        return "The '-i' option is only valid for the lsdef command."
    if command == "mkdef" and has & {"plus", "minus"}:
        return "The '-p' and '-m' options are not valid for the mkdef command."
    if "new" in has and not has.isdisjoint(_NOT_WITH_A_NEW_NAME):
        return "Cannot combine '-n' and '-d','-p','-m','-z','-w' options."
    if command == "chdef" and "force" in has:
        return "The '-f' option is not valid for the chdef command."
    if "type" in has and has & {"all", "stanza"}:
        return "Cannot combine '-t' and '-a', '-z', or '-x' options."
    if "stanza" in has and names:
        example = f"Example of -z usage:\n\t'cat stanzafile | {command} -z'"
        return f"Cannot use '-z' with '-o' or a noderange.\n{example}"
    if "where" in has and "members" in attributes:
        return "Cannot use a list of members together with the '-w' option."
    return ""
