#!/usr/bin/env bash
# tsa as an authority of one's own: numbers that a crash does not repeat, a
# clock that does not go back, limits, and refusals by RFC 3161 as openssl
# reads them.
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/cli/world.sh"

new_token test
new_authority
"$TAGSEAL" key make --token 'pkcs11:token=test' --label tsa --algorithm ec-p256 > /dev/null
"$TAGSEAL" certificate csr --key 'pkcs11:token=test;object=tsa' --subject 'CN=Own TSA' --use time-stamping -o tsa.csr 2> /dev/null
issue tsa.csr tsa.pem extendedKeyUsage=critical,timeStamping
tsa=("$TAGSEAL" tsa --key 'pkcs11:token=test;object=tsa' --listen 127.0.0.1:0)

# start OPTION…: $url and $pid; log lines go to log.
start() {
	rm -f address
	mkfifo address
	"${tsa[@]}" --certificate tsa.pem --json "$@" > address 2> log &
	pid=$!
	local line
	read -r line < address
	url=$(jq -r .address <<< "$line")
}
stop() { kill "$pid"; wait "$pid" && pass || fail "the authority ended with $?"; }
ask() { want 0 curl -sf --data-binary @query -o reply "$url"; want 0 openssl ts -reply -in reply -text; }
serial() { openssl ts -reply -in reply -text 2> /dev/null | sed -n 's/^Serial number: //p'; }

# ---- what openssl says of a timestamp
head -c 100 /dev/urandom > data
openssl ts -query -data data -sha256 -cert -tspolicy 1.2.3.4.5 -out query 2> /dev/null
start --state folder/state --accuracy 1500 --policy 1.2.3.4.5
for _ in 1 2 3; do
	ask
	serial >> serials
	want 0 openssl ts -verify -queryfile query -in reply -CAfile ca.pem
done
want 0 openssl ts -reply -in reply -text
for text in 'Policy OID: 1.2.3.4.5' '0x01 seconds, 0x01F4 millis' 'Status: Granted'; do says "$text"; done
refuses FILE-LOCKED 5 "${tsa[@]}" --certificate tsa.pem --state folder/state

# ---- requests that are none
refused() { ask; says 'Status: Rejected'; says "Failure info: $1"; }
cp query good
printf 'nonsense' > query
refused 'the data submitted has the wrong format'
openssl ts -query -data data -sha1 -cert -out query 2> /dev/null
refused 'unrecognized or unsupported algorithm identifier'
openssl ts -query -data data -sha256 -tspolicy 1.2.3.4.6 -out query 2> /dev/null
refused 'the requested TSA policy is not supported by the TSA'
openssl ts -query -data data -sha256 -no_nonce -out plain 2> /dev/null
{ printf '\x30'; printf "\\x$(printf %02x $(($(stat -c %s plain) - 2 + 13)))"; tail -c +3 plain
	printf '\xa0\x0b\x30\x09\x06\x03\x2a\x03\x04\x04\x02\x05\x00'; } > query
refused 'the requested extension is not supported by the TSA'
{ head -c 4 plain; printf '\x02'; tail -c +6 plain; } > query
refused 'transaction not permitted or supported'
head -c 5000 /dev/zero > query
want 22 curl -sf --data-binary @query "$url"
cp good query

# ---- a crash: no number comes twice, and no time that may have been stated
kill -9 "$pid"
wait "$pid" 2> /dev/null || true
start --state folder/state --policy 1.2.3.4.5
refused 'the TSA'"'"'s time source is not available'
for _ in $(seq 70); do
	curl -sf --data-binary @query -o reply "$url" || fail "no answer"
	[[ -z $(serial) ]] || break
	sleep 0.1
done
want 0 openssl ts -verify -queryfile query -in reply -CAfile ca.pem
serial >> serials
stop
want 0 jq -es 'map(select(.fact == "tsa.refused" and .code == "TSA-CLOCK-BACK")) | length > 0' log
want 0 jq -es 'map(select(.fact == "tsa.granted")) | length == 1 and (.[0].serial | length == 32)' log
want 0 jq -es 'map(select(.fact == "tsa.stopped")) | length == 1 and .[0].granted == "1"' log

# ---- a clean end: the next one goes on at once
start --state folder/state --policy 1.2.3.4.5 --rate 2
ask
serial >> serials
want_same 5 "$(sort -u serials | wc -l)" 'numbers:'
for _ in 1 2 3 4 5 6; do curl -s --data-binary @query -o /dev/null -w '%{http_code}\n' "$url"; done > codes
want 0 grep -qx 429 codes
stop

# ---- a clock that nobody keeps
start --synchronised --accuracy 60000 --policy 1.2.3.4.5
if python3 -c 'import ctypes; raise SystemExit(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)) == 5)'; then
	ask
	says 'Status: Granted'
else
	refused 'the TSA'"'"'s time source is not available'
	says 'the system clock is not synchronised'
fi
stop

# ---- certificates, folders and numbers that will not do
issue tsa.csr bad.pem extendedKeyUsage=timeStamping
refuses CERTIFICATE-PURPOSE 1 "${tsa[@]}" --certificate bad.pem
issue tsa.csr bad.pem extendedKeyUsage=critical,timeStamping,codeSigning
refuses CERTIFICATE-PURPOSE 1 "${tsa[@]}" --certificate bad.pem
touch index.txt && echo 01 > serial
printf '[ca]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n' > ca.cnf
openssl ca -batch -notext -config ca.cnf -name ca -cert ca.pem -keyfile ca.key -in tsa.csr \
    -extfile <(printf 'extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n') \
    -startdate 20200101000000Z -enddate 20210101000000Z -out old.pem 2> log || { cat log; fail "no old certificate"; }
refuses TIMESTAMP-EXPIRED 1 "${tsa[@]}" --certificate old.pem
echo changed > folder/state/serials
refuses TSA-STATE 2 "${tsa[@]}" --certificate tsa.pem --state folder/state
refuses USAGE 2 "${tsa[@]}" --certificate tsa.pem --accuracy 86400001
refuses USAGE 2 "${tsa[@]}" --certificate tsa.pem --rate x
refuses USAGE 2 "${tsa[@]}" --certificate tsa.pem --policy 1.2.x
