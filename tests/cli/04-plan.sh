#!/usr/bin/env bash
# plan: what the engine would say to release tags, by SSH and OpenPGP keys.
. "$(dirname "$0")/../lib.sh"

export HOME=$WORLD GIT_CONFIG_NOSYSTEM=1 GNUPGHOME=$WORLD/gnupg
mkdir -m 700 keys gnupg
cp -r "$SOURCE/sample-config-repo/config" config
for who in alice bob carol dave; do
	ssh-keygen -q -N '' -t ed25519 -f keys/$who
	sed -i "s@ssh: .*@ssh: \"$(cut -d' ' -f1,2 keys/$who.pub)\"@" \
	    config/people/$who.yaml
done
by() {
	local who=$1 repo=$2; shift 2
	git -C "$repo" -c user.name="$who" -c user.email="$who@test" \
	    -c gpg.format=ssh -c user.signingkey="$WORLD/keys/$who.pub" "$@"
}
gpg --batch --quiet --passphrase '' --quick-gen-key bob@test ed25519 sign 0
mkdir config/people/bob
gpg --armor --export bob@test > config/people/bob/key.asc
printf '  - openpgp: bob/key.asc\n' >> config/people/bob.yaml
git init -q -b main config
by carol config add .
by carol config commit -q -S -m root
want 0 "$TAGSEAL" check config

git init -q -b main app
echo one > app/file
by alice app add .
by alice app commit -q -S -m one
manifest() {
	printf 'release\n\n---\ntagseal: 1\nproject: %s\npolicy: %s\n' "$1" "$2"
	printf 'artifacts:\n  - {name: acme-app-1.0.0.zip, size: 3, sha256: "%s", '\
'from: "https://ci.acme.example/builds/acme-app/a.zip", configuration: default}\n' \
	    "$(printf abc | sha256sum | cut -c1-64)"
	printf 'parameters: {version: "1.0.0"}\n'
}
tag() {
	manifest "$3" "$4" > message
	by "$2" app tag -s -F "$WORLD/message" --cleanup=verbatim "$1"
}
plan() { "$TAGSEAL" plan --config config --repo app --project acme-app "$@"; }

tag v1.0.0 alice acme-app release-signing
want 0 plan v1.0.0
says "unverified"
says "refs/tags/v1.0.0: waiting"
says "needs"
says "carol"
says "acme-app-1.0.0.zip"
want 0 plan refs/tags/v1.0.0 --json
want 0 jq -e '.outcome == "waiting" and .verified == false and
    (.release.findings | all(.met)) and (.approvals.wanted | length > 0)' \
    <<< "$out"

# Which certificate would sign, by which rules; a successor in its place.
want 0 plan v1.0.0
says "with   certificate acme-release (x509, release, active)"
want 0 plan v1.0.0 --json
want 0 jq -e '.certificate | .slug == "acme-release" and .rules.approvals == 1' <<< "$out"
first=$(git -C config rev-parse HEAD)
cp config/certificates/acme-release.yaml kept.yaml
sed '/^rules/d' kept.yaml > config/certificates/next.yaml
cp kept.yaml config/certificates/last.yaml
cat >> config/certificates/next.yaml <<- END
	rules:
	  formats: [pe, msi, file]
	  projects: [acme-app, acme-agent]
	  minimum-key-size: 3072
	  signatures-per-day: 7
	  hours: [{days: [$(date -u -d '+3 days' +%A | tr '[:upper:]' '[:lower:]')], from: "08:00", to: "09:30"}]
	successor: {certificate: last, from: "2999-01-01"}
END
printf 'state: retired\nsuccessor: {certificate: next, from: "2020-01-01"}\n' >> config/certificates/acme-release.yaml
by carol config add . && by carol config commit -q -S -m 'a successor'
want 0 plan v1.0.0
says "with   certificate next (x509, release, active)"
says "formats: pe, msi, file"
says "key: at least 3072 bits"
says "day 08:00 to 09:30 UTC"
says "at most 7 signatures"
says "not now: its hours begin at "
says "from 2999-01-01T00:00:00.000Z on: certificate last"
want 0 plan v1.0.0 --json
want 0 jq -e '.certificate | .slug == "next" and .successor.certificate == "last" and
    .rules.hours[0].to == "09:30" and (.rules.hours[0].days | length) == 1' <<< "$out"
sed -i 's/2020-01-01/2999-01-01/' config/certificates/acme-release.yaml
by carol config commit -q -S -a -m 'it takes over later'
refuses REF-CERTIFICATE-RETIRED 1 plan v1.0.0
git -C config reset -q --hard "$first"

tag v1.0.1 alice acme-agent release-signing
refuses REF-PROJECT 1 plan v1.0.1
says "do:"
by alice app tag v1.0.2
refuses REF-KIND 1 plan v1.0.2
want 1 plan v1.0.2 --json
want 0 jq -e '.outcome == "refused" and
    ([.release.findings[] | select(.met | not) | .code] | length >= 2)' <<< "$out"
tag v1.0.3 alice acme-app nothing
refuses REF-POLICY-UNKNOWN 1 plan v1.0.3

# An OpenPGP key, judged by gpg in the verifier's sandbox, which leaves nothing.
manifest acme-app release-signing > message
git -C app -c user.name=b -c user.email=b@test tag -s -u bob@test \
    -F "$WORLD/message" --cleanup=verbatim v1.0.4
want 0 plan v1.0.4
says "signed by bob"
# Other tests may have such homes too, but not for long.
no_homes() {
	for _ in {1..50}; do
		compgen -G '/dev/shm/gpg-*' > homes || return 0
		sleep 0.2
	done
	cat homes
	return 1
}
want 0 no_homes
gpg --batch --quiet --passphrase '' --quick-gen-key eve@test ed25519 sign 0
git -C app -c user.name=b -c user.email=b@test tag -s -u eve@test \
    -F "$WORLD/message" --cleanup=verbatim v1.0.5
refuses SIGNER-UNKNOWN 1 plan v1.0.5
gpgconf --kill all

# Commits that nobody signed count from the last release on.
by alice app commit -q --allow-empty -m unsigned
tag v1.1.0 alice acme-app release-signing
refuses SIGNER-UNSIGNED 1 plan v1.1.0
says GIT-UNSIGNED
by alice app commit -q -S --allow-empty -m signed
tag v1.1.1 alice acme-app release-signing
want 0 plan v1.1.1 --since v1.1.0

refuses USAGE 2 "$TAGSEAL" plan v1.0.0
refuses USAGE 2 "$TAGSEAL" plan --config config --repo app v1.0.0
refuses REF-PROJECT-UNKNOWN 1 "$TAGSEAL" plan --config config --repo app \
    --project none v1.0.0
refuses GIT-REF-MISSING 3 plan v9
refuses GIT-REPOSITORY 5 "$TAGSEAL" plan --config nowhere v1
printf 'nmae: X\n' >> config/people/bob.yaml
by carol config commit -q -S -a -m bad
refuses CHAIN-UNSOUND 4 plan v1.0.0
