# In pelicanconf.py:
TRACKBACK = "https://blog.example/cgi-bin/tb.cgi"
