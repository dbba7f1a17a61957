#!/usr/bin/env bash
# init: the keys of a ledger, judged by ssh-keygen and by the reader of config
# repos; engine.yaml and its pins, judged by git and sha256sum.
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/cli/world.sh"

new_token acme
cp -r "$SOURCE/sample-config-repo/config" config
token=pkcs11:token=acme
init_keys() { "$TAGSEAL" init keys --ledger acme.example/tagseal --token "$token" "$@"; }

# ---- keys: refused before anything is made
refuses USAGE 2 "$TAGSEAL" init
refuses USAGE 2 "$TAGSEAL" init keys --token "$token" --into config
refuses FILE-MISSING 2 init_keys --into nowhere
refuses FILE-EXISTS 2 init_keys --into config
says "--force"
rm config/certificates/engine-*.yaml
refuses USAGE 2 init_keys --into config --algorithm rsa-3072
refuses USAGE 2 init_keys --into config --log-label same --commit-label same
refuses CONFIG-KEY-URI 4 "$TAGSEAL" init keys --ledger x --token "$token;slot-id=1" --into config
want 3 "$TAGSEAL" key list --token "$token"

# ---- keys: made
want 0 init_keys --into config
says "made pkcs11:token=acme;object=engine-log"
says "made pkcs11:token=acme;object=engine-commit"
says "commits: engine-commit, checkpoints: engine-log"
want 0 "$TAGSEAL" check --folder config
want 0 "$TAGSEAL" key check "$token;object=engine-log"
for name in engine-log engine-commit; do
	sed 's/^public: .*/public:/' "$SOURCE/sample-config-repo/config/certificates/$name.yaml" > expected
	sed 's/^public: .*/public:/' config/certificates/$name.yaml > found
	same expected found
done
public() { sed -n 's/^public: "\(.*\)"$/\1/p' "config/certificates/$1.yaml"; }
public engine-commit > commit.pub
want 0 ssh-keygen -l -f commit.pub
says "engine (ED25519)"
want 0 grep -qE '^acme\.example/tagseal\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$' <<< "$(public engine-log)"
# The verifier key holds what the token has: its last 32 bytes are the key.
"$TAGSEAL" key check "$token;object=engine-log" --json | jq -r .public_key | base64 -d | tail -c 32 > key
{ printf '\1'; cat key; } | base64 > expected
public engine-log | cut -d + -f 3- > found
same expected found

# ---- keys: a second run changes nothing, unless it is told to
sha256sum config/certificates/engine-*.yaml > before
refuses FILE-EXISTS 2 init_keys --into config
rm config/certificates/engine-log.yaml
refuses FILE-EXISTS 2 init_keys --into config
rm config/certificates/engine-commit.yaml
refuses KEY-EXISTS 2 init_keys --into config
want 0 init_keys --into config --force --json
want 0 jq -e '.ledger == "acme.example/tagseal" and (.keys | map(.kind) == ["log", "ssh"] and all(.made | not))' <<< "$out"
want 0 sha256sum -c before
want 0 pkcs11-tool --module "$TAGSEAL_MODULE" --token-label acme --login --pin 1234 \
    --keypairgen --key-type EC:prime256v1 --label foreign --id 77 --usage-derive
refuses KEY- 1 init_keys --into config --force --log-label foreign
want 0 sha256sum -c before

# ---- keys: of the other algorithm, under names that need care
mkdir other
want 0 init_keys --into other --algorithm ec-p256 --log-label 'log; of "us"' --commit-label c2
says 'object=log%3B%20of%20%22us%22'
sed -n 's/^public: "\(.*\)"$/\1/p' other/certificates/engine-commit.yaml > commit.pub
want 0 ssh-keygen -l -f commit.pub
says "256 SHA256:"
says "(ECDSA)"
cp other/certificates/engine-*.yaml config/certificates/
want 0 "$TAGSEAL" check --folder config

