#!/usr/bin/env bash
# tokens: several modules at once, the same key in two of them, and a module
# whose process is killed; then the other implementations of Debian, each with
# what it can and cannot do. Judged by openssl, osslsigncode and pkcs11-tool.
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/cli/world.sh"
. "$SOURCE/tests/osslsigncode.sh"

modules=/usr/lib/x86_64-linux-gnu
client=$modules/pkcs11/p11-kit-client.so
printf 'int main(void) { return 0; }\n' > app.c
x86_64-w64-mingw32-gcc -s -o app.exe app.c

# wait_for FILE: until it is there, 5 s at the most.
wait_for() { for _ in {1..100}; do [[ ! -e $1 ]] || return 0; sleep 0.05; done; fail "no $1"; }
secret() { printf '%s\n' "$2" > "$1"; chmod 600 "$1"; }

# signs NAME KEY OPTION…: the token signs a file, and osslsigncode agrees.
signs() {
	local name=$1 key=$2; shift 2
	want 0 "$TAGSEAL" certificate self-signed "$@" --key "$key" --subject "CN=$name" -o "$name.pem"
	want 0 openssl verify -check_ss_sig -purpose any -CAfile "$name.pem" "$name.pem"
	want 0 "$TAGSEAL" sign "$@" --key "$key" --certificate "$name.pem" -o "$name.exe" app.exe
	osslsigncode_verify 0 "$name.pem" "$name.exe" Succeeded
}

# ---- the same key in two tokens, one of them behind p11-kit's server
new_token twin
unset TAGSEAL_PIN
secret pin 1234
secret far.pin 4321
openssl genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-256 -out key.pem 2> /dev/null
mkdir far
printf 'directories.tokendir = %s/far\n' "$WORLD" > far.conf
SOFTHSM2_CONF=far.conf softhsm2-util --init-token --free --label twin --so-pin 5678 --pin 4321 > /dev/null
server() {
	SOFTHSM2_CONF=far.conf p11-kit server --foreground --name "$WORLD/far.socket" \
	    --provider "$TAGSEAL_MODULE" pkcs11: > server.log 2>&1 &
	server=$!
	wait_for far.socket
}
# It serves each connection by a child.
server_dies() {
	kill -9 $(pgrep -P "$server") "$server"
	wait "$server" 2> /dev/null || true
	rm -f far.socket
}
export P11_KIT_SERVER_ADDRESS=unix:path=$WORLD/far.socket
server
far=(--module "$client" --pin-file far.pin)
both=("${far[@]}" --module "$TAGSEAL_MODULE" --pin-file pin)
want 0 "$TAGSEAL" key import --token pkcs11:token=twin --module "$TAGSEAL_MODULE" --pin-file pin --label shared key.pem
want 0 "$TAGSEAL" key import --token pkcs11:token=twin "${far[@]}" --label shared key.pem
want 0 pkcs11-tool --module "$client" --token-label twin -l --pin 4321 -O --type privkey
says shared
# Both are asked; each key is told with its own token.
want 0 "$TAGSEAL" key list --token pkcs11:token=twin "${both[@]}" --json
want 0 jq -e 'length == 2 and (map(.serial) | unique | length) == 2 and (map(.spki_sha256) | unique | length) == 1' <<< "$out"
want 1 "$TAGSEAL" key check 'pkcs11:token=twin;object=shared' "${both[@]}" --json
want 0 jq -e '.copies | length == 1 and .[0].findings[0].code == "KEY-EXPORTABLE"' <<< "$out"
refuses TOKEN-AMBIGUOUS 4 "$TAGSEAL" key make --token pkcs11:token=twin --label new "${both[@]}"
refuses USAGE 2 "$TAGSEAL" key list --token pkcs11:token=twin --module "$client" --module "$TAGSEAL_MODULE" --pin-file pin
refuses USAGE 2 "$TAGSEAL" key list --token pkcs11:token=twin --module "$client" --pin-file pin --pin-file pin
# A PIN is never tried on the other token, nor a wrong one twice.
refuses TOKEN-PIN-WRONG 5 "$TAGSEAL" key list --token pkcs11:token=twin --module "$client" --pin-file pin --module "$TAGSEAL_MODULE" --pin-file pin
want 0 pkcs11-tool --module "$client" -L
says 'user PIN count low'

