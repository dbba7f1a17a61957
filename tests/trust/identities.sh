#!/usr/bin/env bash
# identities - attacks on what people may sign with besides a key of their own:
# release tags that `plan` judges as an engine does, each beside its good sibling.
script=identities.sh
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=matrix.sh
. "$SOURCE/tests/trust/matrix.sh"
# shellcheck source=../e2e/engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=../e2e/attacks.sh
. "$SOURCE/tests/e2e/attacks.sh"

# ---- bob signs by certificates of two authorities and by a security key
mkdir keys people
make_people

# certified AUTHORITY NAME OPTION…: a key with a certificate for bob.
certified() {
	ssh-keygen -q -N '' -t ed25519 -f "people/$2"
	ssh-keygen -q -s "people/$1" -I bob -n "${principal:-bob}" "${@:3}" "people/$2.pub" 2> /dev/null
}
for name in authority other; do ssh-keygen -q -N '' -t ed25519 -f "people/$name"; done
certified authority good -V -1h:+1h
certified other forged -V -1h:+1h
certified authority host -h
certified authority expired -V 20190101000000:20200101000000
principal=mallory certified authority principal
certified authority option -O clear -O force-command=/bin/true
printf 'ssh-authorities: [{key: "%s"}]\n' "$(cut -d' ' -f1,2 people/authority.pub)" >> config/tagseal.yaml

# root NAME: an authority of X.509. issue ROOT NAME EXTENSIONS [OPTION…]
root() {
	mkdir "people/$1"
	openssl req -new -x509 -newkey rsa:2048 -nodes -keyout "people/$1/ca.key" -out "people/$1/ca.pem" -days 30 -subj "/CN=$1" 2> /dev/null
	: > "people/$1/index.txt"
	echo 01 > "people/$1/serial"
	cat > "people/$1/ca.cnf" <<-END
	[ca]
	default_ca = it
	[it]
	dir = $WORLD/people/$1
	database = \$dir/index.txt
	serial = \$dir/serial
	new_certs_dir = \$dir
	certificate = \$dir/ca.pem
	private_key = \$dir/ca.key
	default_md = sha256
	default_days = 20
	default_crl_days = 20
	policy = any
	[any]
	commonName = supplied
	END
}
issue() {
	openssl req -new -newkey rsa:3072 -nodes -keyout "people/$2.key" -out "people/$2.csr" -subj "/CN=$2" 2> /dev/null
	printf 'keyUsage=digitalSignature\n%b\n' "$3" > "people/$2.ext"
	openssl ca -batch -config "people/$1/ca.cnf" -in "people/$2.csr" -out "people/$2.pem" -notext -extfile "people/$2.ext" "${@:4}" 2> /dev/null
}
san=subjectAltName=email:bob@acme.example
root root && root stranger
issue root x-good "$san"
issue stranger x-root "$san"
issue root x-expired "$san" -startdate 20190101000000Z -enddate 20200101000000Z
issue root x-revoked "$san" && openssl ca -config people/root/ca.cnf -revoke people/x-revoked.pem 2> /dev/null
issue root x-name subjectAltName=email:mallory@acme.example
issue root x-purpose "$san\\nextendedKeyUsage=serverAuth"
openssl ca -gencrl -config people/root/ca.cnf -out config/trust/people.crl 2> /dev/null
cp people/root/ca.pem config/trust/people.pem
printf 'x509-roots: trust/people.pem\nx509-crls: [{file: trust/people.crl}]\n' >> config/tagseal.yaml

"$BUILD/tests/security-key" make keys/soft
printf '  - ssh: "%s"\n  - ssh-principal: bob\n  - x509-name: "email:bob@acme.example"\nrequire-user-verification: true\n' \
    "$(cat keys/soft.pub)" >> config/people/bob.yaml
by carol config init -q && by carol config add -A && by carol config commit -q -S -m 'Acme'
want 0 "$TAGSEAL" check config

git init -q -b main app
by alice app commit -q -S --allow-empty -m one
{ printf 'Release\n\n---\n'; manifest sha256="$(printf '%064d' 1)" size=3 from=https://ci.acme.example/builds/acme-app/a.zip; } > message

# ---- a tag for each; what it is made of says a program that is not ours
# signs NAME OPTION…: a tag of bob's, signed as the options of git say.
signs() { by bob app "${@:2}" tag -s -F "$WORLD/message" --cleanup=verbatim "v-$1"; }
by_key() { signs "$1" -c user.signingkey="$WORLD/people/$2-cert.pub"; }
cat > openssl-cms <<END
#!/bin/sh
printf '\\n[GNUPG:] SIG_CREATED \\n' >&2
openssl cms -sign -binary -outform PEM -signer $WORLD/people/\$CERTIFICATE.pem -inkey $WORLD/people/\$CERTIFICATE.key |
    sed 's/ CMS-/ SIGNED MESSAGE-/'
END
chmod +x openssl-cms
by_x509() { CERTIFICATE=$1 signs "$1" -c gpg.format=x509 -c gpg.x509.program="$WORLD/openssl-cms"; }
by_soft() { SECURITY_KEY_FLAGS=$2 signs "$1" -c gpg.ssh.program="$BUILD/tests/security-key" -c user.signingkey="$WORLD/keys/soft.pub"; }
plan() { "$TAGSEAL" plan --config config --repo app --project acme-app --json "v-$1" 2> plan.log; }
codes() { plan "$1" | jq -r '[.release.findings[] | select(.met | not) | .code] | unique | join(" ")'; }
good() { want 0 plan "$1"; want 0 jq -e '.release.findings | any(.text | startswith("signed by bob"))' <<< "$out"; }
judge() { row "$making" "$(codes "$1")"; }
cert() { ssh-keygen -L -f "people/$1-cert.pub"; }
cert_has() { cert "$1" | grep -F -- "$2"; }
x509_has() { openssl x509 -in "people/$1.pem" -noout -text | grep -F -- "$2"; }
verifies() { openssl verify -CAfile "people/$1/ca.pem" "${@:3}" "people/$2.pem"; }

by_key good good && good good
while read -r making name has; do
	by_key "$name" "$name"
	there cert_has "$name" "$has"
	judge "$name"
done <<EOT
ssh-certificate-authority forged Signing CA: ED25519 $(ssh-keygen -l -f people/other.pub | cut -d' ' -f2)
ssh-certificate-host host host certificate
ssh-certificate-expired expired to 2020-01-01
ssh-certificate-principal principal mallory
ssh-certificate-option option force-command
EOT

by_x509 x-good && good x-good
for name in root expired revoked name purpose; do by_x509 "x-$name"; done
making=x509-root && there verifies stranger x-root && there ! verifies root x-root && judge x-root
making=x509-expired && there x509_has x-expired 'Not After : Jan  1 00:00:00 2020' && judge x-expired
making=x509-revoked && there ! verifies root x-revoked -crl_check -CRLfile config/trust/people.crl
there verifies root x-revoked && judge x-revoked
making=x509-name && there verifies root x-name && there x509_has x-name mallory@acme.example && judge x-name
making=x509-purpose && there x509_has x-purpose 'TLS Web Server Authentication' && judge x-purpose

by_soft verified 05 && good verified
making=security-key-untouched && by_soft untouched 00 && there git -C app cat-file tag v-untouched && judge untouched
making=security-key-unverified && by_soft touched 01 && there git -C app cat-file tag v-touched && judge touched
rows_done
