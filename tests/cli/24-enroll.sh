#!/usr/bin/env bash
# certificate enroll and renew against an EST server written from RFC 7030.
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/cli/world.sh"

new_token test
uri='pkcs11:token=test;object'
for label in code other; do
	"$TAGSEAL" key make --token pkcs11:token=test --label $label --algorithm ec-p256 > /dev/null
done
"$TAGSEAL" certificate csr --key "$uri=code" --subject 'CN=Acme Code,O=Acme' --name dns:acme.example -o code.csr 2> /dev/null
"$TAGSEAL" certificate csr --key "$uri=other" --subject 'CN=Other,O=Acme' -o other.csr 2> /dev/null

# Two authorities: one issues, one vouches for the server and its clients.
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
for name in ca tls; do
	key $name
	openssl req -x509 -new -key $name.key -subj "/CN=$name" -days 99 -out $name.pem \
	    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2> /dev/null
done
for name in server client; do
	key $name
	openssl req -new -key $name.key -subj "/CN=$name" -out r.csr
	openssl x509 -req -in r.csr -CA tls.pem -CAkey tls.key -CAcreateserial -days 9 -out $name.pem \
	    -extfile <(printf 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=%sAuth\n' $name) 2> /dev/null
done
printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\nsubjectAltName=DNS:acme.example\n' > leaf.cnf
printf 'extendedKeyUsage=serverAuth\n' > server.cnf

cat > est.py <<'EOF'
# A small EST server (RFC 7030): cacerts, simpleenroll, simplereenroll.
# What it does next is the word in the file "mood".
import base64, http.server, ssl, subprocess

def run(*command, data=None):
    return subprocess.run(command, input=data, check=True, capture_output=True).stdout

def certs_only(*files):
    arguments = [word for file in files for word in ("-certfile", file)]
    return base64.encodebytes(run("openssl", "crl2pkcs7", "-nocrl", "-outform", "DER", *arguments))

class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_): pass
    def say(self, status, body, **headers):
        self.send_response(status)
        self.send_header("Content-Type", headers.pop("type", "application/pkcs7-mime; smime-type=certs-only"))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        if self.path != "/.well-known/est/cacerts":
            return self.say(404, b"nothing here\n", type="text/plain")
        self.say(200, b"<html>" if mood() == "page" else certs_only("ca.pem"))
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        known = self.headers.get("Authorization") == "Basic " + base64.b64encode(b"release:geheim").decode()
        shown = bool(self.connection.getpeercert())
        verb = self.path.rsplit("/", 1)[1]
        if not (shown or known and verb == "simpleenroll"):
            return self.say(401, b"who are you?\nmore\n", type="text/plain", WWW_Authenticate="Basic realm=est")
        assert self.headers["Content-Type"] == "application/pkcs10"
        now = mood()
        if now == "later":
            open("mood", "w").write("good")
            return self.say(202, b"an operator must agree\n", type="text/plain", Retry_After="1")
        if now == "never":
            return self.say(202, b"", type="text/plain", Retry_After="3600")
        if now == "moved":
            return self.say(302, b"", Location="https://127.0.0.1/")
        if now in ("broken", "large"):
            return self.say(200, b"AAAA" * (5 if now == "broken" else 300000))
        open("asked.der", "wb").write(base64.b64decode(body))
        request = ["-in", "asked.der", "-inform", "DER"] if now != "stranger" else ["-in", "other.csr"]
        run("openssl", "x509", "-req", *request, "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30",
            "-extfile", "server.cnf" if now == "purpose" else "leaf.cnf", "-out", "issued.pem")
        self.say(200, certs_only("issued.pem"), Content_Transfer_Encoding="base64")

def mood():
    return open("mood").read().strip()

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("server.pem", "server.key")
context.load_verify_locations("tls.pem")
context.verify_mode = ssl.CERT_OPTIONAL
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
EOF
echo good > mood
python3 est.py > port 2> est.log &
until [[ -s port ]]; do sleep 0.05; done
est=https://127.0.0.1:$(<port)
printf 'geheim\n' > password
chmod 600 password
who=(--user release --password-file password)
shown=(--client-certificate client.pem --client-key client.key)
base=("$TAGSEAL" certificate enroll --est "$est" --est-roots tls.pem -o out.pem)
enroll=("${base[@]}" --request code.csr)

