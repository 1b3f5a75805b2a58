#!/bin/sh
# Python's own web server (until 3.14), to try the program on a machine that has nothing else.
# It always says 200, so redirects after a form do not work in a browser: not for the public.
#
# /var/www/blog holds your pages, /var/www/blog/tb the feeds (rss_dir), /var/www/blog/cgi-bin the
# program tb.cgi with its tb.toml. The pings (data_dir) lie elsewhere.
exec /usr/bin/python3 -m http.server --cgi --bind 127.0.0.1 --directory /var/www/blog 8080
