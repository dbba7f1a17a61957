#!/usr/bin/env bash
# docs-ceremony - docs/ceremony.md as it stands: from an empty token to a signed
# release, with an authority made by openssl. The page checks itself by others'
# programs; here is what it must not take, and that its checks can fail.
# shellcheck source=lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=e2e/engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=pages.sh
. "$SOURCE/tests/pages.sh"
trap 'GNUPGHOME=$WORLD/home/alice/.gnupg gpgconf --kill all; GNUPGHOME=$WORLD/home/bob/.gnupg gpgconf --kill all; finish' EXIT

# ---- what is there before: another token for the timestamps, hosts, people
new_token test
new_authority
start_tsa ec-p256
serve_ci
make_programs
cp made/app.exe ci/acme-app-1.0.0.exe
mkdir keys stick repos out
make_people
ssh-keygen -q -N '' -t ed25519 -C erin -f keys/erin
make_home alice bob carol dave erin
mkdir -p home/authority/work home/erin/.config && cp ca.pem stick/tsa-root.pem
alice() { HOME=$WORLD/home/alice "$@"; }
alice gpg --batch --quiet --passphrase '' --quick-generate-key 'alice <alice@acme.example>' ed25519 sign never 2> /dev/null
alice gpg --armor --export > config/people/alice.asc
alice git config --global gpg.format openpgp
alice git config --global user.signingkey alice@acme.example
sed -i 's/^  - ssh: .*/  - openpgp: alice.asc/' config/people/alice.yaml
rm -r config/projects config/certificates
cp ca.pem config/trust/tsa-roots.pem
sed -i -e "s@url: \"http://tsa.acme.example/\"@private-address: true, url: \"$tsa\"@" \
    -e "s@https://git.acme.example/security/ledger.git@$WORLD/repos/ledger.git@" config/tagseal.yaml
mv config home/carol/work/
for repo in config ledger acme-app; do git init -q --bare -b main repos/$repo.git; done
git init -q -b main app && cp made/app.c app/
(cd app && alice git add . && alice git commit -q -S -m 'Acme App' && alice git push -q "$WORLD/repos/acme-app.git" HEAD:main)

# ---- the page
unset TAGSEAL_MODULE TAGSEAL_PIN
{ echo 'become erin'; blocks "$SOURCE/docs/ceremony.md"; } | here |
    sed "s@/media/stick@$WORLD/stick@g; s@^artifacts: {@&private-address: true, @" > ceremony.sh
want 0 run_page ceremony.sh
printf 'runs: docs/ceremony.md: %d lines\n' "$(grep -c . ceremony.sh)"
[[ $failures -eq 0 ]] || printf '%s\n' "$out"

# ---- what the page's own checks are for
cd home/carol/work/config
export HOME=$WORLD/home/carol TAGSEAL_PIN=1234 TAGSEAL_MODULE=/usr/lib/softhsm/libsofthsm2.so
uri='pkcs11:token=acme;object'
stick=$WORLD/stick
key_tool() { pkcs11-tool --module $TAGSEAL_MODULE --token-label acme --login --pin 1234 "$@" > tool.log 2>&1 || cat tool.log >&2; }
# The reply is for one key: another, made in the same way, gets nothing by it.
want 0 "$TAGSEAL" key make --token pkcs11:token=acme --label other --algorithm ec-p256 --record other.json --by 'Carol Example'
refuses CERTIFICATE-KEY 2 "$TAGSEAL" certificate import --key "$uri=other" --chain-from ../issuers -o other.pem "$stick/reply.p7b"
refuses CERTIFICATE-NO-PATH 1 "$TAGSEAL" certificate import --key "$uri=acme-release" -o other.pem "$stick/reply.p7b"
want 1 test -e other.pem
want 1 "$TAGSEAL" key check "$uri=other" --record certificates/acme-release.ceremony.json
says CEREMONY-DIFFERS
# Its record, and its certificate, beside the first one's.
cp certificates/acme-release.ceremony.json kept
cp other.json certificates/acme-release.ceremony.json
refuses CONFIG-CEREMONY 4 "$TAGSEAL" check --folder .
cp kept certificates/acme-release.ceremony.json
sed -i 's/count: 2/count: 1/' projects/acme-app/policies/release-signing.yaml
refuses CONFIG-CERTIFICATE-RULES 4 "$TAGSEAL" check --folder .
git checkout -q projects
want 0 "$TAGSEAL" check --folder .
# A key that may leave its token has no record, and is found by either program.
key_tool --keypairgen --key-type EC:prime256v1 --label loose --id 77 --extractable
want 1 "$TAGSEAL" key check "$uri=loose"
says KEY-EXPORTABLE
refuses CEREMONY-MALFORMED 2 "$TAGSEAL" key record "$uri=loose" --record loose.json --by 'Carol Example'
key_tool --list-objects --type privkey
awk '/^Private Key/ { mine = 0 } /label: *loose$/ { mine = 1 } mine' tool.log > attributes
want 0 grep 'Usage: ' attributes
want 1 grep 'Access: .*never extractable' attributes
# A file that was changed, by the programs of the last step.
cd "$WORLD/home/bob/work"
printf '\001' | dd of=acme-app-1.0.0.exe bs=1 seek=700 conv=notrunc status=none
want 1 sha256sum --quiet -c SHA256SUMS
want 1 osslsigncode verify -CAfile "$stick/root.pem" -CRLfile "$stick/crl.pem" -ignore-cdp -TSA-CAfile "$stick/tsa-root.pem" -in acme-app-1.0.0.exe
