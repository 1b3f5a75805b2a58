#!/bin/sh
# BusyBox's web server, for routers and the like. It runs whatever is executable in
# /var/www/blog/cgi-bin; tb.toml beside tb.cgi must not be (mode 0600).
#
# /var/www/blog holds your pages, /var/www/blog/tb the feeds (rss_dir). The pings (data_dir) lie
# elsewhere.
exec busybox httpd -f -p 127.0.0.1:8080 -h /var/www/blog
