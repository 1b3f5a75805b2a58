"""An entry on a free port of 127.0.0.1 that takes webmentions, by `webmentions` of PyPI.

Prints the entry's URL. /taken/ gives the webmentions that it has verified as JSON, oldest first.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from webmentions import WebmentionException, WebmentionsHandler, WebmentionsStorage


class Memory(WebmentionsStorage):
    """Keeps each as it comes, so that one that comes twice is seen twice."""

    taken = []

    def store_webmention(self, mention):
        self.taken.append({"source": mention.source, "target": mention.target})

    def delete_webmention(self, source, target, direction):
        self.taken = [one for one in self.taken if one["source"] != source]

    def retrieve_webmentions(self, resource, direction):
        return []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/taken/":
            return self.answer(200, "application/json", json.dumps(Memory.taken))
        page = '<link rel="webmention" href="/webmention"><h1>An entry</h1>'
        return self.answer(200, "text/html", page)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        fields = {name: values[0] for name, values in parse_qs(body).items()}
        try:
            receiver.process_incoming_webmention(fields.get("source"), fields.get("target"))
        except WebmentionException as error:
            return self.answer(400, "text/plain", str(error))
        return self.answer(202, "text/plain", "accepted")

    def answer(self, status, kind, text):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
own = f"http://127.0.0.1:{server.server_port}"
receiver = WebmentionsHandler(Memory(), base_url=own, ssrf_protection=False)
print(own + "/entry", flush=True)
server.serve_forever()
