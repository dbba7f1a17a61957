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
