#!/usr/bin/env bash
# certificates from request to chain: csr, import, check, issue; openssl judges.
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/cli/world.sh"

new_token test
uri='pkcs11:token=test;object'
tagseal() { "$TAGSEAL" "$@"; }
for label in ca sub code other; do
	tagseal key make --token pkcs11:token=test --label $label --algorithm ec-p256 > /dev/null
done

# ---- a request with what the token's maker says of the key
want 0 tagseal certificate self-signed --key "$uri=other" --subject CN=Maker -o maker.pem
cat maker.pem maker.pem > evidence.pem
want 0 tagseal certificate csr --key "$uri=code" --subject 'CN=Acme Code,O=Acme,C=DE' --name dns:acme.example \
    --attestation evidence.pem --attestation-type 1.3.6.1.4.1.99999.1 -o code.csr
want 0 openssl req -in code.csr -verify -noout -text
says "verify OK"
says "DNS:acme.example"
want 0 openssl asn1parse -in code.csr
says "1.2.840.113549.1.9.16.2.59"
says "1.3.6.1.4.1.99999.1"
printf '\x30\x0d\x30\x0b\x30\x09\x06\x03\x2a\x03\x04\x04\x02\x41\x42' > bundle.der
want 0 tagseal certificate csr --key "$uri=code" --subject CN=x --attestation bundle.der -o x.csr
want 0 openssl req -in x.csr -verify -noout
refuses EVIDENCE-MALFORMED 2 tagseal certificate csr --key "$uri=code" --subject CN=x --attestation evidence.pem -o no.csr
refuses EVIDENCE-MALFORMED 2 tagseal certificate csr --key "$uri=code" --subject CN=x --attestation evidence.pem \
    --attestation-type acme -o no.csr
refuses USAGE 2 tagseal certificate csr --key "$uri=code" --subject CN=x --attestation-type 1.2.3 -o no.csr
want 1 test -e no.csr

# ---- an authority of one's own
want 0 tagseal certificate self-signed --key "$uri=ca" --subject 'CN=Test Root,O=Acme' --use authority --days 900 -o ca.pem
issue=(tagseal certificate issue --authority "$uri=ca" --authority-certificate ca.pem)
want 0 tagseal certificate csr --key "$uri=sub" --subject 'CN=Test Issuer,O=Acme' --use authority -o sub.csr
refuses CSR-REFUSED 1 "${issue[@]}" --request sub.csr -o no.pem
refuses ISSUE-AUTHORITY 1 "${issue[@]}" --request sub.csr --use authority --days 901 -o no.pem
want 0 "${issue[@]}" --request sub.csr --use authority --days 800 -o sub.pem
subissue=(tagseal certificate issue --authority "$uri=sub" --authority-certificate sub.pem)
want 0 "${subissue[@]}" --request code.csr --days 90 -o code.pem --json
want 0 jq -e '.days_left == 89 and (.serial | length) >= 30 and .subject == "CN=Acme Code,O=Acme,C=DE"' <<< "$out"
want 0 openssl verify -x509_strict -purpose any -CAfile ca.pem -untrusted sub.pem code.pem
want 0 openssl x509 -in code.pem -noout -ext subjectAltName,extendedKeyUsage,authorityKeyIdentifier
says "DNS:acme.example"
says "Code Signing"
want 0 "${subissue[@]}" --request code.csr --use time-stamping -o stamp.pem
want 0 openssl verify -purpose timestampsign -CAfile ca.pem -untrusted sub.pem stamp.pem
refuses CERTIFICATE-KEY 2 tagseal certificate issue --authority "$uri=other" --authority-certificate ca.pem --request code.csr -o no.pem
refuses ISSUE-AUTHORITY 1 tagseal certificate issue --authority "$uri=code" --authority-certificate code.pem --request code.csr -o no.pem
tagseal certificate csr --key "$uri=other" --subject 'CN=Test Root,O=Acme' -o name.csr 2> /dev/null
refuses CSR-REFUSED 1 "${issue[@]}" --request name.csr -o no.pem
says "the authority's own name"
tagseal certificate csr --key "$uri=ca" --subject CN=x -o name.csr 2> /dev/null
refuses CSR-REFUSED 1 "${issue[@]}" --request name.csr -o no.pem
tagseal certificate csr --key "$uri=other" --subject CN=x --name 'dns:*.acme.example' -o name.csr 2> /dev/null
refuses CSR-REFUSED 1 "${issue[@]}" --request name.csr -o no.pem
openssl req -new -newkey rsa:2048 -nodes -keyout weak.key -subj /CN=weak -out weak.csr 2> /dev/null
refuses KEY-WEAK 1 "${issue[@]}" --request weak.csr -o no.pem
openssl req -new -key weak.key -subj / -out nobody.csr 2> /dev/null
openssl ecparam -name prime256v1 -genkey -noout -out ec.key
openssl req -new -key ec.key -subj / -out nobody.csr 2> /dev/null
refuses CSR-REFUSED 1 "${issue[@]}" --request nobody.csr -o no.pem
openssl req -new -key ec.key -subj /CN=ip -addext subjectAltName=IP:127.0.0.1 -out ip.csr
refuses CSR-REFUSED 1 "${issue[@]}" --request ip.csr -o no.pem
# Without proof of possession, cut, and with more behind it.
openssl req -in code.csr -outform DER -out code.der
python3 - <<'EOF'
d = bytearray(open("code.der", "rb").read())
open("long.der", "wb").write(d + b"\0")
open("cut.der", "wb").write(d[:-9])
at = d.index(b"Acme Code")
d[at] ^= 1
open("forged.der", "wb").write(d)
EOF
refuses CSR-PROOF 1 "${issue[@]}" --request forged.der -o no.pem
refuses CSR-MALFORMED 2 "${issue[@]}" --request long.der -o no.pem
refuses CSR-MALFORMED 2 "${issue[@]}" --request cut.der -o no.pem
refuses CSR-MALFORMED 2 "${issue[@]}" --request ca.pem -o no.pem
want 1 test -e no.pem

