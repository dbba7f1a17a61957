#!/usr/bin/env bash
# verify --ocsp and --fetch-ocsp: answers of a responder, which is openssl's.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=../formats/pki.sh
. "$SOURCE/tests/formats/pki.sh"
pki=$WORLD/pki
ca_usage=digitalSignature
pki_make
verify=("$TAGSEAL" verify --roots "$pki/ca.pem")

# revoke [CERTIFICATE DATE REASON]: what the responder knows from now on.
revoke() {
	local name serial
	for name in code tsa net net_tsa; do
		[[ -e $pki/$name.pem ]] || continue
		serial=$(openssl x509 -in "$pki/$name.pem" -noout -serial | cut -d= -f2)
		if [[ ${1-} == "$name" ]]; then
			printf 'R\t400101000000Z\t%s,%s\t%s\tunknown\t/CN=%s\n' "$2" "$3" "$serial" "$name"
		else
			printf 'V\t400101000000Z\t\t%s\tunknown\t/CN=%s\n' "$serial" "$name"
		fi
	done > index.txt
}
# answer OUT CERTIFICATE SIGNER [OPTION…]: an answer of the responder in a file.
answer() {
	openssl ocsp -sha1 -issuer "$pki/ca.pem" -cert "$pki/$2.pem" -no_nonce -reqout question > /dev/null
	openssl ocsp -index index.txt -CA "$pki/ca.pem" -rsigner "$pki/$3.pem" -rkey "$pki/$3.key" \
	    -reqin question -respout "$1" "${@:4}" > log 2>&1 || { cat log; fail "$1"; }
}
day=(-ndays 1)

# ---- delegates: a good one, a doubtful one, one of another authority
cat >> "$pki/ca.cnf" <<EOF
[v3_ocsp]
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
noCheck = yes
[v3_doubtful]
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
EOF
(cd "$pki" && pki_issue ocsp ec:P-256 v3_ocsp && pki_issue doubtful ec:P-256 v3_doubtful)
mkdir other
(pki=$WORLD/other && pki_make && cd "$pki" && cp ../pki/ca.cnf . && pki_issue ocsp ec:P-256 v3_ocsp)
cp other/ocsp.pem "$pki/foreign.pem"
cp other/ocsp.key "$pki/foreign.key"

echo 'int main(void) { return 0; }' > hello.c
x86_64-w64-mingw32-gcc -s -o plain.exe hello.c
# sign KEY OUT [OPTION…]
sign() {
	osslsigncode sign -certs "$pki/$1.pem" -key "$pki/$1.key" -h sha256 "${@:3}" -in plain.exe -out "$2" > log
}
sign code signed.exe
sign code stamped.exe -TSA-certs "$pki/tsa.pem" -TSA-key "$pki/tsa.key"

# ---- good: by the issuer, by its delegate
revoke
answer issuer.der code ca "${day[@]}"
answer by-key.der code ca "${day[@]}" -resp_key_id
answer code.der code ocsp "${day[@]}"
answer tsa.der tsa ocsp "${day[@]}"
want 0 "${verify[@]}" --ocsp issuer.der signed.exe
want 0 "${verify[@]}" --ocsp by-key.der signed.exe
want 0 "${verify[@]}" --ocsp code.der --json signed.exe
want_same true "$(jq .revocation_judged <<< "$out")" judged
want 0 "${verify[@]}" --ocsp code.der --ocsp tsa.der stamped.exe
refuses OCSP-MISSING 1 "${verify[@]}" --ocsp code.der stamped.exe
says 'CN=Acme tsa'
refuses OCSP-MISSING 1 "${verify[@]}" --ocsp tsa.der signed.exe

# ---- others have no say
for name in foreign code tsa doubtful; do
	answer $name.bad code $name "${day[@]}"
	refuses OCSP-SIGNER 1 "${verify[@]}" --ocsp $name.bad signed.exe
done
says 'may be revoked'
# A good answer beside theirs is enough.
want 0 "${verify[@]}" --ocsp foreign.bad --ocsp code.der --ocsp doubtful.bad signed.exe

# ---- an answer without an end
answer endless.der code ocsp
refuses OCSP-STALE 1 "${verify[@]}" --ocsp endless.der signed.exe

# ---- revoked: before and after the timestamp, or nobody knows when
revoke code 240101000000Z superseded
answer gone.der code ocsp "${day[@]}"
refuses CERTIFICATE-REVOKED 1 "${verify[@]}" --ocsp gone.der signed.exe
says 'as of 2024-01-01'
refuses CERTIFICATE-REVOKED 1 "${verify[@]}" --ocsp gone.der --ocsp tsa.der stamped.exe
refuses CERTIFICATE-REVOKED 1 "${verify[@]}" --ocsp code.der --ocsp gone.der signed.exe
revoke code 400101000000Z superseded
answer later.der code ocsp "${day[@]}"
want 0 "${verify[@]}" --ocsp later.der --ocsp tsa.der stamped.exe
revoke code 400101000000Z keyCompromise
answer lost.der code ocsp "${day[@]}"
refuses CERTIFICATE-REVOKED 1 "${verify[@]}" --ocsp lost.der --ocsp tsa.der stamped.exe
says 'in wrong hands'
revoke tsa 240101000000Z superseded
answer tsa-gone.der tsa ocsp "${day[@]}"
refuses CERTIFICATE-REVOKED 1 "${verify[@]}" --ocsp code.der --ocsp tsa-gone.der stamped.exe
: > index.txt
answer unknown.der code ocsp "${day[@]}"
refuses OCSP-UNKNOWN 1 "${verify[@]}" --ocsp unknown.der signed.exe

