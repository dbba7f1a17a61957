#!/usr/bin/env bash
# people: declared keys as files that stock git, ssh-keygen and gpg take, and
# such files as people. Those programs are the judges.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

export HOME=$WORLD GIT_CONFIG_NOSYSTEM=1 GNUPGHOME=$WORLD/gnupg
mkdir -m 700 keys gnupg
cp -r "$SOURCE/sample-config-repo/config" repo
g() { gpg --batch --quiet --passphrase '' --pinentry-mode loopback "$@" 2> /dev/null; }
trap 'gpgconf --kill all; finish' EXIT
declare_key() { sed -i "s@- ssh: .*@- $2@" "repo/people/$1.yaml"; }
for who in alice bob carol dave eve; do
	ssh-keygen -q -N '' -t ed25519 -C $who -f keys/$who
	[[ $who == eve ]] || declare_key $who "ssh: \"$(cut -d' ' -f1,2 keys/$who.pub)\""
done
by() {
	local who=$1; shift
	git -C repo -c user.name="$who" -c user.email="$who@acme.example" \
	    -c gpg.format=ssh -c user.signingkey="$WORLD/keys/$who.pub" "$@"
}
commit() { by carol add -A; by carol commit -q -S -m "$1"; }

# alice's key ends, bob's is revoked, dave has a key of OpenPGP as well.
printf '    valid-from: "2026-01-01"\n    valid-to: "2026-07-01T12:00:00Z"\n' >> repo/people/alice.yaml
printf '    revoked: {at: "2026-06-01", reason: lost, compromised-since: "2026-05-01"}\n' >> repo/people/bob.yaml
g --quick-gen-key 'Dave Example <dave@acme.example>' ed25519 sign never
g --quick-gen-key 'Eve <eve@acme.example>' ed25519 sign never
mkdir repo/people/dave
g --armor --export dave > repo/people/dave/key.asc
printf '  - openpgp: dave/key.asc\n' >> repo/people/dave.yaml
by carol init -q -b main
commit 'people'

# ---- export
export_people() { "$TAGSEAL" people export --repo repo --allowed-signers allowed --keyring people.gpg "$@"; }
want 0 export_people
says '4 SSH keys, 1 OpenPGP keys'
says 'left out: key 1 of bob: the key is revoked'
want 0 grep -qx "alice@acme.example namespaces=\"git,approval@tagseal\",valid-after=\"20260101000000Z\",valid-before=\"20260701115959Z\" $(cut -d' ' -f1,2 keys/alice.pub) alice" allowed
want 0 grep -q "namespaces=\"git\" .* ci-acme" allowed
want 0 export_people --json
want 0 jq -e '.ssh == 4 and .openpgp == 1 and .left_out[0].person == "bob"' <<< "$out"

# ssh-keygen -Y verify: who, for what, and when to the second.
printf 'hello\n' > note
for who in alice bob carol eve; do ssh-keygen -q -Y sign -n git -f keys/$who note 2> /dev/null; mv note.sig $who.sig; done
verify() { # WHO NAMESPACE [TIME [PRINCIPAL]]
	ssh-keygen -Y verify -f allowed -n "$2" -I "${4:-$1@acme.example}" -s "$1.sig" ${3:+-Overify-time="$3"} < note
}
want 0 verify carol git
want 255 verify carol file
want 255 verify carol git '' dave@acme.example
want 255 verify eve git '' carol@acme.example
want 255 verify bob git 20260301000000Z
want 0 verify alice git 20260101000000Z
want 0 verify alice git 20260701115959Z
want 255 verify alice git 20251231235959Z
want 255 verify alice git 20260701120000Z
(export TZ=Asia/Tokyo; want 0 verify alice git 20260101000000Z)
ssh-keygen -q -Y sign -n approval@tagseal -f keys/carol note 2> /dev/null && mv note.sig carol.sig
want 0 verify carol approval@tagseal
want 255 verify carol git
sed -i 's/hello/Hello/' note
want 255 verify carol approval@tagseal