# ---- what an authority returns, in every form
csplit -sz -f part- code.pem '/BEGIN/' '{*}'
mkdir issuers
mv part-01 issuers/sub.crt
openssl x509 -in ca.pem -outform DER -out issuers/root.der
echo 'not a certificate' > issuers/README
openssl x509 -in part-00 -outform DER -out leaf.der
openssl crl2pkcs7 -nocrl -certfile code.pem -out bag.p7b
openssl crl2pkcs7 -nocrl -certfile code.pem -outform DER -out bag.der
openssl base64 -in bag.der -out bag.b64
{ cat ca.pem; openssl x509 -in code.pem -text; cat issuers/sub.crt weak.csr; } > mixed.pem
import=(tagseal certificate import --request code.csr)
for form in bag.p7b bag.der bag.b64 mixed.pem code.pem; do
	want 0 "${import[@]}" -o out.pem $form
	same out.pem code.pem
	rm -f out.pem
done
want 0 "${import[@]}" -o out.pem mixed.pem
says "1 other things in it were passed over"
for form in leaf.der part-00; do
	want 0 tagseal certificate import --key "$uri=code" --chain-from issuers -o out.pem $form
	same out.pem code.pem
	rm -f out.pem
done
refuses CERTIFICATE-NO-PATH 1 "${import[@]}" -o out.pem leaf.der
says '"CN=Test Issuer,O=Acme" is missing'
says "--chain-from"
rm issuers/root.der
refuses CERTIFICATE-NO-PATH 1 "${import[@]}" --chain-from issuers -o out.pem leaf.der
says '"CN=Test Root,O=Acme" is missing'
want 0 "${import[@]}" --chain-from issuers --no-root -o out.pem leaf.der --json
want 0 jq -e '.certificates | length == 2' <<< "$out"
want 0 openssl verify -partial_chain -CAfile issuers/sub.crt out.pem
rm -f out.pem

