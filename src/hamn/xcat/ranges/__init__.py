"""Which nodes a text means, and what attributes a node has. Pure: rows and texts in, names and values out."""

from hamn.xcat.ranges.arithmetic import ExpressionError
from hamn.xcat.ranges.expressions import expression
from hamn.xcat.ranges.names import Names
from hamn.xcat.ranges.noderange import expand
from hamn.xcat.ranges.nodes import NodeView
from hamn.xcat.ranges.numbered import RangeError
from hamn.xcat.ranges.patterns import PatternError

__all__ = ["ExpressionError", "Names", "NodeView", "PatternError", "RangeError", "expand", "expression"]
