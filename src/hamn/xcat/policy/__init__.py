"""Who may do what: the rows of table `policy`, judged. Pure: rows and a question in, a decision out."""

from __future__ import annotations

from hamn.xcat.policy.complaints import complaints
from hamn.xcat.policy.decision import Asked, Decision, decide

__all__ = ["Asked", "Decision", "complaints", "decide"]
