"""Who is who on 3001/tcp and on the nodes: authority, certificates, host keys; and the tables' first rows."""
