#!/usr/bin/env bash
# hooks - real pushes by stock git: good ones pass, each bad sibling is refused
# with its code, and nothing of it arrives.
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../cli/people.sh
. "$SOURCE/tests/cli/people.sh"
# shellcheck source=guards.sh
. "$SOURCE/tests/hooks/guards.sh"

# ---- they are what they should be
want 0 shellcheck -x "$SOURCE"/hooks/*
for hook in pre-receive update post-receive pre-push; do
	want 0 "$HOOKS/$hook" --help
	says "$hook - "
done
want 1 "$HOOKS/update"
says 'as git gives them'

# server NAME: a bare repository with the hooks of a server.
server() {
	git init -q --bare -b main "$1.git"
	ln -sf "$HOOKS/pre-receive" "$HOOKS/post-receive" "$1.git/hooks/"
}

make_people
mkdir l1 && "$BUILD/tests/write-accepted" l1
git init -q -b main repo
commit carol root
root=$(git -C repo rev-parse HEAD)
pin repo "$root" l1/vkey > trust.yaml
server config
git -C config.git config tagseal.configBranch main
git -C config.git config tagseal.trust "$WORLD/trust.yaml"
git -C repo remote add origin "$WORLD/config.git"
push() { git -C repo push origin "$@"; }
# back: what was tried is forgotten.
back() { git -C repo checkout -q -f main && git -C repo reset -q --hard origin/main && git -C repo clean -qfd; }

# ---- the first push: the pinned root, and no other
git -C repo checkout -q --orphan other
as eve commit -q -S -m 'another root'
refused CHAIN-ROOT config.git push other:main
says 'nothing of this was accepted'
git -C repo checkout -q -f main
want 0 push main

# ---- a change by who may make it, and not
describe alice acme-app 'By its owner'
want 0 push main
says "allowed  $(git -C repo rev-parse --short=12 main)  alice"
sed -i 's/^description: .*/description: mine/' repo/groups/developers.yaml
commit alice 'not hers'
refused CHAIN-PATH config.git push main
says 'refs/heads/main stays as it is'
back
sed -i 's/^description: .*/description: unsigned/' repo/projects/acme-app/project.yaml
as alice commit -q -a -m unsigned
refused SIGNER-UNSIGNED config.git push main
back
describe eve acme-app 'By a stranger'
refused SIGNER-UNKNOWN config.git push main
as alice commit -q -S --allow-empty -m 'signed, on top'
refused SIGNER-UNKNOWN config.git push main
says '1 not judged'
back
printf 'nmae: x\n' >> repo/tagseal.yaml
commit carol 'unsound'
as dave checkout -q -b by-dave origin/main
as dave merge -q --no-ff -S -m 'both of us' main
refused CHAIN-UNSOUND config.git push by-dave:main
back
git -C repo branch -q -D by-dave

# ---- what needs a second signature
endorsement() { "$TAGSEAL" endorse --repo repo --name "$1" --dry-run; }
sed -i 's/^organization: .*/organization: Other/' repo/tagseal.yaml
commit carol 'two are wanted'
refused CHAIN-PENDING config.git push main
as dave tag -s endorse/dave-1 -m "$(endorsement dave)"
as eve tag -s endorse/eve -m "$(endorsement eve)"
refused CHAIN-PENDING config.git push main endorse/eve
want 0 push main endorse/dave-1
says 'allowed'

# ---- the whole chain at each push, by the ledger: then a commit may wait
git clone -q --bare l1/ledger.git ledger-clone.git
git -C config.git config tagseal.ledgerClone "$WORLD/ledger-clone.git"
describe alice acme-app 'By its owner again'
want 0 push main
says "allowed  $(git -C repo rev-parse --short=12 HEAD~2)"
sed -i 's/^organization: .*/organization: Third/' repo/tagseal.yaml
commit carol 'two are wanted again'
refused CHAIN-PENDING config.git push main
git -C config.git config tagseal.pending allow
want 0 push main
says 'CHAIN-PENDING'
as dave tag -s endorse/dave-2 -m "$(endorsement dave)"
describe alice acme-app 'On what waits'
refused CHAIN-PENDING config.git push main
says '1 not judged'
want 0 push main endorse/dave-2
git -C config.git config tagseal.ledgerClone "$WORLD/nowhere"
describe alice acme-app 'Without its ledger'
refused GIT-REPOSITORY config.git push main
git -C config.git config --unset tagseal.ledgerClone
back

