//! Pings from the shell to real installations: `tb serve`, and `tb.cgi` under Apache.