# ---- a certificate, by password and by client certificate
want 0 "${enroll[@]}" "${who[@]}"
says "CN=Acme Code"
want 0 openssl verify -CAfile ca.pem out.pem
same <(grep -c BEGIN out.pem) <(echo 2)
same <(openssl x509 -in out.pem -noout -pubkey) <(openssl req -in code.csr -noout -pubkey)
same asked.der <(openssl req -in code.csr -outform DER)
rm out.pem
want 0 "$TAGSEAL" certificate enroll --est "$est/.well-known/est/" --est-roots tls.pem --request code.csr -o out.pem "${shown[@]}" --json
want 0 jq -e '.certificates | length == 2' <<< "$out"

# ---- renewal: the same names, a client certificate
cp out.pem current.pem
renew=("$TAGSEAL" certificate renew --certificate current.pem --est "$est" --est-roots tls.pem -o out.pem)
want 0 "${renew[@]}" --request code.csr "${shown[@]}"
if cmp -s out.pem current.pem; then fail "nothing was renewed"; else pass; fi
cp out.pem kept.pem
refuses CSR-REFUSED 1 "${renew[@]}" --request other.csr "${shown[@]}"
refuses EST-REFUSED 1 "${renew[@]}" --request code.csr "${who[@]}"
refuses USAGE 2 "$TAGSEAL" certificate renew --est "$est" --request code.csr -o out.pem
same out.pem kept.pem

# ---- refused, later, and never a half-written file
refuses EST-REFUSED 1 "${enroll[@]}"
says "status 401: who are you?"
echo wrong > wrong
chmod 600 wrong
refuses EST-REFUSED 1 "${enroll[@]}" --user release --password-file wrong
chmod 644 wrong
refuses SECRET-EXPOSED 1 "${enroll[@]}" --user release --password-file wrong
refuses USAGE 2 "${enroll[@]}" --user release
refuses USAGE 2 "$TAGSEAL" certificate enroll --est "http://127.0.0.1" --request code.csr -o out.pem
refuses NET-TLS 5 "$TAGSEAL" certificate enroll --est "$est" --est-roots ca.pem --request code.csr -o out.pem "${who[@]}"
refuses NET-STATUS 5 "$TAGSEAL" certificate enroll --est "$est/.well-known/est/none" --est-roots tls.pem --request code.csr -o out.pem "${who[@]}"
refuses FILE-MISSING 2 "${enroll[@]}" --client-certificate none.pem
echo later > mood
refuses EST-PENDING 3 "${enroll[@]}" "${who[@]}"
echo later > mood
want 0 "${enroll[@]}" "${who[@]}" --wait 20s
cp out.pem kept.pem
echo never > mood
refuses EST-PENDING 3 "${enroll[@]}" "${who[@]}" --wait 20s
says "3600 seconds"
refuses USAGE 2 "${enroll[@]}" "${who[@]}" --wait 8d
for case in 'page BAG-WEB-PAGE 2' 'moved NET-REDIRECT 1' 'broken CERTIFICATE-MALFORMED 2' 'large NET-LARGE 2' \
    'stranger CERTIFICATE-KEY 2' 'purpose CERTIFICATE-PURPOSE 1'; do
	read -r mood code exit <<< "$case"
	echo "$mood" > mood
	refuses "$code" "$exit" "${enroll[@]}" "${who[@]}"
done
echo good > mood
openssl req -in code.csr -outform DER -out forged.der
python3 -c 'd = bytearray(open("forged.der", "rb").read()); d[-1] ^= 1; open("forged.der", "wb").write(d)'
refuses CSR-PROOF 1 "${base[@]}" --request forged.der "${who[@]}"
same out.pem kept.pem
