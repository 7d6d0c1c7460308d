"""What is to be so of some objects: worked out from what is so, all complaints first, then written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from hamn.xcat.commands.definitions import nics, values
from hamn.xcat.commands.definitions.catalog import Attributes, Catalog
from hamn.xcat.commands.definitions.listing import is_attribute, unknown_attribute
from hamn.xcat.commands.definitions.membership import Membership
from hamn.xcat.commands.definitions.stanza import Stanza
from hamn.xcat.commands.definitions.values import NotThere
from hamn.xcat.commands.definitions.words import Words
from hamn.xcat.commands.definitions.writing import Writing
from hamn.xcat.conversation import Answer
from hamn.xcat.stores.store import Change
from hamn.xcat.tables import TABLES
from hamn.xcat.tables.objects import TYPES, BadAttribute

_NAME = re.compile(r"[A-Za-z0-9_][\w.:-]{0,127}", re.ASCII)
_LABEL = re.compile(r"[^\x00-\x1f,'\"]{1,128}")
_EXISTS = (
    "A definition for '{}' already exists. No changes will be made.  Run again with '-f' option to force replace."
)


def is_name(kind: str, name: str) -> bool:
    return bool((_NAME if kind in ("node", "group") else _LABEL).fullmatch(name))


class Wrong(Exception):
    """Nothing may be written; every complaint, as it is said."""

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__("\n".join(texts))
        self.texts = tuple(dict.fromkeys(texts))


class Intention:
    """`done` are the objects that will be as they should, `made` those of them that weren't there. `said` is what
    there is to say besides. `has_names`: something was named that could be such an object."""

    def __init__(self, catalog: Catalog, asked: Words, *, is_new: bool, is_text: bool) -> None:
        self.done: list[str] = []
        self.made: list[str] = []
        self.said: list[Answer] = []
        self.has_names = False
        self.members: Sequence[Callable[[Attributes], bool]] = ()
        """What -w asks of those nodes that will be in groups which aren't dynamic."""
        self._catalog, self._asked, self._is_new, self._is_text = catalog, asked, is_new, is_text
        self._writing = Writing(catalog.tables)
        self._membership = Membership(catalog)
        self._wrong: list[str] = []

    def take(self, wanted: Iterable[Stanza]) -> None:
        """Raises Wrong."""
        taken = [one for one in wanted if self._is_wanted(one)]
        # Groups last: their members may be nodes of the same text.
        for kind in sorted({one.kind for one in taken}, key=lambda kind: kind == "group"):
            self._take(kind, [one for one in taken if one.kind == kind])
        if self._wrong:
            raise Wrong(self._wrong)

        capitals = [one.name for one in taken if one.kind == "node" and self._is_capital(one)]
        if capitals:
            what = f"The node name '{','.join(capitals)}' contains capital letters"
            text = f"{what} which may not be resolved correctly by the dns server."
            self.said.append(Answer("warning", text))

    def _is_capital(self, one: Stanza) -> bool:
        return one.name != one.name.lower() and (self._is_new or not self._catalog.has("node", one.name))

    def write(self, change: Change) -> None:
        self._membership.settle(self._writing)
        self._writing.write(change)

    def _is_wanted(self, one: Stanza) -> bool:
        if one.kind == "node" and not self._catalog.has("node", one.name) and self._catalog.has("group", one.name):
            text = f"{one.name} is a defined group name, so Node {one.name} is not created."
            self.said.append(Answer("error", text, errorcode=1))
            return False
        self.has_names = True
        if not self._is_new or not self._catalog.has(one.kind, one.name):
            return True
        if not self._asked.has("force"):
            self.said.append(Answer("warning", _EXISTS.format(one.name), errorcode=1))
            return False
        if one.kind == "site":
            self._wrong.append(
                "the site definition can't be replaced: every daemon needs it. Change it with chdef."
            )
        return True

    def _take(self, kind: str, wanted: Sequence[Stanza]) -> None:
        catalog = self._catalog
        there = [one.name for one in wanted if catalog.has(kind, one.name)]
        replaced = set(there) if self._is_new else set[str]()
        if replaced:
            self._writing.remove(kind, sorted(replaced))
            if kind == "group":
                self._membership.dissolve(replaced)
        now = {} if replaced else dict(catalog.of(kind, there))
        given = {one.name: self._given(one, now.get(one.name, {})) for one in wanted}
        if kind == "node":
            self._membership.assign({name: new["groups"] for name, new in given.items() if "groups" in new})
        known = self._known(kind, given, now)
        for one in wanted:
            new, is_new = given[one.name], one.name not in now
            if is_new:
                self._check_new(kind, one.name, new)
            if not new and not (kind == "group" and (is_new or self._asked.where)):
                continue
            if kind == "group":
                self._shape_group(one.name, new, is_new=is_new)
            self._put(kind, one.name, new, known.get(one.name, {}), is_new=is_new)

    def _known(
        self, kind: str, given: Mapping[str, Attributes], now: Mapping[str, Attributes]
    ) -> Mapping[str, Attributes]:
        """What each has now, or inherits from the groups that it will be in."""
        if kind != "node" or not any("groups" in new for new in given.values()):
            return now
        return dict(self._membership.after().of("node", [*given]))

    def _given(self, one: Stanza, now: Attributes) -> Attributes:
        """The values as they will be. What can't be worked out is complained of, and left out."""
        template = self._template(one.kind) if self._asked.template else {}
        given = {**template, **one.attributes}
        for attribute in list(given):
            if not is_attribute(one.kind, attribute):
                self._wrong.append(unknown_attribute(attribute, one.kind))
                del given[attribute]
        if self._asked.has("plus") or self._asked.has("minus"):
            shown = nics.apart(now) if one.kind in ("node", "group") else now
            change = values.added if self._asked.has("plus") else values.removed
            for attribute, value in list(given.items()):
                try:
                    given[attribute] = change(attribute, shown.get(attribute, ""), value)
                except NotThere as missing:
                    text = f"{missing} is not in the attribute of '{attribute}' for the '{one.name}' definition."
                    self.said.append(Answer("error", text, errorcode=1))
                    del given[attribute]
        return nics.joined(given, now) if one.kind in ("node", "group") else given

    def _template(self, kind: str) -> Attributes:
        name = self._asked.template
        if not self._catalog.has(kind, name):
            raise Wrong([f"Could not find the template object named '{name}' of type '{kind}'."])
        ((_, attributes),) = self._catalog.of(kind, [name])
        return attributes

    def _check_new(self, kind: str, name: str, given: Attributes) -> None:
        if self._asked.has("minus"):
            text = f"The '-m' option is not valid since the '{name}' definition does not exist."
            self._wrong.append(text)
        elif kind == "network" and (other := self._same_network(name, given)):
            what = (
                f"A network definition called '{other}' already exists that contains the same net and mask values."
            )
            self._wrong.append(f"{what} Cannot create a definition for '{name}'.")
        elif not is_name(kind, name):
            what = f"The object name '{name}' is invalid, please refer to \"man xcatdb\" for the valid"
            self._wrong.append(f'{what} "xCAT Object Name Format"')
        elif kind == "node" and not given.get("groups"):
            self._wrong.append(f"Attribute 'groups' is not specified for node '{name}'.")
        else:
            type_ = TYPES[kind]
            key = type_.tables[type_.home]
            columns = type_.by_column.get(type_.home, {})
            for column in TABLES[type_.home].keys:
                names = [place.attribute for place in columns.get(column, ())]
                if column != key and names and not any(given.get(attribute) for attribute in names):
                    self._wrong.append(f"The '{names[0]}' attribute must be given for '{name}' of type '{kind}'.")

    def _same_network(self, name: str, given: Attributes) -> str:
        """The name of another network at the same place."""
        there = self._catalog.of("network", self._catalog.names("network"))
        at = ("net", "mask")
        same = (other for other, seen in there if all(seen.get(part) == given.get(part) for part in at))
        return next((other for other in same if other != name), "")

    def _shape_group(self, name: str, given: Attributes, *, is_new: bool) -> None:
        """A group's members are kept with the nodes, a dynamic one's conditions with the group."""
        is_dynamic = self._asked.has("dynamic") or given.get("grouptype") == "dynamic"
        is_dynamic = is_dynamic or (not is_new and self._catalog.is_dynamic(name))
        members = given.pop("members", None)
        if self.members and not is_dynamic:
            members = ",".join(self._where())
        if is_dynamic:
            if self._asked.where:
                now = "" if is_new else next(iter(self._catalog.of("group", [name])))[1].get("wherevals", "")
                given["wherevals"] = self._conditions(name, now)
            extra = sorted(given.keys() - {"grouptype", "wherevals", "usercomment"})
            if extra or (members and not self._is_text):
                what = ", ".join(f"'{attribute}'" for attribute in extra or ["members"])
                self._wrong.append(f"{what} can't be set for the dynamic node group '{name}'.")
            elif not given.get("wherevals") and (is_new or "wherevals" in given):
                self._wrong.append(
                    f"The 'where' attributes and values were not provided for dynamic group '{name}': use -w."
                )
            self._wrong += self._catalog.ranging.complaints(given.get("wherevals", ""))
            given |= {"grouptype": "dynamic", "members": "dynamic"}
            return
        if is_new:
            given.setdefault("grouptype", "static")
            given["members"] = "static"
            if not members and not self._membership.of(name):
                self.said.append(Answer("warning", f"Cannot determine a member list for group '{name}'."))
        if members is not None:
            self._wrong += self._membership.set(name, members)

    def _where(self) -> list[str]:
        """The nodes that -w chooses: a group that isn't dynamic has those that there are now."""
        after = self._membership.after()
        seen = after.of("node", after.names("node"))
        return [node for node, attributes in seen if all(test(attributes) for test in self.members)]

    def _conditions(self, group: str, now: str) -> str:
        given = "::".join(self._asked.where)
        if self._asked.has("plus"):
            return values.added("wherevals", now, given)
        if self._asked.has("minus"):
            try:
                return values.removed("wherevals", now, given)
            except NotThere as missing:
                self._wrong.append(
                    f"{missing} is not in the attribute of 'wherevals' for the '{group}' definition."
                )
        return given

    def _put(self, kind: str, name: str, given: Attributes, known: Attributes, *, is_new: bool) -> None:
        try:
            self._writing.put(kind, name, given, known, is_new=is_new)
        except BadAttribute as bad:
            self._wrong += [report.what for report in bad.reports]
        self.done.append(name)
        if is_new:
            self.made.append(name)
