#!/usr/bin/env bash
# engine: what it refuses before it starts anything.
. "$(dirname "$0")/../lib.sh"

zeros=$(printf '0%.0s' {1..64})
cat > engine.yaml <<END
tagseal: 1
engine: 6f1c0000-0000-4000-8000-000000000001
config:
  id: 0b7e4c1a-5d2f-4e38-9a6b-1c7d8e9f0a2b
  urls: ["https://a.example/config.git"]
  root: {commit: "${zeros:0:40}", payload-sha256: "$zeros", manifest-sha256: "$zeros"}
ledger: {keys: ["acme.example/tagseal+5e746bfa+Aal7JAOfzTXmmbLsw0YQkMzeB6BP7ImJe/nw1dJWmOUJ"]}
state: $WORLD/state
tokens: [{module: /m.so, token: acme, pin: {file: /pin}}]
END

refuses FILE-MISSING 2 "$TAGSEAL" engine --engine nothing.yaml
refuses USAGE 2 "$TAGSEAL" engine --engine engine.yaml --log xml
refuses USAGE 2 "$TAGSEAL" engine engine.yaml

# Who may write the file decides whom the engine trusts.
chmod 664 engine.yaml
refuses ENGINE-EXPOSED 1 "$TAGSEAL" engine --engine engine.yaml
says "chmod go-w engine.yaml"
chmod 602 engine.yaml
refuses ENGINE-EXPOSED 1 "$TAGSEAL" engine --engine engine.yaml --once
chmod 644 engine.yaml
if [[ $(id -u) -eq 0 ]]; then
	chown nobody engine.yaml
	refuses ENGINE-EXPOSED 1 "$TAGSEAL" engine --engine engine.yaml
	says "who is neither root"
	chown root engine.yaml
fi

# All errors of the file, each with its place.
sed -e 's/^engine: .*/engine: six/' -e 's/token: acme/tokn: acme/' engine.yaml > bad.yaml
want 4 "$TAGSEAL" engine --engine bad.yaml
says "bad.yaml:2:9: "
says "bad.yaml:9:10: "
says "bad.yaml:9:26: "
says "CONFIG-KEY-UNKNOWN"

# A secret that everybody may read, and one engine for each state.
printf 'secret\n' > git-token
chmod 644 git-token
{ cat engine.yaml; echo "credentials: {git: {file: $WORLD/git-token, for: courier, hosts: [a.example]}}"; } > secret.yaml
refuses SECRET-EXPOSED 1 "$TAGSEAL" engine --engine secret.yaml
says "secret.yaml:10:"
want 0 test -d state/signer
refuses FILE-LOCKED 5 flock state/lock "$TAGSEAL" engine --engine engine.yaml --once
