"""Values worked out from names: what the manuals show, what was seen of the real program, and random ones."""

from __future__ import annotations

from fractions import Fraction
from math import trunc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamn.xcat.ranges.arithmetic import ExpressionError
from hamn.xcat.ranges.expressions import expression


def value(text: str, node: str) -> str:
    work_out = expression(text)
    assert work_out is not None
    return work_out(node)


@pytest.mark.parametrize(
    ("text", "node", "expected"),
    [
        (r"|n(\d+)|10.9.0.($1+0)|", "n007", "10.9.0.7"),
        (r"|n(\d+)|10.9.0.($1)|", "n007", "10.9.0.007"),
        (r"|n(\d+)|10.9.0.$1|", "n007", "10.9.0.$1"),
        (r"|n(\d+)|rack($1*2-1)|", "n04", "rack7"),
        (r"|n(\d+)|(($1+3)%4)|", "n04", "3"),
        (r"|n(\d+)|($1/24+1)|", "n47", "2"),
        (r"|n(\d+)|((($1-1)/(2+2))*(3))|", "n09", "6"),
        (r"|n(\d+)|( $1 + 1 )|", "n09", "10"),
        (r"|n(\d+)|(-$1/2)|", "n07", "-3"),
        (r"|n(\d+)|(-$1%4)|", "n07", "-3"),
        (r"|n(\d+)|(7-2-1)|", "n07", "4"),
        (r"|n(\d+)|(010+0)|", "n07", "8"),
        (r"|n(\d+)|(0x1f+0)|", "n07", "31"),
        (r"|n(\d+)|(${1}+1)|", "n07", "8"),
        (r"|n(\d+)(x(\d+))?|($2)a($3+1)|", "n07", "a1"),
        (r"|n(\d+)|($4)|", "n07", ""),
        (r"|\D+(\d+)|cmm(sprintf('%02d',($1-1)/14+1))|", "node20", "cmm02"),
        (r"|\D+(\d+)|(($1-1)%14+1)|", "node20", "6"),
        (r"|\D+(\d+)|r(sprintf(\"%03d\",$1))|".replace('\\"', '"'), "node7", "r007"),
        (r"|\D+(\d+)|(sprintf('%03s|%-3d%%%x',$1,$1,255))|".replace("|%-", "_%-"), "n7", "007_7  %ff"),
        (r"|^(\w)(\d+)$|(a2idx($1))-(a2zidx($1))-(uc($1))|", "c3", "3-2-C"),
        (r"|\D+(\d+)\D+(\d+)\D+(\d+)\D+(\d+)|c($1)f($2)x($3)|", "c01f02x03v04", "c01f02x03"),
        (
            r"|\D+(\d+)\D+(\d+)\D+(\d+)\D+(\d+)|dir:///install/vms/vm($4+0)|",
            "c01f02x03v04",
            "dir:///install/vms/vm4",
        ),
        (r"|^.*$||", "n1", ""),
        (r"|zz(\d+)|10.0.0.($1)|", "n1", "n1"),
        (r"|0|x|", "n001-ib", "nx01-ib"),
        (r"|n(?<number>\d+)\z|($1+0)|", "n007", "7"),
        (r"|[[:alpha:]]+(\d+)|($1+0)|", "n007", "7"),
        (r"|n(\d{2}){2}|($1)|", "n0102", "02"),
        (r"|n(\d+)|100%s ($1) 100%|", "n01", "100%s 01 100%"),
        ("|10.0.0.($1+0)|", "node012", "10.0.0.12"),
        ("|rack($1)-u($2)|", "r03n010-x", "rack3-u10"),
        ("|($1)|", "n00", "0"),
        ("|fixed|", "n1", "fixed"),
        (r"/\z/-bmc/", "n1", "n1-bmc"),
        (r"/^n/m/", "n1n", "m1n"),
    ],
)
def test_values(text: str, node: str, expected: str) -> None:
    assert value(text, node) == expected


@pytest.mark.parametrize(
    "text", ["", "x", "|", "||", "/a/b", "/install", "/tftpboot/", "/a/b/c/", "|a|b", "a|b|c"]
)
def test_plain_values_stay_plain(text: str) -> None:
    assert expression(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (r"|n(\d+|x|", "missing ), unterminated subpattern"),
        (r"|(a|b)(\d+)|x|", "a '|' ends the pattern"),
        (r"|(a+)+|x|", "can take for ever"),
        (r"|n|10.($1|", "')' expected"),
        ("|n|(" + "lc(" * 100 + "$1" + ")" * 100 + ")|", "parentheses in each other"),
        (r"|n|(1+)|", "')' has nothing before it"),
        (r"|n|()|", "has nothing before it"),
        (r"|n|(1 2)|", "')' expected before ' 2)'"),
        (r"|n|(system('reboot'))|", "'system' is no function of a row expression"),
        (r"|n|(`reboot`)|", "can't be read"),
        (r"|n|($0)|", "the first is $1"),
        (r"|n|(08)|", "octal"),
        (r"|n|(99999999999999999999)|", "more than 64 bits"),
        ("|n|" + "(" * 60 + "1" + ")" * 60 + "|", "parentheses in each other"),
        ("|n|(" + "1+" * 400 + "1)|", "more than 500"),
        ("|" + "x" * 2000 + "|y|", "characters, more than"),
    ],
)
def test_an_expression_that_can_not_be_read_says_why(text: str, reason: str) -> None:
    with pytest.raises(ExpressionError) as wrong:
        expression(text)
    assert reason in str(wrong.value)


