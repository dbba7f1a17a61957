"""A timestamp authority of the kind before RFC 3161, for tests.

    old_authority.py CERTIFICATE KEY DIGEST VALUE-SIZE

Takes what osslsigncode -t posts (base64 of a SEQUENCE that ends with the
signature value), has openssl sign the value as PKCS #7 with a signing time, and
answers with base64. Prints its address first.
"""
import base64
import http.server
import subprocess
import sys

CERTIFICATE, KEY, DIGEST, SIZE = sys.argv[1:]


class Authority(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        value = base64.b64decode(body)[-int(SIZE):]
        made = subprocess.run(
            ["openssl", "smime", "-sign", "-binary", "-nodetach",
             "-nosmimecap", "-outform", "DER", "-md", DIGEST,
             "-signer", CERTIFICATE, "-inkey", KEY],
            input=value, stdout=subprocess.PIPE, check=True).stdout
        answer = base64.encodebytes(made)
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Authority)
print(f"http://127.0.0.1:{server.server_port}/", flush=True)
server.serve_forever()