# ---- another engine: one key, one line of tagseal.yaml; none has another's
other() { "$TAGSEAL" init keys --engine engine-b --token "$token" --into config "$@"; }
refuses USAGE 2 "$TAGSEAL" init keys --engine 'B b' --token "$token" --into config
want 0 other
says "made pkcs11:token=acme;object=engine-b"
line=$(sed -n 's/^ *engines: \[\(.*\)\]$/\1/p' <<< "$out")
public engine-b > commit.pub
want 0 ssh-keygen -l -f commit.pub
refuses FILE-EXISTS 2 other
named() { sed -i -e '/^  engines:/d' -e "s/^  checkpoints: .*/&\n  engines: [$1]/" config/tagseal.yaml; }
named "$line"
want 0 "$TAGSEAL" check --folder config
named "$line, $line"
refuses CONFIG-TWICE 4 "$TAGSEAL" check --folder config
named "${line/engine-b/engine-log}"
refuses CONFIG-PURPOSE 4 "$TAGSEAL" check --folder config

# ---- engine: the config repo as a signed commit
rm -r config
cp -r "$SOURCE/sample-config-repo/config" config
rm config/certificates/engine-*.yaml
init_keys --into config --force > /dev/null
export HOME=$WORLD GIT_CONFIG_NOSYSTEM=1
ssh-keygen -q -N '' -t ed25519 -f alice
git init -q -b main config
commit() {
	git -C config add .
	git -C config -c user.name=alice -c user.email=alice@test -c gpg.format=ssh \
	    -c user.signingkey="$WORLD/alice.pub" commit -q -S -m "$1"
}
printf 'notes: \303\244\n' > 'config/notes of "us".txt'
chmod +x 'config/notes of "us".txt'
commit first
git -C config rev-parse HEAD > first
printf 'nmae: X\n' >> config/people/bob.yaml
printf 'members: [person/nobody]\n' > config/groups/developers.yaml
ln -s 'notes of "us".txt' config/link
commit unsound
printf '1234\n' > pin
chmod 600 pin
init_engine() {
	"$TAGSEAL" init engine --config config --url https://git.acme.example/config.git --state state \
	    --module "$TAGSEAL_MODULE" --token acme --pin-file pin --access-write "$WORLD/tokens" --outputs /srv/releases/ --no-genesis "$@"
}

# ---- engine: refused before anything is written
refuses USAGE 2 init_engine
says "--output is missing"
refuses USAGE 2 init_engine -o e.yaml --token "$token"
refuses GIT-REF-MISSING 3 init_engine -o e.yaml --commit nothing
want 4 init_engine -o e.yaml
says "groups/developers.yaml:1:"
says "people/bob.yaml:"
says "link: links and submodules have no place in a config repo"
git -C config reset -q --hard HEAD~1
refuses CONFIG-PATH-OUTSIDE 4 init_engine -o e.yaml --url /srv/git/config.git
want 4 init_engine -o e.yaml --url nonsense
says "e.yaml:"
sed -i 's@^  id: acme.example/tagseal@  id: acme.example/other@' config/tagseal.yaml
commit "another ledger"
refuses NOTE-KEY 4 init_engine -o e.yaml
says "make them the same"
want 1 test -e e.yaml
want 1 test -e state

# ---- engine: pins, compared with git's own objects
want 0 init_engine -o e.yaml --commit "$(cat first)" --trust trust.yaml --url /srv/git/config.git \
    --repositories /srv/git --outputs out
says "engine --begin --engine e.yaml"
says "payload-sha256"
want 0 test "$(stat -c %a e.yaml)" = 644
value() { sed -n "s/^ *$1: \"\(.*\)\"$/\1/p" e.yaml; }
want 0 test "$(value commit)" = "$(cat first)"
git -C config cat-file commit "$(cat first)" |
    awk '/^$/ { body = 1 } !body && /^gpgsig / { skip = 1; next } !body && skip && /^ / { next } { skip = 0; print }' > payload
want 0 test "$(value payload-sha256)" = "$(sha256sum < payload | cut -d ' ' -f 1)"
git -C config ls-tree -rz "$(cat first)" | while read -r -d '' mode _ blob path; do
	printf '%s %s %s\n' "$mode" "$(git -C config cat-file blob "$blob" | sha256sum | cut -d ' ' -f 1)" "$path"
