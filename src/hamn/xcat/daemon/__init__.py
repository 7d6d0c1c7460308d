"""xcatd: who may, does; over TLS on 3001, for nodes on 3001/udp and 3002."""
