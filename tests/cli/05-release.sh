#!/usr/bin/env bash
# release: tags with a manifest, signed by stock git, read by git and by plan.
. "$(dirname "$0")/../lib.sh"

export HOME=$WORLD GIT_CONFIG_NOSYSTEM=1
ssh-keygen -q -N '' -t ed25519 -f key
git init -q -b main app
git -C app config user.name a
git -C app config user.email a@test
git -C app config gpg.format ssh
git -C app config user.signingkey "$WORLD/key.pub"
git -C app commit -q --allow-empty -m one
printf abc > a.zip
printf defg > 'b c.zip'
sum=$(sha256sum < a.zip | cut -c1-64)
release() { "$TAGSEAL" release --project app --policy release --repo app "$@"; }

want 0 release --from https://ci.test/x --parameter 'version=1.0' \
    -m 'First: one' v1 a.zip
says "made tag v1"
echo "a@test $(cat key.pub)" > signers
want 0 git -C app -c gpg.ssh.allowedSignersFile="$WORLD/signers" verify-tag v1
want 0 git -C app cat-file tag v1
says "First: one"
says "sha256: \"$sum\""
says "size: 3"
says 'from: "https://ci.test/x/a.zip"'
says '"version": "1.0"'
out=$(release --from https://ci.test/x --json v1.1 a.zip 2> /dev/null)
want 0 test "$(jq -r .tag <<< "$out")" = v1.1
want 0 release --in-tree --dry-run v2 a.zip 'b c.zip'
says 'path: "b c.zip"'
says "size: 4"
refuses RELEASE-TAG 5 release --in-tree v1 a.zip
# Without its key git 2.39 makes a tag that nobody signed, and ends with success.
mv key.pub away.pub
refuses RELEASE-TAG 5 release --in-tree v2 a.zip
want 1 git -C app show-ref -q --verify refs/tags/v2
mv away.pub key.pub
want 0 release --in-tree v2 a.zip
want 0 git -C app tag -d v2
refuses USAGE 2 release v2 a.zip
refuses USAGE 2 release --in-tree --from https://x v2 a.zip
refuses USAGE 2 release --in-tree --parameter novalue v2 a.zip
refuses USAGE 2 "$TAGSEAL" release --in-tree v2 a.zip
refuses FILE-MISSING 2 release --in-tree v2 none.zip
