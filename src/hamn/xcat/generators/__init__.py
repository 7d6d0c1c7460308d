"""Table rows into the text of the files that serve the nodes: names, leases, consoles, exports.

Everything but `written` is pure: rows and the present text in, an iterator of text out, the same for the same
rows. Rows of node tables come resolved: a node's name to its row (`NodeView.all`). A row that can't be used
costs its node only: it is left out and a `Complaint` says so. Whatever depends on which machine writes comes
from `Server`, so that both machines of a pair write the same.
"""
