"""Plays the service that clients ask for their public address, on the loopback interface of a namespace without internet: address.py CERTIFICATE.

An axon that is given no external address asks checkip.amazonaws.com for it. The answer is an address for documentation that no host has (RFC 5737)."""

import http.server
import ssl
import sys


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"192.0.2.1\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 443), Answer)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1])
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
