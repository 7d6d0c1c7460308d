"""Which nodes a text means, and what attributes a node has. Pure: rows and texts in, names and values out."""
