#!/usr/bin/env bash
# verify --fetch-crl: revocation lists from where the certificates say.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=../formats/pki.sh
. "$SOURCE/tests/formats/pki.sh"
pki=$WORLD/pki
pki_make
verify=("$TAGSEAL" verify --roots "$pki/ca.pem" --fetch-crl)

# A server of the folder www; what it is asked for is in server.log.
mkdir www && mkfifo ready
python3 -u - > ready 2> server.log <<-'PY' &
	import functools, http.server
	handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory="www")
	server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
	print(server.server_port, flush=True)
	server.serve_forever()
PY
server=$!
read -r port < ready
asked() { grep -c "GET /$1 " server.log || true; }

# ---- a signer whose certificate names three places; the list is at the last
cat >> "$pki/ca.cnf" <<EOF
[v3_net]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = codeSigning
crlDistributionPoints = URI:ldap://127.0.0.1/cn=ca,URI:http://127.0.0.1:$port/gone.crl,URI:http://127.0.0.1:$port/ca.crl
[v3_tsa_net]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation
extendedKeyUsage = critical,timeStamping
crlDistributionPoints = URI:http://127.0.0.1:$port/ca.crl
EOF
(cd "$pki" && pki_issue net rsa:3072 v3_net && pki_issue tsa rsa:3072 v3_tsa_net)
echo 'int main(void) { return 0; }' > hello.c
x86_64-w64-mingw32-gcc -s -o plain.exe hello.c
# sign KEY OUT [OPTION…]
sign() {
	osslsigncode sign -certs "$pki/$1.pem" -key "$pki/$1.key" -h sha256 "${@:3}" -in plain.exe -out "$2" > log
}
sign net signed.exe
sign net stamped.exe -TSA-certs "$pki/tsa.pem" -TSA-key "$pki/tsa.key"
sign code silent.exe

cat > crl.cnf <<EOF
[ca]
default_ca = it
[it]
database = $WORLD/index.txt
default_md = sha256
default_crl_days = 9
EOF
# publish [CERTIFICATE]: the list, with it or empty.
publish() {
	: > index.txt
	[[ $# -eq 0 ]] || printf 'R\t400101000000Z\t240101000000Z,superseded\t%s\tunknown\t/CN=any\n' \
	    "$(openssl x509 -in "$pki/$1.pem" -noout -serial | cut -d= -f2)" > index.txt
	openssl ca -config crl.cnf -gencrl -cert "$pki/ca.pem" -keyfile "$pki/ca.key" 2> log |
	    openssl crl -outform DER -out www/ca.crl
}
publish

# ---- good, and asked for once
want 0 "${verify[@]}" --json signed.exe
want_same true "$(jq .revocation_judged <<< "$out")" judged
want_same 3 "$(jq '.artifacts[0].answer.files[0].signatures[0].crl_urls[0] | length' <<< "$out")" places
want_same 1 "$(asked ca.crl)" fetched
want 0 "${verify[@]}" signed.exe stamped.exe
want_same 2 "$(asked ca.crl)" fetched
want 0 "$TAGSEAL" verify --roots "$pki/ca.pem" signed.exe
want_same 2 "$(asked ca.crl)" 'not fetched'

# ---- revoked: the signer, the authority
publish net
refuses CERTIFICATE-REVOKED 1 "${verify[@]}" signed.exe
publish tsa
want 0 "${verify[@]}" signed.exe
refuses CERTIFICATE-REVOKED 1 "${verify[@]}" stamped.exe
says 'CN=Acme tsa'

# ---- nobody is asked for the sake of a bad file
before=$(wc -l < server.log)
cp signed.exe bad.exe && printf x | dd of=bad.exe bs=1 seek=600 conv=notrunc status=none
want 1 "${verify[@]}" bad.exe
want 3 "${verify[@]}" plain.exe
want 1 "$TAGSEAL" verify --roots "$pki/tsa.pem" --fetch-crl signed.exe
want_same "$before" "$(wc -l < server.log)" 'requests'

# ---- none named, none given, no list at all, nobody there
refuses CRL-MISSING 1 "${verify[@]}" silent.exe
says 'no certificate says where'
refuses CERTIFICATE-REVOKED 1 "${verify[@]}" --crl www/ca.crl stamped.exe
echo 'no list' > www/ca.crl
refuses CRL-MALFORMED 2 "${verify[@]}" signed.exe
rm www/ca.crl
refuses NET-STATUS 5 "${verify[@]}" signed.exe
says "http://127.0.0.1:$port/ca.crl"
kill $server && wait $server 2> /dev/null || true
refuses NET-UNREACHABLE 5 "${verify[@]}" signed.exe
want 5 "${verify[@]}" --json signed.exe
want_same '"not judged"' "$(jq .verdict <<< "$out")" verdict

refuses USAGE 2 "$TAGSEAL" verify --fetch-crl signed.exe
refuses USAGE 2 "${verify[@]}" --catalog signed.exe signed.exe