# ---- a list and an answer: either covers, either revokes
cat > crl.cnf <<EOF
[ca]
default_ca = it
[it]
database = $WORLD/index.txt
default_md = sha256
default_crl_days = 9
EOF
openssl ca -config crl.cnf -gencrl -cert "$pki/ca.pem" -keyfile "$pki/ca.key" -out ca.crl 2> log
want 0 "${verify[@]}" --crl ca.crl --ocsp unknown.der stamped.exe
refuses CERTIFICATE-REVOKED 1 "${verify[@]}" --crl ca.crl --ocsp gone.der stamped.exe

# ---- what is no answer
printf '\x30\x03\x0a\x01\x06' > unauthorized.der
refuses OCSP-REFUSED 1 "${verify[@]}" --ocsp unauthorized.der signed.exe
says 'unauthorized'
refuses OCSP-MALFORMED 2 "${verify[@]}" --ocsp hello.c signed.exe
head -c 300 code.der > cut.der
refuses OCSP-MALFORMED 2 "${verify[@]}" --ocsp cut.der signed.exe
answer sha1.der code ca "${day[@]}" -rmd sha1
refuses OCSP-UNSUPPORTED 2 "${verify[@]}" --ocsp sha1.der signed.exe
refuses FILE-MISSING 2 "${verify[@]}" --ocsp nowhere.der signed.exe
refuses USAGE 2 "$TAGSEAL" verify --ocsp code.der signed.exe
refuses USAGE 2 "$TAGSEAL" verify --fetch-ocsp signed.exe
refuses USAGE 2 "${verify[@]}" --fetch-ocsp --catalog signed.exe signed.exe
says 'use --ocsp'

# ---- asked where the certificates say
# respond: a responder; its port is in $port, what it was asked in asked.log.
respond() {
	# Emptied here: the background may be late, and the last one's words stand there.
	: > asked.log
	: > responder.log
	openssl ocsp -index index.txt -CA "$pki/ca.pem" -rsigner "$pki/ocsp.pem" -rkey "$pki/ocsp.key" \
	    -port "${port:-0}" -ndays 1 -text >> asked.log 2>> responder.log &
	responder=$!
	for _ in {1..100}; do grep -q ^ACCEPT asked.log responder.log && break; sleep 0.1; done
	port=$(cat asked.log responder.log | sed -n 's/^ACCEPT.*:\([0-9]*\) PID.*/\1/p')
}
# again: what it knows is read anew.
again() { kill $responder && wait $responder 2> /dev/null || true; respond; }
asked() { grep -c 'OCSP Request Data' asked.log || true; }
respond
cat >> "$pki/ca.cnf" <<EOF
[v3_net]
keyUsage = critical,digitalSignature
extendedKeyUsage = codeSigning
authorityInfoAccess = caIssuers;URI:http://127.0.0.1:$port/ca,OCSP;URI:ldap://127.0.0.1/,OCSP;URI:http://127.0.0.1:$port/
[v3_net_tsa]
keyUsage = critical,digitalSignature,nonRepudiation
extendedKeyUsage = critical,timeStamping
authorityInfoAccess = OCSP;URI:http://127.0.0.1:$port/
EOF
(cd "$pki" && pki_issue net rsa:3072 v3_net && pki_issue net_tsa rsa:3072 v3_net_tsa)
sign net net.exe
sign net both.exe -TSA-certs "$pki/net_tsa.pem" -TSA-key "$pki/net_tsa.key"
fetch=("${verify[@]}" --fetch-ocsp)
revoke && again
want 0 "${fetch[@]}" --json net.exe
want_same true "$(jq .revocation_judged <<< "$out")" judged
want_same 2 "$(jq '.artifacts[0].answer.files[0].signatures[0].ocsp[0].urls | length' <<< "$out")" places
want 0 "${fetch[@]}" net.exe both.exe
want 0 "${verify[@]}" net.exe
want_same 3 "$(asked)" 'questions: one, then one for each certificate'
revoke net 240101000000Z superseded && again
refuses CERTIFICATE-REVOKED 1 "${fetch[@]}" net.exe
revoke net_tsa 240101000000Z superseded && again
want 0 "${fetch[@]}" net.exe
refuses CERTIFICATE-REVOKED 1 "${fetch[@]}" both.exe
says 'CN=Acme net_tsa'
: > index.txt; again
refuses OCSP-UNKNOWN 1 "${fetch[@]}" net.exe
# With a list besides, the answer need not be good.
want 0 "${fetch[@]}" --crl ca.crl net.exe

# ---- nobody is asked for the sake of a bad file; nobody named, nobody there
again
cp net.exe bad.exe && printf x | dd of=bad.exe bs=1 seek=600 conv=notrunc status=none
want 1 "${fetch[@]}" bad.exe
want 3 "${fetch[@]}" plain.exe
refuses OCSP-MISSING 1 "${fetch[@]}" signed.exe
says 'no certificate names an OCSP responder'
refuses CRL-MISSING 1 "${fetch[@]}" --fetch-crl signed.exe
want_same 0 "$(asked)" questions
kill $responder && wait $responder 2> /dev/null || true
refuses NET-UNREACHABLE 5 "${fetch[@]}" net.exe
want 5 "${fetch[@]}" --json net.exe
want_same '"not judged"' "$(jq .verdict <<< "$out")" verdict
