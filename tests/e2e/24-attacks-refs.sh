#!/usr/bin/env bash
# attacks with refs - a host that brings back what was signed once: heads of
# release branches that go back and forth, tags that come again, the same
# payload in another object or under another name.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=attacks.sh
. "$SOURCE/tests/e2e/attacks.sh"
more_config() {
	sed -i 's@^refs: .*@refs: ["refs/tags/test/*", "refs/tags/v*", "refs/heads/release/*"]@' config/projects/acme-app/policies/test-signing.yaml
}
make_world
build 1.0.0
host=repos/acme-app.git

# alarm N CODE TEXT: it was raised so often.
alarm() { counts "$1" alarm.raised ".code == \"$2\" and (.text | contains(\"$3\"))"; }
# again N REF: so many refusals of the ref, for being judged before.
again() { counts "$1" request.refused ".ref == \"refs/$2\" and [.findings[].code] == [\"REF-AGAIN\"]"; }
# release MESSAGE: a commit on the branch whose head is released.
release() { { printf '%s\n\n---\n' "$1"; manifest; } | by alice app commit -q -S --allow-empty -F - --cleanup=verbatim; git -C app rev-parse HEAD; }
put_head() { git -C "$host" update-ref "refs/heads/$1" "$2" && pass_of_engine && look; }

# ---- a branch that goes back and forth
by alice app switch -q -c release/1
one=$(release One) && by alice app push -q origin HEAD && pass_of_engine
two=$(release Two) && by alice app push -q origin HEAD && pass_of_engine
look
counts 2 request.completed
alarm 0 REF-REWOUND ''
put_head release/1 "$one"
alarm 1 REF-REWOUND "${two:0:12}"
again 1 heads/release/1
put_head release/1 "$two"
put_head release/1 "$one"
again 3 heads/release/1
alarm 1 REF-REWOUND ''
# Forwards again, by a commit that is no release; then what nobody released.
by alice app commit -q -S --allow-empty -m 'Later' && git -C app push -q -f origin HEAD
put_head release/1 "$(git -C app rev-parse HEAD)"
put_head release/1 "$(git -C app rev-parse main)"
alarm 1 REF-REWOUND "${one:0:12}"
alarm 2 REF-REWOUND ''

# ---- the same commit under another name, and in another object
put_head release/2 "$two"
again 1 heads/release/2
git -C app cat-file commit "$two" | sed '/^gpgsig /,/-----END SSH SIGNATURE-----$/d' > payload
ssh-keygen -q -Y sign -n git -O hashalg=sha256 -f keys/alice payload 2> /dev/null
sed '1s/^/gpgsig /; 2,$s/^/ /' payload.sig > header
sed '/^$/,$d' payload > object && cat header >> object && sed -n '/^$/,$p' payload >> object
twin=$(git -C app hash-object -t commit -w ../object)
want 0 test "$twin" != "$two"
by alice app push -q origin "$twin:refs/heads/release/3"
put_head release/3 "$twin"
again 1 heads/release/3
counts 2 request.created

# ---- a branch that is gone
git -C "$host" update-ref -d refs/heads/release/1
pass_of_engine && look
alarm 1 REF-MOVED 'refs/heads/release/1 of'

# ---- a tag that was another one in between
for ref in v1 v2; do manifest | tag_text alice "$ref" main; done
push_tags && pass_of_engine && look
completes v1 v2
tag=$(git -C app rev-parse v1)
{ printf 'Another\n\n---\n'; manifest; } | by alice app tag -f -s -F - --cleanup=verbatim v1 main > /dev/null
push_tags && pass_of_engine && look
refused REF-MOVED v1
git -C "$host" update-ref refs/tags/v1 "$tag"
pass_of_engine && look
again 1 tags/v1
alarm 1 REF-MOVED 'refs/tags/v1 of'
# A tag that is signed anew, word for word, is another object.
git -C app cat-file tag v2 | sed '/-----BEGIN SSH SIGNATURE-----/,$d' > payload
rm payload.sig && ssh-keygen -q -Y sign -n git -O hashalg=sha256 -f keys/alice payload 2> /dev/null
cat payload payload.sig | put_tag v2
push_tags && pass_of_engine && look
refused REF-MOVED v2
refused REF-AGAIN v2

# ---- what the ref was is still there when the host has thrown it away
by alice app switch -q --orphan alone && by alice app commit -q -S --allow-empty -m Root && echo 3 > app/three && by alice app add three && by alice app commit -q -S -m Three
manifest | tag_text alice v3 HEAD
commit=$(git -C app rev-parse HEAD) tree=$(git -C app rev-parse 'HEAD^{tree}')
git -C app push -q origin refs/tags/v3 && pass_of_engine && look
completes v3
git -C app cat-file commit "$commit" > commit.raw
git -C app cat-file tree "$tree" > tree.raw
git -C app cat-file tag v3 > release.raw
git -C "$host" update-ref -d refs/tags/v3 && git -C "$host" gc -q --prune=now
pass_of_engine && look
alarm 1 REF-MOVED 'refs/tags/v3 of'
want 1 git -C "$host" cat-file -e "$commit"
for what in release commit tree; do
	sha256=$(asked --arg what $what 'select(.type == "request.created" and .body.ref == "refs/tags/v3") | .evidence[] | select(.what == $what) | .raw_sha256')
	git -C repos/ledger.git cat-file blob "tagseal/ledger:blobs/sha256/${sha256:0:2}/${sha256:2:2}/${sha256:4}" > kept
	same kept "$what.raw"
done

# ---- five requests, and no key was used for a sixth
counts 5 request.created
counts 5 request.completed
counts 5 keys.intended '.level == 0'
alive
want 0 "$TAGSEAL" audit verify --repo repos/ledger.git