# ---- history stays
refused GIT-HISTORY-APART config.git push -f "$root:main"
says 'would not go on from'
refused GIT-HISTORY-APART config.git push :main
says 'would be deleted'
refused REF-MOVED config.git push :endorse/dave-1
as dave tag -f -s endorse/dave-1 -m again > /dev/null
refused REF-MOVED config.git push -f endorse/dave-1
says 'would move from'
says 'hint: never reuse a tag'
want 0 push main:ours
as alice commit -q -S --amend -m rewritten
want 0 push -f main:ours
want 0 push :ours
back

# ---- sizes; one bad ref is enough
head -c 17000000 /dev/zero > repo/large.bin
commit alice large
refused LIMIT-SIZE config.git push main:large
says 'blob '
says 'of 17000000 bytes is larger than 16777216 bytes'
git -C config.git config tagseal.maxObjectSize 17000000
want 0 push main:large
git -C config.git config --unset tagseal.maxObjectSize
back
describe eve acme-app 'bad'
refused SIGNER-UNKNOWN config.git push origin/main:refs/heads/fine main
back

# ---- without tagseal nothing is judged, and nothing gets in
git -C config.git config tagseal.program "$WORLD/nowhere"
describe alice acme-app 'Good'
refused 'not found' config.git push main
git -C config.git config --unset tagseal.program
want 0 push main

# ---- a ledger
server ledger
git -C l1/ledger.git remote add origin "$WORLD/ledger.git"
book() { git -C l1/ledger.git push origin "$@"; }
ledger=refs/heads/tagseal/ledger
want 0 book $ledger
refused LEDGER-REWIND ledger.git book ":$ledger"
other=$(by eve l1/ledger.git commit-tree -m other "$ledger^{tree}")
refused LEDGER-REWIND ledger.git book -f "$other:$ledger"
says 'would not go on from'
want 0 book "$(by eve l1/ledger.git commit-tree -p $ledger -m next "$ledger^{tree}"):$ledger"
want 0 book "$other:refs/heads/books"
want 0 book -f "$ledger:refs/heads/books"
git -C ledger.git config tagseal.ledger 'refs/heads/book*'
refused LEDGER-REWIND ledger.git book -f "$other:refs/heads/books"

# ---- a project
server app
git -C app.git config tagseal.notify "cat > $WORLD/told.new && mv $WORLD/told.new $WORLD/told"
git init -q -b main app
git -C app remote add origin "$WORLD/app.git"
release() { git -C app push origin "$@"; }
by alice app commit -q -S --allow-empty -m one
# tag NAME PROJECT: a release tag of alice.
tag() {
	by alice app tag -f -s --cleanup=verbatim -F - "$1" > /dev/null <<-END
	release

	---
	tagseal: 1
	project: $2
	policy: release-signing
	artifacts:
	  - {name: acme-app-1.0.0.zip, size: 3, sha256: "$(printf abc | sha256sum | cut -c1-64)", from: "https://ci.acme.example/builds/acme-app/a.zip", configuration: default}
	parameters: {version: "1.0.0"}
	END
}
tag v1.0.0 acme-app
by alice app tag plain
want 0 release main v1.0.0 plain
says 'tagseal wait v1.0.0'
says_not 'wait plain'
says_not 'error'
for ((i = 0; i < 100; i++)); do [[ -s told ]] && break; sleep 0.1; done
want 0 grep -q " $(git -C app rev-parse v1.0.0) refs/tags/v1.0.0" told
want 0 test "$(wc -l < told)" -eq 3
was=$(git -C app rev-parse v1.0.0)
by alice app commit -q -S --allow-empty -m two
tag v1.0.0 acme-app
by alice app tag -f plain > /dev/null
refused REF-MOVED app.git release -f v1.0.0
refused REF-MOVED app.git release -f plain
refused REF-MOVED app.git release :v1.0.0
refused REF-MOVED app.git release main :plain
by alice app tag -f v1.0.0 "$was" > /dev/null
want 0 release main
by alice app commit -q -S --amend --allow-empty -m again
want 0 release -f main
git -C app.git config --add tagseal.release 'refs/heads/release/*'
git -C app.git config --add tagseal.release 'refs/tags/v*'
want 0 release main:release/1 :plain
by alice app commit -q -S --amend --allow-empty -m 'and again'
refused REF-MOVED app.git release -f main:release/1
refused REF-MOVED app.git release :release/1

