# world - a token and a test authority for shell tests; sourced after lib.sh.
# shellcheck shell=bash

# new_token LABEL: a SoftHSM token of this test's own; PIN 1234.
new_token() {
	export SOFTHSM2_CONF=$WORLD/softhsm2.conf TAGSEAL_PIN=1234
	export TAGSEAL_MODULE=/usr/lib/softhsm/libsofthsm2.so
	mkdir -p "$WORLD/tokens"
	printf 'directories.tokendir = %s/tokens\nlog.level = ERROR\n' "$WORLD" > "$SOFTHSM2_CONF"
	softhsm2-util --init-token --free --label "$1" --so-pin 5678 --pin 1234 > /dev/null
}

# new_authority: ca.pem and ca.key, a certificate authority made by openssl.
new_authority() {
	openssl req -x509 -newkey rsa:3072 -nodes -keyout ca.key -out ca.pem -days 3650 \
	    -subj '/CN=Test Authority/O=Test' -addext basicConstraints=critical,CA:TRUE \
	    -addext keyUsage=critical,keyCertSign,cRLSign 2> /dev/null
}

# issue CSR CERTIFICATE EXTENSIONS…: the authority's answer to a request, for
# $DAYS.
issue() {
	local csr=$1 certificate=$2; shift 2
	printf '%s\n' basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature "$@" > extensions
	openssl x509 -req -in "$csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days "${DAYS:-365}" \
	    -extfile extensions -out "$certificate" 2> /dev/null
	cat ca.pem >> "$certificate"
}

# make_signer NAME ALGORITHM: key, request, certificate NAME.pem for code signing.
make_signer() {
	"$TAGSEAL" key make --token 'pkcs11:token=test' --label "$1" --algorithm "$2" > /dev/null
	"$TAGSEAL" certificate csr --key "pkcs11:token=test;object=$1" --subject "CN=Test $1,O=Test" -o "$1.csr" 2> /dev/null
	issue "$1.csr" "$1.pem" extendedKeyUsage=codeSigning
}

# start_tsa [ALGORITHM]: a timestamp authority of ours; its address is in $tsa.
start_tsa() {
	"$TAGSEAL" key make --token 'pkcs11:token=test' --label tsa --algorithm "${1:-rsa-3072}" > /dev/null
	"$TAGSEAL" certificate csr --key 'pkcs11:token=test;object=tsa' --subject 'CN=Test TSA,O=Test' \
	    --use time-stamping -o tsa.csr 2> /dev/null
	DAYS=${TSA_DAYS:-365} issue tsa.csr tsa.pem extendedKeyUsage=critical,timeStamping
	mkfifo tsa.address
	"$TAGSEAL" tsa --key 'pkcs11:token=test;object=tsa' --certificate tsa.pem --listen 127.0.0.1:0 > tsa.address 2> tsa.log &
	tsa_pid=$!
	read -r tsa < tsa.address
}
