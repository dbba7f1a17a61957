#!/usr/bin/env bash
# incident - a key is lost: the plan tells which releases survive its
# revocation, as others judge them; those that die are signed again with
# another key, by tags and policies like any release.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"

make_world
make_signer acme-next ec-p256
log_key=$(sed -n 's/^public: "\(.*\)"/\1/p' config/certificates/engine-log.yaml)
plan() { "$TAGSEAL" incident plan --repo repos/ledger.git --log-key "$log_key" --certificate acme-test "$@"; }
release() { build "$1"; tag alice "v$1" test-signing "ci/acme-app-$1.zip"; pass_of_engine; }

# ---- two releases, and the moment from which on nobody vouches for the key
want 3 plan --since 2026-01-01
release 1.0.0
sleep 1.1
since=$(date -u +%Y-%m-%dT%H:%M:%SZ)
sleep 1.1
release 1.1.0
want 0 plan --since "$since" -o plan.json
says '1 releases survive, 1 die'
want 0 jq -e --arg since "$since" '[.releases[] | {ref, fate}] == [
    {ref: "refs/tags/v1.0.0", fate: "survives"}, {ref: "refs/tags/v1.1.0", fate: "dies"}]' plan.json
want 0 jq -e '.releases[1].artifacts[0].signatures | length == 3 and all(.fate == "dies")' plan.json
want 0 plan --since "$since" --revoke-at 2099-01-01
says '2 releases survive, 0 die'
says 'what others signed with it until then survives'
want 0 plan --since "$since" --markdown
says '### acme-app refs/tags/v1.1.0'
want 0 plan --since "$since" --json
want 2 plan --since yesterday
says 'is no time'
want 2 plan --json --markdown --since "$since"
refuses USAGE 2 "$TAGSEAL" incident plan --since "$since"
refuses USAGE 2 "$TAGSEAL" incident plan --key 00 --since "$since"

# ---- a list with that date, made and read by others, says the same
serial=$(openssl x509 -in acme-test.pem -noout -serial | cut -d= -f2)
printf 'R\t991231000000Z\t%s,keyTime,%s\t%s\tunknown\t/CN=x\n' "$(date -u -d "$since" +%y%m%d%H%M%SZ)" \
    "$(date -u -d "$since" +%Y%m%d%H%M%SZ)" "$serial" > index.txt
printf '[ca]\ndefault_ca=c\n[c]\ndatabase=index.txt\ndefault_md=sha256\ndefault_crl_days=9\n' > ca.cnf
want 0 openssl ca -config ca.cnf -gencrl -cert ca.pem -keyfile ca.key -out crl.pem
for version in 1.0.0 1.1.0; do unzip -q "out/acme-app/v$version/acme-app-$version.zip" -d "$version"; done
want 0 "$TAGSEAL" verify --roots ca.pem --crl crl.pem 1.0.0/bin/app.exe
want 1 "$TAGSEAL" verify --roots ca.pem --crl crl.pem 1.1.0/bin/app.exe
says 'revoked'

# ---- signed again by the next certificate
cp acme-next.pem config/certificates/
sed 's/acme-test/acme-next/g' config/certificates/acme-test.yaml > config/certificates/acme-next.yaml
sed -i 's/^certificate: .*/certificate: acme-next/' config/projects/acme-app/policies/test-signing.yaml
change_config 'Another certificate'
ln -s app acme-app
want 0 "$TAGSEAL" resign --from plan.json -o resign
want 0 "$TAGSEAL" resign --from plan.json -o resign --json
want 0 jq -e '(.left | length) == 0 and [.prepared[].tag] == ["v1.1.0-resigned"]' <<< "$out"
want 2 "$TAGSEAL" resign --from ca.cnf -o resign
printf '{"kind":"other"}' > other.json
refuses INCIDENT-PLAN 2 "$TAGSEAL" resign --from other.json -o resign
"$TAGSEAL" resign --from plan.json -o resign > commands.sh
git config --global gpg.format ssh
git config --global user.signingkey "$WORLD/keys/alice.pub"
git config --global user.name alice
git config --global user.email alice@acme.example
want 0 sh -e commands.sh
pass_of_engine
want_same completed "$(state_of v1.1.0-resigned)" 'signed again'
unzip -q out/acme-app/v1.1.0-resigned/acme-app-1.1.0.zip -d again
want 0 "$TAGSEAL" verify --roots ca.pem --crl crl.pem again/bin/app.exe
says 'acme-next'
want 3 plan --since "$since" --key "$(printf '%064d' 0)"
want 0 plan --since "$since"
says '1 releases survive, 1 die'