# ---- an authority goes on when the server of its first token is killed
key='pkcs11:token=twin;object=shared'
want 0 "$TAGSEAL" certificate self-signed "${both[@]}" --key "$key" --subject CN=TSA --use time-stamping -o tsa.pem
mkfifo tsa.address
TAGSEAL_LOG=1 "$TAGSEAL" tsa "${both[@]}" --key "$key" --certificate tsa.pem --listen 127.0.0.1:0 > tsa.address 2> tsa.log &
tsa_pid=$!
read -r tsa < tsa.address
stamped() {
	openssl ts -query -data app.c -sha256 -cert -out query 2> /dev/null
	want 0 curl -sf --data-binary @query -H 'Content-Type: application/timestamp-query' -o reply "$tsa"
	want 0 openssl ts -verify -queryfile query -in reply -CAfile tsa.pem
}
stamped
want 1 grep -q token.away tsa.log
server_dies
stamped
want 0 grep -q 'token.away .*TOKEN-' tsa.log
server
sleep 1.1
stamped
want 0 grep -q token.back tsa.log
kill "$tsa_pid"
wait "$tsa_pid" || fail "the authority ended with $?"
signs over "$key" "${both[@]}"
server_dies
signs near "$key" "${both[@]}"
refuses TOKEN-ABSENT 5 "$TAGSEAL" key list --token pkcs11:token=twin "${both[@]}"

# ---- NSS softokn: slow, wants parameters, does not tell where a key was made
nss=(--module "$modules/libsoftokn3.so" --pin-file pin
    --module-parameters "configdir='sql:$WORLD/nss' certPrefix='' keyPrefix='' secmod='secmod.db' flags=")
mkdir nss
head -c 64 /dev/urandom > noise
certutil -N -d sql:nss -f pin
certutil -R -k rsa -g 2048 -s CN=nss -d sql:nss -f pin -z noise -o nss.csr > /dev/null 2>&1
refuses TOKEN-MODULE 5 "$TAGSEAL" key list --token 'pkcs11:token=NSS%20Certificate%20DB' "${nss[@]:0:4}"
refuses KEY-IMPORTED 1 "$TAGSEAL" key make --token 'pkcs11:token=NSS%20Certificate%20DB' "${nss[@]}" --label x --algorithm ec-p256
want 0 "$TAGSEAL" key list --token 'pkcs11:token=NSS%20Certificate%20DB' "${nss[@]}" --json
key=$(jq -er 'select(length == 1) | .[0].uri' <<< "$out")
signs nss "$key" "${nss[@]}"
want 0 openssl req -inform DER -in nss.csr -noout -pubkey
want_same "$out" "$(openssl x509 -in nss.pem -noout -pubkey)" 'the key that certutil made'