# ---- what must not become a file
refuses USAGE 2 tagseal certificate import -o out.pem code.pem
refuses USAGE 2 "${import[@]}" --use authority -o out.pem code.pem
refuses CERTIFICATE-KEY 2 tagseal certificate import --key "$uri=other" -o out.pem code.pem
refuses CERTIFICATE-PURPOSE 1 "${import[@]}" -o out.pem stamp.pem
refuses CERTIFICATE-PURPOSE 1 "${import[@]}" --use time-stamping -o out.pem code.pem
want 0 "${import[@]}" --use time-stamping -o out.pem stamp.pem
rm -f out.pem
refuses FILE-MISSING 2 "${import[@]}" --chain-from nowhere -o out.pem leaf.der
echo '<!DOCTYPE html><html>Log in</html>' > page.cer
refuses BAG-WEB-PAGE 2 "${import[@]}" -o out.pem page.cer
{ cat leaf.der; printf x; } > long.cer
refuses BAG-MALFORMED 2 "${import[@]}" -o out.pem long.cer
says "1 bytes follow"
head -c 300 leaf.der > cut.cer
refuses CERTIFICATE-MALFORMED 2 "${import[@]}" -o out.pem cut.cer
head -c 300 bag.der > cut.p7b
refuses BAG-MALFORMED 2 "${import[@]}" -o out.pem cut.p7b
echo 'hello, world' > text.cer
refuses BAG-MALFORMED 2 "${import[@]}" -o out.pem text.cer
refuses CERTIFICATE-NONE 2 "${import[@]}" -o out.pem code.csr
python3 - <<'EOF'
# PKCS#7 with 10,000 certificates, all the same and so small that 1 MiB holds them; with the leaf.
def tlv(tag, body):
    n = len(body)
    size = bytes([n]) if n < 128 else (lambda b: bytes([0x80 | len(b)]) + b)(n.to_bytes((n.bit_length() + 7) // 8, "big"))
    return bytes([tag]) + size + body
def bag(certificates, name):
    data = tlv(2, b"\1") + tlv(0x31, b"") + tlv(0x30, bytes.fromhex("06092a864886f70d010701"))
    data += tlv(0xa0, certificates) + tlv(0x31, b"")
    open(name, "wb").write(tlv(0x30, bytes.fromhex("06092a864886f70d010702") + tlv(0xa0, tlv(0x30, data))))
leaf = open("leaf.der", "rb").read()
bag(tlv(0x30, b"\5\0" * 30) * 10000 + leaf, "many.p7b")
bag(leaf * 10000, "large.p7b")
EOF
started=$SECONDS
refuses LIMIT-SIZE 2 "${import[@]}" -o out.pem many.p7b
says "10001 certificates"
refuses LIMIT-SIZE 2 "${import[@]}" -o out.pem large.p7b
if ((SECONDS - started < 5)); then pass; else fail "large bags take $((SECONDS - started)) s"; fi
want 1 test -e out.pem

# Dates, broken links, a CA that is none, depth, and a loop of two authorities: made by openssl.
cat > ca.cnf <<'EOF'
[a]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
[flat]
basicConstraints=critical,CA:TRUE,pathlen:0
keyUsage=critical,keyCertSign,cRLSign
[leaf]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=codeSigning
EOF
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
# certify NAME SUBJECT KEY ISSUER ISSUERKEY SECTION OPTIONS…
certify() {
	local name=$1 subject=$2 key=$3 issuer=$4 by=$5 section=$6; shift 6
	openssl req -new -key "$key.key" -subj "$subject" -out r.csr
	openssl x509 -req -in r.csr -CA "$issuer.crt" -CAkey "$by.key" -set_serial "0x$(openssl rand -hex 10)" \
	    -extfile ca.cnf -extensions "$section" -out "$name.crt" "$@" 2> /dev/null
}
for k in r x y l; do key $k; done
openssl req -x509 -new -key r.key -subj /CN=R -days 99 -config <(printf '[req]\ndistinguished_name=d\n[d]\n') \
    -addext basicConstraints=critical,CA:TRUE,pathlen:1 -addext keyUsage=critical,keyCertSign -out r.crt
cp r.crt x0.crt
certify x /CN=X x r r flat -days 50
certify y /CN=Y y x x a -days 50
certify l /CN=L l x x leaf -days 50
openssl req -new -key l.key -subj /CN=L -out l.csr
import=(tagseal certificate import --request l.csr -o out.pem)
cat l.crt r.crt x.crt > good.pem
want 0 "${import[@]}" good.pem
want 0 openssl verify -CAfile r.crt -untrusted x.crt out.pem
rm out.pem
certify deep /CN=L l y y leaf -days 50
cat deep.crt y.crt x.crt r.crt > deep.pem
refuses CERTIFICATE-INVALID 1 "${import[@]}" deep.pem
says "path length"
certify none /CN=X x r r leaf -days 50
cat l.crt none.crt r.crt > none.pem
refuses CERTIFICATE-INVALID 1 "${import[@]}" none.pem
openssl x509 -in l.crt -outform DER -out l.der
python3 -c 'd = bytearray(open("l.der", "rb").read()); d[-1] ^= 1; open("l.der", "wb").write(d)'
openssl x509 -in l.der -inform DER -out forged.crt
cat forged.crt x.crt r.crt > forged.pem
refuses SIGNATURE-BAD 1 "${import[@]}" forged.pem
certify xy /CN=X x y y a -days 50
cat l.crt xy.crt y.crt > loop.pem
refuses CERTIFICATE-NO-PATH 1 "${import[@]}" loop.pem
says "lead in a circle"
refuses CERTIFICATE-NO-PATH 1 "${import[@]}" --no-root loop.pem
cat l.crt xy.crt y.crt x.crt r.crt > cross.pem
want 0 "${import[@]}" cross.pem
same <(grep -c BEGIN out.pem) <(echo 3)
rm out.pem
faketime=$(date -u -d '60 days ago' +%y%m%d%H%M%SZ)
openssl req -new -key l.key -subj /CN=L -out r.csr
: > index.txt
for dates in "expired $faketime $(date -u -d yesterday +%y%m%d%H%M%SZ)" \
    "future $(date -u -d '+9 days' +%y%m%d%H%M%SZ) $(date -u -d '+20 days' +%y%m%d%H%M%SZ)"; do
	read -r name from to <<< "$dates"
	printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\npolicy=p\ndefault_md=sha256\nrand_serial=yes\nunique_subject=no\n[p]\ncommonName=supplied\n' > db.cnf
	openssl ca -batch -notext -config db.cnf -extfile ca.cnf -extensions leaf -cert x.crt -keyfile x.key \
	    -startdate "$from" -enddate "$to" -in r.csr -out $name.crt 2> /dev/null
	cat $name.crt x.crt r.crt > $name.pem
done
refuses CERTIFICATE-EXPIRED 1 "${import[@]}" expired.pem
refuses CERTIFICATE-NOT-YET 1 "${import[@]}" future.pem
want 1 test -e out.pem
# Of a renewal and the old one, the newer is taken; CRLs are passed over.
openssl ca -gencrl -config db.cnf -cert x.crt -keyfile x.key -crldays 5 -out crl.pem 2> /dev/null
openssl crl2pkcs7 -in crl.pem -certfile good.pem -certfile expired.pem -out both.p7b
want 0 "${import[@]}" both.p7b
says "1 revocation lists"
rm out.pem

# ---- issuers by their addresses, only when asked
mkdir www
openssl x509 -in x.crt -outform DER -out www/x.cer
openssl crl2pkcs7 -nocrl -certfile r.crt -outform DER -out www/r.p7c
echo '<html>gone</html>' > www/page
python3 - > port <<'EOF' &
import functools, http.server
class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory="www"))
print(server.server_port, flush=True)
server.serve_forever()
EOF
server=$!
until [[ -s port ]]; do sleep 0.05; done
web=http://127.0.0.1:$(<port)
cat >> ca.cnf <<EOF
[fetched]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign
authorityInfoAccess=caIssuers;URI:$web/r.p7c
[away]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=codeSigning
authorityInfoAccess=caIssuers;URI:ldap://127.0.0.1/,caIssuers;URI:$web/none,caIssuers;URI:$web/x.cer
[page]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=codeSigning
authorityInfoAccess=caIssuers;URI:$web/page
EOF
certify x /CN=X x r r fetched -days 50
openssl x509 -in x.crt -outform DER -out www/x.cer
certify away /CN=L l x x away -days 50
certify page /CN=L l x x page -days 50
refuses CERTIFICATE-NO-PATH 1 "${import[@]}" away.crt
want 0 "${import[@]}" --fetch --json away.crt
want 0 jq -e '(.certificates | length == 3) and (.fetched | length == 3)' <<< "$out"
want 0 openssl verify -CAfile r.crt -untrusted x.crt out.pem
rm out.pem
refuses BAG-WEB-PAGE 2 "${import[@]}" --fetch page.crt
want 1 test -e out.pem
kill $server
wait $server 2> /dev/null || true