# git verify-commit and verify-tag, with SSH and with OpenPGP.
stock() { git -C repo -c gpg.ssh.allowedSignersFile="$WORLD/allowed" "$@"; }
by carol tag -s -m good good
by eve tag -s -m bad bad
want 0 stock verify-commit HEAD
says 'Good "git" signature for carol@acme.example'
want 0 stock verify-tag good
want 1 stock verify-tag bad
GIT_COMMITTER_DATE='2026-07-01T11:59:59Z' by alice tag -s -m last last
GIT_COMMITTER_DATE='2026-07-01T12:00:00Z' by alice tag -s -m late late
want 0 stock verify-tag last
want 1 stock verify-tag late
for who in dave eve; do
	git -C repo -c user.name=$who -c user.email=$who@acme.example -c user.signingkey=$who@acme.example \
	    tag -s -m $who openpgp-$who 2> /dev/null
done
mkdir -m 700 fresh
want 0 env GNUPGHOME="$WORLD/fresh" gpg --batch --import people.gpg
want 0 env GNUPGHOME="$WORLD/fresh" git -C repo verify-tag openpgp-dave
want 1 env GNUPGHOME="$WORLD/fresh" git -C repo verify-tag openpgp-eve
GNUPGHOME=$WORLD/fresh gpgconf --kill all
g -bs -u dave -o note.pgp note
want 0 gpgv --keyring "$WORLD/people.gpg" note.pgp note
g -bs -u eve --yes -o note.pgp note
want 2 gpgv --keyring "$WORLD/people.gpg" note.pgp note

# Asked for, what is revoked stays in, up to the day of it.
want 0 export_people --with-revoked
sed -i 's/Hello/hello/' note
want 0 verify bob git 20260430235959Z
want 255 verify bob git 20260501000000Z

# A name in certificates of an authority, exactly.
ssh-keygen -q -N '' -t ed25519 -C ca -f keys/ca
certify() { # NAME PRINCIPAL
	ssh-keygen -q -N '' -t ed25519 -f "keys/$1" && ssh-keygen -q -s keys/ca -I "$1" -n "$2" "keys/$1.pub"
	ssh-keygen -q -Y sign -n git -f "keys/$1-cert.pub" note 2> /dev/null && mv note.sig "$1.sig"
}
certify carols carol@ca
certify eves eve@ca
printf 'ssh-authorities: [{key: "%s"}]\n' "$(cut -d' ' -f1,2 keys/ca.pub)" >> repo/tagseal.yaml
printf '  - ssh-principal: carol@ca\n' >> repo/people/carol.yaml
commit 'authority'
want 0 export_people --with-revoked
want 0 grep -q '^carol@ca cert-authority,namespaces="git,approval@tagseal" ssh-ed25519 .* carol$' allowed
want 0 verify carols git '' carol@ca
want 255 verify carols file '' carol@ca
want 255 verify eves git '' eve@ca
want 255 verify eves git '' carol@ca
git -C repo reset -q --hard HEAD^
want 0 export_people --with-revoked

# Nobody becomes a pattern, and nothing of the disabled is left.
cp allowed before
sed -i 's/^email: .*/email: "*@acme.example"/' repo/people/carol.yaml
printf 'disabled: true\n' >> repo/people/alice.yaml
printf '  - ssh: "%s"\n    valid-from: "2026-02-01"\n    valid-to: "2026-01-01"\n' "$(cut -d' ' -f1,2 keys/eve.pub)" >> repo/people/dave.yaml
commit 'carol'
want 0 export_people
says 'left out: key 1 of alice: the person is disabled'
says 'left out: key 3 of dave: the key counts at no time'
want 0 grep -q '^carol namespaces=' allowed
want 1 grep -qF '*' allowed
want 0 export_people --commit "$(git -C repo rev-parse HEAD^)" --with-revoked
same before allowed
git -C repo reset -q --hard HEAD^

