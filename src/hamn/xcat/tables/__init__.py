"""The tables of a management node, their rows, their dumps, and the objects that commands make of them."""

from hamn.xcat.tables.table import TABLES, Row, Table, is_disabled

__all__ = ["TABLES", "Row", "Table", "is_disabled"]