# ---- the rules for public certificates
want 0 tagseal certificate check code.pem
says "89 days left"
says "no http address in cRLDistributionPoints (CSBR 7.1.2.3 b)"
says_not "460"
want 1 tagseal certificate check --strict code.pem
want 0 tagseal certificate check --json stamp.pem code.pem
want 0 jq -e 'length == 2 and .[0].use == "time-stamping" and all(.[]; .valid_now) and
    [.[1].warnings[].rule] == ["CSBR 7.1.2.3 b", "CSBR 7.1.2.3 c", "CSBR 7.1.2.3 a"]' <<< "$out"
mkdir -p repo/certificates
cp code.pem repo/certificates/
printf 'kind: x509\ncertificate: code.pem\n' > repo/certificates/acme.yaml
want 0 tagseal certificate check --config repo acme
says "repo/certificates/code.pem: for code signing"
want 0 tagseal certificate check repo/certificates/acme.yaml
echo 'kind: x509' > repo/certificates/none.yaml
refuses CERTIFICATE-NONE 2 tagseal certificate check --config repo none
refuses FILE-MISSING 2 tagseal certificate check acme
want 1 tagseal certificate check expired.pem
says "ran out"
want 0 "${subissue[@]}" --request code.csr --days 461 -o long.pem
want 0 tagseal certificate check long.pem
says "CSC-31"
openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -days 10 -subj /CN=bad -sha1 \
    -addext extendedKeyUsage=serverAuth,anyExtendedKeyUsage -addext keyUsage=keyEncipherment -out bad.pem 2> /dev/null
want 0 tagseal certificate check bad.pem
for what in "RSA key of less than 3072" "SHA-256 or better" "no code signing" anyExtendedKeyUsage serverAuth \
    "no digitalSignature" "keyUsage is not critical" "certificate authority" self-signed; do
	says "$what"
done
