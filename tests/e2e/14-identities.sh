#!/usr/bin/env bash
# identities - what people may sign with besides an SSH key or OpenPGP, each
# with the siblings that must not count: releases of the agent, by bob; and
# approvals with a signature beside the statement, by carol.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"

more_config() {
	# A security key that must ask for its PIN.
	"$BUILD/tests/security-key" make keys/soft
	printf '  - ssh: "%s"\nrequire-user-verification: true\n' "$(cat keys/soft.pub)" >> config/people/bob.yaml
	# A certificate of an authority, that names bob, in the hands of gpgsm.
	export GNUPGHOME=$WORLD/gnupg
	mkdir -m 700 gnupg people
	authority people/ca && authority people/other
	certificate people/bob people/ca && certificate people/forged people/other
	cp people/ca.pem config/trust/people.pem
	sed -i 's|  - ssh: "sk|  - x509-name: "email:bob@acme.example"\n&|' config/people/bob.yaml
	printf 'x509-roots: trust/people.pem\n' >> config/tagseal.yaml
	# An authority of SSH keys, and bob's name there.
	ssh-keygen -q -N '' -t ed25519 -f people/ssh
	ssh-keygen -q -N '' -t ed25519 -f people/short && ssh-keygen -q -s people/ssh -I bob -n bob -V -1h:+1h people/short.pub
	ssh-keygen -q -N '' -t ed25519 -f people/host && ssh-keygen -q -s people/ssh -I bob -n bob -h people/host.pub
	printf 'ssh-authorities: [{key: "%s"}]\n' "$(cut -d' ' -f1,2 people/ssh.pub)" >> config/tagseal.yaml
	sed -i 's|  - ssh: "sk|  - ssh-principal: bob\n&|' config/people/bob.yaml
	# carol has an OpenPGP key, and a certificate that names her.
	certificate people/carol people/ca carol && certificate people/mallory people/other carol
	gpg --batch --quiet --passphrase '' --quick-generate-key 'carol <carol@acme.example>' ed25519 sign never 2> /dev/null
	gpg --armor --export carol@acme.example > config/people/carol.asc
	sed -i 's|  - ssh: |  - x509-name: "email:carol@acme.example"\n  - openpgp: carol.asc\n&|' config/people/carol.yaml
	printf 'disable-crl-checks\n' > gnupg/gpgsm.conf
	printf 'allow-loopback-pinentry\n' > gnupg/gpg-agent.conf
	printf '%s S relax\n' "$(openssl x509 -in people/ca.pem -noout -fingerprint -sha1 | cut -d= -f2)" > gnupg/trustlist.txt
}
# authority NAME: NAME.key, NAME.pem. certificate NAME ISSUER [WHO]: for bob.
authority() {
	openssl req -new -x509 -newkey rsa:3072 -nodes -keyout "$1.key" -out "$1.pem" -days 30 -subj "/CN=${1##*/}" 2> /dev/null
}
certificate() {
	openssl req -new -newkey rsa:3072 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=${1##*/}" 2> /dev/null
	printf 'keyUsage=digitalSignature\nsubjectAltName=email:%s@acme.example\n' "${3:-bob}" > "$1.ext"
	openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days 30 -extfile "$1.ext" -out "$1.pem" 2> /dev/null
}
trap 'gpgconf --kill all; finish' EXIT
make_world
git clone -q repos/acme-agent.git agent 2> /dev/null
cp made/app.exe agent/acme-agent.exe
by alice agent add . && by alice agent commit -q -S -m 'The agent, built' && by alice agent push -q origin HEAD
(cd agent && "$TAGSEAL" release --project acme-agent --policy test-signing --in-tree --dry-run test/0 acme-agent.exe > ../message)

# submit NAME OPTION…: a release tag of bob's, signed as the options say.
submit() {
	local name=$1; shift
	by bob agent "$@" tag -s -F "$WORLD/message" "test/$name"
	by bob agent push -q origin "refs/tags/test/$name"
}
# refused NAME CODE: what the ledger says of it.
refused() {
	want 0 test "$(events request.refused | jq -r --arg ref "refs/tags/test/$1" 'select(.ref == $ref or .body.ref == $ref) | .findings[0].code')" = "$2"
	want 0 test -z "$(state_of "test/$1")"
}

soft=(-c gpg.ssh.program="$BUILD/tests/security-key" -c user.signingkey="$WORLD/keys/soft.pub")
SECURITY_KEY_FLAGS=00 submit untouched "${soft[@]}"
SECURITY_KEY_FLAGS=01 submit touched "${soft[@]}"
SECURITY_KEY_FLAGS=05 submit verified "${soft[@]}"

# git calls gpgsm; and openssl where the authority is another one. Of fifty files
# gpgsm takes one for encrypted otherwise: then it gets another, with new salts.
to_gpgsm() {
	openssl pkcs12 -export -inkey "people/$1.key" -in "people/$1.pem" -certfile people/ca.pem -passout pass:x \
	    -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1 -out "people/$1.p12"
	printf 'x\n' | gpgsm --batch --pinentry-mode loopback --passphrase-fd 0 --import "people/$1.p12" 2>> gpgsm.log
}
for who in bob carol; do to_gpgsm $who || to_gpgsm $who || to_gpgsm $who || { cat gpgsm.log; exit 1; }; done
printf 'x\n' > passphrase
cat > gpgsm-of-bob <<END
#!/bin/sh
exec gpgsm --batch --pinentry-mode loopback --passphrase-fd 3 "\$@" 3< $WORLD/passphrase
END
cat > other-gpgsm <<END
#!/bin/sh
printf '\\n[GNUPG:] SIG_CREATED \\n' >&2
openssl cms -sign -binary -outform PEM -signer $WORLD/people/forged.pem -inkey $WORLD/people/forged.key |
    sed 's/ CMS-/ SIGNED MESSAGE-/'
END
chmod +x gpgsm-of-bob other-gpgsm
x509=(-c gpg.format=x509 -c user.signingkey=bob@acme.example)
submit gpgsm "${x509[@]}" -c gpg.x509.program="$WORLD/gpgsm-of-bob"
submit forged "${x509[@]}" -c gpg.x509.program="$WORLD/other-gpgsm"
submit certified -c user.signingkey="$WORLD/people/short-cert.pub"
submit host -c user.signingkey="$WORLD/people/host-cert.pub"
pass_of_engine
refused untouched SIGNER-PRESENCE
refused touched SIGNER-VERIFICATION
want 0 test "$(state_of test/verified)" = completed
want 0 test "$(events request.created | jq -r .actor | sort -u)" = person/bob
want 0 test "$(state_of test/gpgsm)" = completed
refused forged SIGNER-UNKNOWN
want 0 test "$(state_of test/certified)" = completed
refused host SIGNER-SIGNATURE

# ---- approvals: a signature beside the statement, by each of carol's keys
git clone -q repos/config.git approvals 2> /dev/null
git -C approvals switch -q --orphan tagseal/approvals
# wait_for NAME: a release of alice's that waits for carol; its id is in $id.
wait_for() {
	build "${1#v}"
	tag alice "$1" release-signing "ci/acme-app-${1#v}.zip"
	pass_of_engine
	id=$(request "$1")
	statement=$WORLD/approvals/approvals/$id/carol.yaml
	mkdir -p "${statement%/*}"
	printf 'tagseal: 1\nrequest: %s\ndecision: approve\nreason: read\n' "$id" > "$statement"
}
# push_approvals: whoever pushes them, the signature beside the statement counts.
push_approvals() {
	by alice approvals add -A && by alice approvals commit -q -m 'Statements' && by alice approvals push -q origin HEAD:tagseal/approvals
	pass_of_engine
}
counted() { want 0 test "$(events approval.counted | jq -r --arg id "$id" 'select(.request == $id) | .person')" = person/carol; }

wait_for v1.0.0
gpg --batch --quiet --armor --detach-sign --local-user carol@acme.example --output "$statement.sig" "$statement"
push_approvals
want_same completed "$(state_of v1.0.0)" 'v1.0.0 is'
counted
wait_for v1.0.1
openssl cms -sign -binary -outform PEM -signer people/mallory.pem -inkey people/mallory.key -in "$statement" |
    sed 's/ CMS-/ SIGNED MESSAGE-/' > "$statement.sig"
push_approvals
want_same waiting "$(state_of v1.0.1)" 'v1.0.1 is'
gpgsm --batch --quiet --pinentry-mode loopback --passphrase-fd 3 --armor --detach-sign --local-user carol@acme.example \
    --output "$statement.sig" "$statement" 3< passphrase
push_approvals
want_same completed "$(state_of v1.0.1)" 'v1.0.1 is'
counted
# The same signature beside another statement says nothing.
of_last=$statement.sig
wait_for v1.0.2
cp "$of_last" "$statement.sig"
push_approvals
want_same waiting "$(state_of v1.0.2)" 'v1.0.2 is'