done > manifest
want 0 test "$(value manifest-sha256)" = "$(sha256sum < manifest | cut -d ' ' -f 1)"
want 0 grep -qxF "  keys: [\"$(git -C config show "$(cat first)":certificates/engine-log.yaml | sed -n 's/^public: "\(.*\)"$/\1/p')\"]" e.yaml
want 0 grep -qE '^engine: "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"$' e.yaml
want 0 grep -qxF "state: \"$WORLD/state\"" e.yaml
want 0 grep -qxF "outputs: [\"/srv/releases\", \"$WORLD/out\"]" e.yaml
want 0 grep -qxF "    access: {read: [], write: [\"$WORLD/tokens\"]}" e.yaml
want 0 grep -qF "payload-sha256: \"$(value payload-sha256)\"" trust.yaml

# ---- engine: one that joins has the id that the config repo names
b=6f1c0d2e-0000-4000-8000-000000000002
git -C config reset -q --hard "$(cat first)"
refuses ENGINE-UNDECLARED 4 init_engine -o b.yaml --id "$b"
want 0 other --force
named "{id: \"$b\", commits: engine-b, retired: true}" && commit 'engine B, too late'
refuses ENGINE-UNDECLARED 4 init_engine -o b.yaml --id "$b"
named "{id: \"$b\", commits: engine-b}" && commit 'engine B'
want 1 test -e b.yaml
want 0 init_engine -o b.yaml --id "$b"
want 0 grep -qxF "engine: \"$b\"" b.yaml
git -C config reset -q --hard "$(cat first)"

# ---- engine: nothing is replaced without --force; the identity is new
cp e.yaml before.yaml
refuses FILE-EXISTS 2 init_engine -o e.yaml --commit "$(cat first)"
refuses FILE-EXISTS 2 init_engine -o f.yaml --trust trust.yaml --commit "$(cat first)"
same e.yaml before.yaml
want 0 init_engine -o e.yaml --commit "$(cat first)" --force --json
sed -n '/^{/,$p' <<< "$out" | sed '/^this began no ledger/d' > answer
want 0 jq -e --arg c "$(cat first)" '.root.commit == $c and .began == false and (.trust | contains($c))' answer
want 1 cmp -s e.yaml before.yaml

# ---- engine: recovery keys, for the engine and for its clients
for who in eve frank; do ssh-keygen -q -N '' -t ed25519 -C "$who" -f "$who"; done
recovered() { init_engine -o r.yaml --trust r.trust --commit "$(cat first)" --recovery eve.pub "$@"; }
refuses USAGE 2 recovered
says '--recovery-threshold is missing'
refuses USAGE 2 init_engine -o r.yaml --commit "$(cat first)" --recovery-threshold 1
says '--recovery is missing'
refuses USAGE 2 recovered --recovery-threshold one
refuses CONFIG-VALUE 4 recovered --recovery-threshold 2
refuses CONFIG-VALUE 4 recovered --recovery-threshold 0
refuses CONFIG-TWICE 4 recovered --recovery eve.pub --recovery-threshold 1
refuses SSH-KEY-MALFORMED 2 recovered --recovery eve --recovery-threshold 1
cat eve.pub frank.pub > both.pub
refuses SSH-KEY-MALFORMED 2 recovered --recovery both.pub --recovery-threshold 1
want 1 test -e r.yaml
want 1 test -e r.trust
want 0 recovered --recovery frank.pub --recovery-threshold 2
for file in r.yaml r.trust; do
	want_same "$(cat eve.pub frank.pub)" "$(sed -n 's/^    - "\(ssh.*\)"$/\1/p' "$file")" "keys in $file are"
	want 0 grep -qx '  threshold: 2' "$file"
done
want 0 "$BUILD/tests/configfile" check engine r.yaml
want 0 "$BUILD/tests/configfile" check trust r.trust
