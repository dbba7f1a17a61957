#!/usr/bin/env bash
# Timestamp authorities that do one thing wrong: each wrong answer has a code
# of its own, and the next authority is asked.
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/cli/world.sh"

new_authority
mkdir authorities
openssl ecparam -name prime256v1 -genkey -noout -out authorities/key.pem
openssl req -new -key authorities/key.pem -subj '/CN=Odd TSA' -out odd.csr
touch index.txt && echo 01 > serial
printf '[ca]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\nunique_subject=no\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n' > ca.cnf
openssl req -new -key ca.key -subj '/CN=Old Root' -out ca.csr
printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n' > extensions
openssl ca -batch -notext -config ca.cnf -name ca -selfsign -keyfile ca.key -in ca.csr -extfile extensions \
    -startdate 20200101000000Z -enddate 20491231000000Z -out root.pem 2> log || { cat log; fail "no root"; }
mv root.pem ca.pem

# authority NAME USE LAST-YEAR: a certificate from 2020 to the end of a year.
authority() {
	printf '%s\n' keyUsage=critical,digitalSignature "extendedKeyUsage=$2" > extensions
	openssl ca -batch -notext -config ca.cnf -name ca -cert ca.pem -keyfile ca.key -in odd.csr -extfile extensions \
	    -startdate 20200101000000Z -enddate "${3}1231000000Z" -out "authorities/$1.pem" 2> log ||
	    { cat log; fail "no certificate $1"; }
}
authority good critical,timeStamping 2049
authority purpose critical,codeSigning 2049
authority uncritical timeStamping 2049
authority shared critical,timeStamping,codeSigning 2049
authority expired critical,timeStamping 2021
mkfifo address
python3 "$SOURCE/tests/net/mischief-tsa" authorities > address &
read -r odd < address

echo hello > app.c
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout code.key -subj /CN=Code -out code.csr 2> /dev/null
issue code.csr code.pem extendedKeyUsage=codeSigning
openssl cms -sign -binary -outform DER -in app.c -signer code.pem -inkey code.key -out app.p7s
stamp=("$TAGSEAL" timestamp --tsa-roots ca.pem --signature app.p7s)

want 0 "${stamp[@]}" --tsa "$odd/good" -o stamped.p7s app.c
want 0 openssl cms -verify -binary -inform DER -in stamped.p7s -content app.c -CAfile ca.pem -purpose any -out /dev/null

# passes WHAT CODE: the other one serves, and what was wrong is told.
passes() {
	want 0 "${stamp[@]}" --json --tsa "$odd/$1" --tsa "$odd/good" -o stamped.p7s app.c
	want 0 jq -e --arg url "$odd/$1" --arg code "$2" '(.timestamp.authority | startswith("CN=Odd TSA")) and
	    (.passed_over | length == 1 and .[0].url == $url and .[0].code == $code)' <<< "$out"
}

want 0 "${stamp[@]}" --tsa "$odd/500" --tsa "$odd/good" -o stamped.p7s app.c
says "passed over $odd/500: NET-STATUS"

# ---- each says what it is; the other one serves
while read -r what code exit; do
	refuses "$code" "$exit" "${stamp[@]}" --tsa "$odd/$what" -o no app.c
	[[ $what != rejection ]] || says 'rejected: the hash algorithm is not accepted: closed on Sundays'
	passes "$what" "$code"
done <<'END'
nonce TIMESTAMP-NONCE 1
imprint TIMESTAMP-IMPRINT 1
purpose TIMESTAMP-PURPOSE 1
uncritical TIMESTAMP-PURPOSE 1
shared TIMESTAMP-PURPOSE 1
expired TIMESTAMP-EXPIRED 1
future TIMESTAMP-FUTURE 1
old TIMESTAMP-OLD 1
unnamed TIMESTAMP-SIGNER 1
rejection TIMESTAMP-REFUSED 5
trailing TIMESTAMP-TRAILING 2
short TIMESTAMP-MALFORMED 2
page TIMESTAMP-PAGE 2
END
while read -r what code; do passes "$what" "$code"; done <<'END'
html NET-TYPE
cut NET-CUT
500 NET-STATUS
redirect NET-REDIRECT
huge NET-LARGE
END
# ---- where all fail, each is named
refuses SEAL-TIMESTAMP 5 "${stamp[@]}" --tsa "$odd/500" --tsa "$odd/nonce" --tsa "$odd/page" -o no app.c
says "$odd/500: NET-STATUS: "
says "; $odd/nonce: TIMESTAMP-NONCE: "
says "; $odd/page: TIMESTAMP-PAGE: "
want 5 "${stamp[@]}" --json --tsa "$odd/nonce" --tsa "$odd/cut" -o no app.c
want 0 jq -e --arg odd "$odd" '.error.code == "SEAL-TIMESTAMP" and (.error.text |
    contains($odd + "/nonce: TIMESTAMP-NONCE: ") and contains($odd + "/cut: NET-CUT: "))' <<< "$out"
want 1 test -e no