@pytest.mark.parametrize(
    ("text", "node", "reason"),
    [
        (r"|(\D+)(\d+)|($1+1)|", "n1", "'n' is no number"),
        (r"|n(\d+)|(1/$1)|", "n0", "division by zero"),
        (r"|n(\d+)|(1%($1-1))|", "n1", "division by zero"),
        (r"|n(\d+)|(9223372036854775807+$1)|", "n1", "more than 64 bits"),
        (r"|n(\d+)|($1+0)|", "n99999999999999999999", "no number"),
        (r"|n(\d+)|(sprintf('%d'))|", "n1", "no value for '%d'"),
        (r"|n(\d+)|(sprintf('%b',$1))|", "n1", "can't format"),
        (r"|n(\d+)|(a2idx($1))|", "n1", "no single letter"),
    ],
)
def test_a_value_that_can_not_be_worked_out_says_why(text: str, node: str, reason: str) -> None:
    with pytest.raises(ExpressionError) as wrong:
        value(text, node)
    assert reason in str(wrong.value)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+b",
        r"(a*)*b",
        r"(a|aa)+b",
        r"(a|b?)*c",
        r"((a+)b?){3,}",
        r"(\w+\d*)+x",
        ".*" * 7 + "x",
        r"(?:(a)|b)+",
    ],
)
def test_patterns_that_could_take_for_ever_are_refused(pattern: str) -> None:
    with pytest.raises(ExpressionError):
        expression(f"/{pattern}/x/")


Tree = tuple[str, "Tree | int", "Tree | int"] | int
trees = st.recursive(
    st.integers(0, 99), lambda inner: st.tuples(st.sampled_from("+-*/%"), inner, inner), max_leaves=12
)


def written(tree: Tree, tight: bool) -> str:
    if isinstance(tree, int):
        return "$1" if tree == 42 else str(tree)
    sign, left, right = tree
    space = "" if tight else " "
    return f"({written(left, tight)}{space}{sign}{space}{written(right, tight)})"


def counted(tree: Tree) -> int:
    """A `$1` of 42; ZeroDivisionError."""
    if isinstance(tree, int):
        return tree
    sign, left, right = tree[0], counted(tree[1]), counted(tree[2])
    if sign in "+-*":
        return {"+": left + right, "-": left - right, "*": left * right}[sign]
    whole = trunc(Fraction(left, right))
    return whole if sign == "/" else left - whole * right


@given(trees, st.booleans())
def test_arithmetic_is_that_of_fractions_cut_towards_zero(tree: Tree, tight: bool) -> None:
    text = rf"|^n(\d+)$|x({written(tree, tight)})|"
    try:
        expected = f"x{counted(tree)}"
    except ZeroDivisionError:
        with pytest.raises(ExpressionError, match="division by zero"):
            value(text, "n042")
        return
    # A `$1` that stands alone is text, as it was captured.
    assert value(text, "n042") == ("x042" if tree == 42 else expected)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=8), st.data())
def test_products_come_before_sums_and_the_left_before_the_right(numbers: list[int], data: st.DataObject) -> None:
    signs = [data.draw(st.sampled_from("+-*")) for _ in numbers[1:]]
    text = str(numbers[0]) + "".join(f"{sign}{number}" for sign, number in zip(signs, numbers[1:], strict=True))
    terms = [numbers[0]]
    for sign, number in zip(signs, numbers[1:], strict=True):
        if sign == "*":
            terms[-1] *= number
        else:
            terms.append(number if sign == "+" else -number)
    assert value(f"|n|({text})|", "n") == str(sum(terms))


PIECES = [
    "|",
    "/",
    "(",
    ")",
    "$1",
    "${2}",
    "$",
    "+",
    "-",
    "*",
    "%",
    "1",
    "08",
    "n",
    r"(\d+)",
    r"\D",
    ".*",
    "[",
    "]",
    "{2,}",
]
PIECES += [
    "sprintf",
    "'%02d'",
    '"',
    ",",
    "?",
    "\\",
    "^",
    "é",
    " ",
    "a2idx",
    "_",
    ":",
    "<",
    "=",
    "!",
    "P",
    "0x",
    "\n",
]


@given(st.lists(st.sampled_from(PIECES), max_size=14), st.sampled_from("|/"), st.text("n0199é-_.", max_size=12))
def test_whatever_is_written_gives_a_text_or_an_error_that_says_why(
    pieces: list[str], mark: str, node: str
) -> None:
    text = mark + "".join(pieces) + mark
    try:
        work_out = expression(text)
        result = work_out(node) if work_out else text
    except ExpressionError as wrong:
        assert str(wrong)
    else:
        assert isinstance(result, str)