# ---- opencryptoki: RSA only, and hashes nothing itself; its daemon is one for
# the machine, so this one gets folders of its own
cat > ock.sh <<'END'
set -e
cp -a /var/lib/opencryptoki ock
mkdir ock.conf ock.lock ock.lock/swtok
printf 'version opencryptoki-3.1\nslot 0\n{\nstdll = libpkcs11_sw.so\n}\n' > ock.conf/opencryptoki.conf
mount --bind ock /var/lib/opencryptoki
mount --bind ock.conf /etc/opencryptoki
chgrp -R pkcs11 ock.lock
chmod -R 770 ock.lock
mount -t tmpfs tmpfs /run -o size=1m
mkdir -p /run/lock/opencryptoki
mount --bind ock.lock /run/lock/opencryptoki
pkcsslotd -f > ock.log 2>&1 &
trap 'kill %1' EXIT
for _ in {1..100}; do [[ ! -S /run/pkcsslotd.socket ]] || break; sleep 0.05; done
"$@"
END
ock_world() {
	local m=$modules/pkcs11/libopencryptoki.so
	local with=(--module "$m" --pin-file ock.pin) token=pkcs11:token=ock
	pkcs11-tool --module "$m" --init-token --slot-index 0 --label ock --so-pin 87654321
	pkcs11-tool --module "$m" --init-pin --token-label ock --login --login-type so --so-pin 87654321 --new-pin 12345678
	"$TAGSEAL" key make --token $token "${with[@]}" --label release
	"$TAGSEAL" key check "$token;object=release" "${with[@]}"
	pkcs11-tool --module "$m" --token-label ock -l --pin 12345678 -O --type privkey
	"$TAGSEAL" key make --token $token "${with[@]}" --label x --algorithm ec-p256 2>&1 || true
	"$TAGSEAL" certificate self-signed "${with[@]}" --key "$token;object=release" --subject CN=ock -o ock.pem
	"$TAGSEAL" sign "${with[@]}" --key "$token;object=release" --certificate ock.pem -o ock.exe app.exe
}
export -f ock_world
export modules
secret ock.pin 12345678
unshare --mount --ipc true 2> /dev/null ||
    fail 'opencryptoki is tried in namespaces of its own: run this as root, where unshare --mount --ipc may be used'
want 0 unshare --mount --ipc bash ock.sh bash -ec ock_world
says 'sound: made in the token'
says 'never extractable'
says TOKEN-MECHANISM
osslsigncode_verify 0 ock.pem ock.exe Succeeded

# ---- a TPM: its keys come from its own tool, and could decrypt as well
tpm_world() {
	local m=$modules/pkcs11/libtpm2_pkcs11.so port=$((20000 + RANDOM % 10000)) key
	local with=(--module "$m" --pin-file pin) token=pkcs11:token=tpm
	mkdir tpm store
	trap 'kill $(jobs -p)' EXIT
	swtpm socket --tpm2 --tpmstate dir=tpm --flags not-need-init,startup-clear \
	    --server type=tcp,port=$port,bindaddr=127.0.0.1 --ctrl type=tcp,port=$((port + 1)),bindaddr=127.0.0.1 &
	for _ in {1..100}; do ! (: < /dev/tcp/127.0.0.1/$((port + 1))) 2> /dev/null || break; sleep 0.05; done
	tpm2-abrmd --session --allow-root --tcti=swtpm:host=127.0.0.1,port=$port > abrmd.log 2>&1 &
	for _ in {1..100}; do
		! dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.GetNameOwner \
		    string:com.intel.tss2.Tabrmd > /dev/null 2>&1 || break
		sleep 0.05
	done
	export TPM2_PKCS11_TCTI=tabrmd:bus_type=session TPM2TOOLS_TCTI=tabrmd:bus_type=session TPM2_PKCS11_STORE=$PWD/store
	tpm2_ptool init --path store
	tpm2_ptool addtoken --pid 1 --label tpm --sopin 5678 --userpin 1234 --path store
	tpm2_ptool addkey --label tpm --key-label release --userpin 1234 --algorithm ecc256 --path store
	key="$token;object=release"
	"$TAGSEAL" key make --token $token "${with[@]}" --label x --algorithm ec-p256 2>&1 || true
	"$TAGSEAL" key check "$key" "${with[@]}" || [[ $? -eq 1 ]]
	"$TAGSEAL" certificate self-signed "${with[@]}" --key "$key" --subject CN=tpm -o tpm.pem
	"$TAGSEAL" sign "${with[@]}" --key "$key" --certificate tpm.pem -o tpm.exe app.exe
}
export -f tpm_world
want 0 dbus-run-session -- bash -ec tpm_world
says TOKEN-DEVICE
says KEY-USAGE
osslsigncode_verify 0 tpm.pem tpm.exe Succeeded