# ---- import: what was exported comes back
mkdir new
want 0 "$TAGSEAL" people import --allowed-signers allowed --keyring people.gpg --into new
says '5 people, 6 keys'
want 0 cat new/people/alice.yaml
says 'valid-from: "2026-01-01T00:00:00Z"'
says 'valid-to: "2026-07-01T12:00:00Z"'
says "$(cut -d' ' -f1,2 keys/alice.pub)"
want 0 cat new/people/dave.yaml
says 'name: Dave Example'
says 'openpgp: dave/key.asc'
want 0 sh -c 'gpg --dearmor < new/people/dave/key.asc | cmp - people.gpg'
cp -r repo/tagseal.yaml repo/groups repo/certificates repo/projects repo/trust new/
want 0 "$TAGSEAL" check --folder new
# The people are the same; only ci-acme is taken for a person, and revoked keys end.
by carol -C "$WORLD/new" init -q -b main && by carol -C "$WORLD/new" add . && by carol -C "$WORLD/new" commit -q -m new
want 0 "$TAGSEAL" people export --repo new --allowed-signers again --keyring again.gpg --with-revoked
same people.gpg again.gpg
want 0 diff <(grep -v '^#' allowed | sed 's/"git"/"git,approval@tagseal"/') <(grep -v '^#' again)

# Nothing that is there is touched, and nothing else is written.
rm -r new/people/carol.yaml new/people/dave
refuses FILE-EXISTS 2 "$TAGSEAL" people import --allowed-signers allowed --keyring people.gpg --into new
want 1 test -e new/people/carol.yaml
want 1 test -e new/people/dave
printf 'al.ice+1@x %s\nAl.Ice-1@y,b@y %s\n' "$(cat keys/alice.pub)" "$(cat keys/eve.pub)" > two
want 0 "$TAGSEAL" people import --allowed-signers two --into new --json
want 0 jq -e '.people == 2 and .files[1] == "new/people/al-ice-1-2.yaml"' <<< "$out"

# ---- lines that people/ cannot say
key=$(cut -d' ' -f1,2 keys/alice.pub)
mkdir none
bad_line() { # CODE LINE
	printf '%s\n' '# people' "$2" > bad
	refuses "$1" "${3:-2}" "$TAGSEAL" people import --allowed-signers bad --into none
	says 'bad:2'
	want 1 test -e none/people
}
bad_line PEOPLE-SIGNER "*@acme.example $key"
bad_line PEOPLE-SIGNER "alice $key"
bad_line PEOPLE-SIGNER "!alice@x $key"
bad_line PEOPLE-SIGNER "\"alice@x\" $key"
bad_line PEOPLE-SIGNER "alice@x cert-authority $key"
bad_line PEOPLE-SIGNER "alice@x cert-authority,namespaces=\"git\" $key"
bad_line PEOPLE-SIGNER "alice@x namespaces=\"file\" $key"
bad_line PEOPLE-SIGNER "alice@x namespaces=\"git $key"
bad_line PEOPLE-SIGNER "alice@x namespaces=\"git\",namespaces=\"git\" $key"
bad_line PEOPLE-SIGNER "alice@x namespaces=\"git\", $key"
bad_line PEOPLE-SIGNER "alice@x valid-before=\"20260101\" $key"
bad_line PEOPLE-SIGNER "alice@x valid-before=\"20261301Z\" $key"
bad_line PEOPLE-SIGNER "alice@x valid-before=\"2026Z\" $key"
bad_line SSH-KEY-MALFORMED "alice@x"
bad_line SSH-KEY-MALFORMED "alice@x ${key%????}"
bad_line SSH-KEY-KIND "alice@x namespaces=\"git\" ssh-dss AAAAB3NzaC1kc3M=" 1
printf '%s\n' "alice@x $key" "bob@x $key" > bad
refuses CONFIG-KEY-SHARED 4 "$TAGSEAL" people import --allowed-signers bad --into none
ssh-keygen -q -N '' -t rsa -b 2048 -f keys/short
printf 'alice@x %s\n' "$(cut -d' ' -f1,2 keys/short.pub)" > bad
refuses CONFIG-VALUE 4 "$TAGSEAL" people import --allowed-signers bad --into none

# ---- keyrings
g --export-secret-keys dave > secret.gpg
refuses OPENPGP-KEY-SECRET 1 "$TAGSEAL" people import --keyring secret.gpg --into none
refuses OPENPGP-KEY-MALFORMED 2 "$TAGSEAL" people import --keyring note --into none
g --quick-gen-key 'nobody at all' ed25519 sign never
g --export 'nobody at all' > nobody.gpg
refuses PEOPLE-NOBODY 2 "$TAGSEAL" people import --keyring nobody.gpg --into none
want 1 test -e none/people
refuses USAGE 2 "$TAGSEAL" people import --into none
refuses USAGE 2 "$TAGSEAL" people export --repo repo
