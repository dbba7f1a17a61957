#!/usr/bin/env bash
# verify: timestamps of the kind before RFC 3161, SHA-1, and revocation lists,
# as osslsigncode and openssl make them; what is told besides the verdict.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=../formats/pki.sh
. "$SOURCE/tests/formats/pki.sh"
# shellcheck source=../osslsigncode.sh
. "$SOURCE/tests/osslsigncode.sh"
pki=$WORLD/pki
pki_make
verify=("$TAGSEAL" verify --roots "$pki/ca.pem")

echo 'int main(void) { return 0; }' > hello.c
x86_64-w64-mingw32-gcc -s -o plain.exe hello.c

# their_sign DIGEST OUT [OPTION…]
their_sign() {
	rm -f "$2"
	osslsigncode sign -certs "$pki/code.pem" -key "$pki/code.key" \
	    -h "$1" "${@:3}" -in plain.exe -out "$2" > log || { cat log; fail "$2"; }
}
# old_authority DIGEST: its address is in $authority.
old_authority() {
	rm -f address && mkfifo address
	python3 "$SOURCE/tests/formats/old_authority.py" "$pki/tsa.pem" \
	    "$pki/tsa.key" "$1" 384 > address 2> log &
	read -r authority < address
}
# told FILTER FILE: of the first signature of a file, in JSON.
told() {
	out=$("${verify[@]}" --json "$2") || true
	if jq -e ".artifacts[0].answer.files[0].signatures[0] | $1" <<< "$out" > /dev/null; then pass
	else fail "not '$1':"; printf '%s\n' "$out" >&2; fi
}

# ---- a countersignature is a timestamp, judged as one
old_authority sha256
their_sign sha256 old.exe -t "$authority"
want 0 "${verify[@]}" old.exe
says "timestamp   $(date -u +%Y-)"
says 'CN=Acme tsa'
says 'of the kind before RFC 3161'
says_not 'SHA-1'
osslsigncode_verify 0 "$pki/ca.pem" old.exe Succeeded
told '.timestamp.kind == "countersignature"' old.exe
told '.timestamp.chain | length == 2' old.exe
told '.chain == ["CN=Acme code,O=Acme", "CN=Tagseal Test CA"]' old.exe
told '[.remarks[].code] == ["timestamp-old"]' old.exe
# Each part of it counts: a flipped byte is an error, never no timestamp.
size=$(stat -c %s old.exe)
for back in 60 200 300 420; do
	cp old.exe flipped.exe
	at=$((size - back))
	printf "\\x$(printf %02x $((0x$(xxd -s $at -l 1 -p old.exe) ^ 1)))" |
	    dd of=flipped.exe bs=1 seek=$at conv=notrunc status=none
	got=0
	out=$("${verify[@]}" flipped.exe 2>&1) || got=$?
	[[ $got -eq 1 || $got -eq 2 ]] && pass || fail "flip $back from the end: $got"
done
# Its certificate must be for timestamps.
old=$pki; pki=$WORLD/swapped; cp -r "$old" "$pki"
cp "$pki/code.key" "$pki/tsa.key" && cp "$pki/code.pem" "$pki/tsa.pem"
old_authority sha256
pki=$old
their_sign sha256 wrong.exe -t "$authority"
refuses CERTIFICATE-PURPOSE 1 "${verify[@]}" wrong.exe

# ---- SHA-1 in a timestamp is told, in the signature of today it is refused
old_authority sha1
their_sign sha256 weak-stamp.exe -t "$authority"
want 0 "${verify[@]}" weak-stamp.exe
says 'the timestamp rests on SHA-1'
told '[.remarks[].code] == ["timestamp-sha1", "timestamp-old"]' weak-stamp.exe
their_sign sha1 weak.exe -t "$authority"
refuses DIGEST-WEAK 1 "${verify[@]}" weak.exe
says 'before 2016'
their_sign sha1 weak.exe
refuses DIGEST-WEAK 1 "${verify[@]}" weak.exe
their_sign md5 worse.exe
refuses DIGEST-WEAK 1 "${verify[@]}" worse.exe

