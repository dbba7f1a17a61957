#!/usr/bin/env bash
# approve, deny, withdraw: statements about requests of a verified ledger,
# signed by stock git and ssh-keygen and judged by them.
. "$(dirname "$0")/../lib.sh"

export HOME=$WORLD/home GIT_CONFIG_NOSYSTEM=1 USER=carol
mkdir made home
"$BUILD/tests/write-ledger" made ed25519 ed25519 > written
read -r size root < written
ssh-keygen -q -N '' -t ed25519 -f key
echo "carol@test $(cat key.pub)" > signers
git init -q -b main config
git -C config config user.name c
git -C config config user.email carol@test
git -C config config gpg.format ssh
git -C config config user.signingkey "$WORLD/key.pub"
git -C config config gpg.ssh.allowedSignersFile "$WORLD/signers"
git -C config commit -q --allow-empty -m one
git -C config fetch -q "$WORLD/made/ledger.git" tagseal/ledger:tagseal/ledger
know=(--repo config --log-key made/vkey)
"$TAGSEAL" requests "${know[@]}" --json > requests
id=$(jq -r '.[] | select(.state == "waiting") | .id' requests)
done=$(jq -r '[.[] | select(.state == "completed")][0].id' requests)
short=${id:3:12}

# ---- a tag
want 0 "$TAGSEAL" approve "${id:0:10}" "${know[@]}" --dry-run
says "request: $id"
says_not "unverified"
want 0 "$TAGSEAL" approve "${id:0:10}" "${know[@]}" --reason 'looks # good: "yes"'
says "$id (waiting)"
says "release-signing"
says "https://a.example/app.git"
says "refs/tags/v1.2.3"
says "app.zip"
says "sha256 0123456789abcdef"
says "version = 1.2.3"
says "git push origin refs/tags/approve/$short/carol"
want 0 git -C config verify-tag "approve/$short/carol"
out=$("$TAGSEAL" approve "${id:0:10}" "${know[@]}" --name json --json 2> /dev/null)
want 0 test "$(jq -r '.request + " " + .decision + " " + .tag' <<< "$out")" = "$id approve approve/$short/json"
git -C config tag -d "approve/$short/json" > /dev/null
want 0 git -C config cat-file tag "approve/$short/carol"
says "request: $id"
says 'decision: "approve"'
says 'reason: "looks # good: \"yes\""'
refuses RELEASE-TAG 5 "$TAGSEAL" approve "$id" "${know[@]}"
want 0 "$TAGSEAL" deny "$id" "${know[@]}" --reason 'wrong branch'
want 0 git -C config verify-tag "approve/$short/carol-deny"
want 0 git -C config cat-file tag "approve/$short/carol-deny"
says 'decision: "deny"'
says 'reason: "wrong branch"'
want 0 "$TAGSEAL" withdraw "$id" "${know[@]}" --dry-run
says "request: $id"
says 'decision: "withdraw"'
want 0 "$TAGSEAL" withdraw "${id:0:10}" "${know[@]}" --reason 'wrong build'
says "git push origin refs/tags/approve/$short/carol-withdraw"
want 0 git -C config verify-tag "approve/$short/carol-withdraw"
want 0 git -C config cat-file tag "approve/$short/carol-withdraw"
says "Withdraw $id"
says 'decision: "withdraw"'
says 'reason: "wrong build"'
# The tag may go to a clone of its own.
git clone -q config other 2> /dev/null
for key in user.name user.email gpg.format user.signingkey; do
	git -C other config $key "$(git -C config config $key)"
done
want 0 "$TAGSEAL" approve "$id" "${know[@]}" --config other --name carol-2
want 0 git -C other -c gpg.ssh.allowedSignersFile="$WORLD/signers" verify-tag "approve/$short/carol-2"

# ---- a statement with a detached signature
want 0 "$TAGSEAL" approve "$id" "${know[@]}" --statement carol.yaml
says "ssh-keygen -Y sign -n approval@tagseal"
says "approvals/$id/"
"$TAGSEAL" approve "$id" "${know[@]}" --dry-run > dry 2> /dev/null
same dry carol.yaml
want 0 head -1 carol.yaml
says "tagseal: 1"
ssh-keygen -q -Y sign -n approval@tagseal -f key carol.yaml
want 0 bash -c 'ssh-keygen -Y verify -n approval@tagseal -f signers -I carol@test -s carol.yaml.sig < carol.yaml'
want 255 bash -c 'ssh-keygen -Y verify -n git -f signers -I carol@test -s carol.yaml.sig < carol.yaml'
refuses FILE-EXISTS 2 "$TAGSEAL" approve "$id" "${know[@]}" --statement carol.yaml

# ---- whom to believe
want 0 "$TAGSEAL" approve "$id" --repo config --dry-run
want 0 test "${out%%:*}" = unverified
pin() {
	mkdir -p home/.config/tagseal
	cat > home/.config/tagseal/trust.yaml <<-YAML
	tagseal: 1
	config:
	  id: 0b7e0000-0000-4000-8000-000000000002
	  root: {commit: "$(git -C config rev-parse main)", payload-sha256: "$root", manifest-sha256: "$root"}
	ledger: {keys: [$1], at-least: {size: $2, root: "$3"}}
	YAML
}
mkdir foreign && "$BUILD/tests/write-ledger" foreign ed25519 ed25519 > /dev/null
mine="\"$(cat made/vkey)\"" theirs="\"$(cat foreign/vkey)\""
pin "$mine" "$size" "$root"
want 0 "$TAGSEAL" approve "$id" --repo config --dry-run
says_not "unverified"
pin "$theirs, $mine" "$size" "$root"
want 0 "$TAGSEAL" approve "$id" --repo config --dry-run
says_not "unverified"
pin "$theirs" "$size" "$root"
refuses LEDGER-FORMAT 6 "$TAGSEAL" approve "$id" --repo config
pin "$mine" $((size + 1)) "$root"
refuses LEDGER-REWIND 6 "$TAGSEAL" approve "$id" --repo config
echo 'nmae: x' >> home/.config/tagseal/trust.yaml
want 4 "$TAGSEAL" approve "$id" --repo config
rm -r home/.config

# ---- what is refused
refuses REQUEST-STATE 1 "$TAGSEAL" approve "$done" "${know[@]}"
refuses REQUEST-STATE 1 "$TAGSEAL" deny "$done" "${know[@]}" --reason late
refuses REQUEST-STATE 1 "$TAGSEAL" withdraw "$done" "${know[@]}"
refuses REQUEST-UNKNOWN 3 "$TAGSEAL" withdraw sr-0000000000 "${know[@]}"
refuses REQUEST-UNKNOWN 3 "$TAGSEAL" approve sr-0000000000 "${know[@]}"
refuses REQUEST-UNKNOWN 3 "$TAGSEAL" approve sr- "${know[@]}"
refuses USAGE 2 "$TAGSEAL" deny "$id" "${know[@]}"
refuses USAGE 2 "$TAGSEAL" approve "$id" "${know[@]}" --name ../x
refuses LEDGER-FORMAT 6 "$TAGSEAL" approve "$id" --repo config --log-key foreign/vkey
want 0 git -C config tag -l
want 0 test "$(wc -l <<< "$out")" = 3
