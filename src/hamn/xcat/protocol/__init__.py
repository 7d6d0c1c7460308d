"""What is said on 3001/tcp: requests and responses, read within limits and written as xCAT writes them.

Standard library without `dataclasses`, `typing` or an XML parser: the client has 0.15 s for everything.
"""