# ---- revocation lists
cat > crl.cnf <<EOF
[ca]
default_ca = it
[it]
database = $WORLD/index.txt
default_md = sha256
default_crl_days = 9
EOF
# list NAME [ROW…]: NAME.crl, a list of ours in PEM; a row: certificate, date,
# reason.
list() {
	local name=$1 row; shift
	: > index.txt
	for row in "$@"; do
		# shellcheck disable=SC2086
		set -- $row
		printf 'R\t400101000000Z\t%s,%s\t%s\tunknown\t/CN=any\n' "$2" "$3" \
		    "$(openssl x509 -in "$pki/$1.pem" -noout -serial | cut -d= -f2)" >> index.txt
	done
	openssl ca -config crl.cnf -gencrl -cert "$pki/ca.pem" \
	    -keyfile "$pki/ca.key" -out "$name.crl" 2> log || { cat log; fail "$name.crl"; }
}
their_sign sha256 signed.exe
list none
openssl crl -in none.crl -outform DER -out none.der
for file in signed.exe old.exe; do
	want 0 "${verify[@]}" --crl none.crl $file
	want 0 "${verify[@]}" --crl none.der $file
done
list code 'code 240101000000Z superseded'
refuses CERTIFICATE-REVOKED 1 "${verify[@]}" --crl code.crl signed.exe
says 'as of 2024-01-01'
refuses CERTIFICATE-REVOKED 1 "${verify[@]}" --crl none.crl --crl code.crl old.exe
list later 'code 400101000000Z superseded'
want 0 "${verify[@]}" --crl later.crl old.exe
list lost 'code 400101000000Z keyCompromise'
refuses CERTIFICATE-REVOKED 1 "${verify[@]}" --crl lost.crl old.exe
says 'in wrong hands'
list tsa 'tsa 240101000000Z superseded'
refuses CERTIFICATE-REVOKED 1 "${verify[@]}" --crl tsa.crl old.exe
says 'CN=Acme tsa'
want 0 "${verify[@]}" --crl tsa.crl signed.exe
mkdir other && (pki=$WORLD/other && pki_make)
old=$pki; pki=$WORLD/other; list other; pki=$old
refuses CRL-MISSING 1 "${verify[@]}" --crl other.crl signed.exe
want 0 "${verify[@]}" --crl other.crl --crl none.crl signed.exe
openssl ca -config crl.cnf -gencrl -crl_lastupdate 20200101000000Z -crl_nextupdate 20200201000000Z \
    -cert "$pki/ca.pem" -keyfile "$pki/ca.key" -out stale.crl 2> log
refuses CRL-STALE 1 "${verify[@]}" --crl stale.crl signed.exe
{ cat crl.cnf; echo 'crl_extensions = delta'; echo '[delta]'; echo '2.5.29.27 = critical,DER:02:01:01'; } > delta.cnf
: > index.txt
openssl ca -config delta.cnf -gencrl -cert "$pki/ca.pem" -keyfile "$pki/ca.key" -out delta.crl 2> log
refuses CRL-UNSUPPORTED 2 "${verify[@]}" --crl delta.crl signed.exe
refuses CRL-MALFORMED 2 "${verify[@]}" --crl plain.exe signed.exe
refuses FILE-MISSING 2 "${verify[@]}" --crl nowhere.crl signed.exe
refuses USAGE 2 "$TAGSEAL" verify --crl none.crl signed.exe
want 0 "${verify[@]}" --json --crl none.crl signed.exe
want 0 jq -e '.revocation_judged and .chains_judged' <<< "$out"

# ---- what else is told
their_sign sha256 pages.exe -ph
told '.page_hashes == "sha256"' pages.exe
want 0 "${verify[@]}" pages.exe
says 'page hashes'
want 0 "$TAGSEAL" inspect old.exe
says 'of the kind before RFC 3161'