# ---- hooks that run for one ref at a time
rm app.git/hooks/pre-receive config.git/hooks/pre-receive
ln -s "$HOOKS/update" app.git/hooks/
ln -s "$HOOKS/update" config.git/hooks/
refused_ref REF-MOVED app.git release -f main:release/1
refused_ref REF-MOVED app.git release :release/1
head -c 2000 /dev/urandom > app/random && git -C app add . && by alice app commit -q -S -m random
git -C app.git config tagseal.maxObjectSize 1k
refused_ref LIMIT-SIZE app.git release main:random
git -C app.git config tagseal.maxObjectSize 2k
want 0 release main:random
back
describe alice acme-app 'One at a time'
want 0 push main
describe eve acme-app 'bad'
refused_ref SIGNER-UNKNOWN config.git push main
back
refused_ref GIT-HISTORY-APART config.git push -f "$root:main"

# What cannot be looked at is not let in.
want 1 sh -c "cd app.git && GIT_DIR=. hooks/update refs/heads/no $(printf '0%.0s' {1..40}) $(printf '1%.0s' {1..40})"
says GIT-REPOSITORY

# ---- the client: a tag that would be refused does not leave
ln -s "$HOOKS/pre-push" app/.git/hooks/
tag v2.0.0 acme-agent
refused 'git config tagseal.configClone' app.git release v2.0.0
git -C app config tagseal.configClone "$WORLD/repo"
git -C app config tagseal.project acme-app
refused REF-PROJECT app.git release v2.0.0
says 'can still be made anew here'
refused REF-PROJECT app.git release main:more v2.0.0
tag v2.0.0 acme-app
refused REF-NAME app.git release v2.0.0:refs/tags/v2.0.1
by alice app commit -q --allow-empty -m unsigned
by alice app commit -q -S --allow-empty -m signed
tag v2.1.0 acme-app
refused SIGNER-UNSIGNED app.git release v2.1.0
git -C app config tagseal.since "$(git -C app rev-parse HEAD~1)"
want 0 release v2.1.0
says 'refs/tags/v2.1.0: waiting'
want 0 release v2.0.0
by alice app tag v3 && by alice app tag -a -m words v3.1
want 0 release main:more v3 v3.1
tag v4 acme-agent
want 0 release --no-verify v4
# With pins, what no engine would follow is not what a release is judged by.
tag v5.0.0 acme-app
git -C app config tagseal.trust "$WORLD/trust.yaml"
git -C app config tagseal.ledgerClone "$WORLD/l1/ledger.git"
back
git -C repo reset -q --hard "$root"
sed -i 's/^submitters: .*/submitters: [person\/eve]/' repo/projects/acme-app/policies/release-signing.yaml
as eve commit -q -S -a -m 'her own policy'
refused SIGNER-UNKNOWN app.git release v5.0.0
git -C repo reset -q --hard "$root"
want 0 release v5.0.0
says 'verified: the config repo up to'
want 0 release :refs/heads/more
