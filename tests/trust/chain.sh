#!/usr/bin/env bash
# chain - attacks on the config repo: each is a clone whose branch has something
# that must not be followed. `check --range` judges it as an engine does.
script=chain.sh
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=matrix.sh
. "$SOURCE/tests/trust/matrix.sh"
# shellcheck source=../e2e/engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=../e2e/attacks.sh
. "$SOURCE/tests/e2e/attacks.sh"

# ---- the organisation: carol and dave administrate; the others may sign no more
mkdir keys
cp -r "$SOURCE/sample-config-repo/config" config
chmod -R u+w config
key_of() { cut -d' ' -f1,2 "$WORLD/keys/$1.pub"; }
for who in alice bob carol dave ci-acme; do
	ssh-keygen -q -N '' -t ed25519 -C "$who" -f "keys/$who"
	sed -i "s@ssh: .*@ssh: \"$(key_of $who)\"@" "config/people/$who.yaml"
done
for who in carol-second alice-lost alice-guest alice-new ci-new mallory host; do ssh-keygen -q -N '' -t ed25519 -C "$who" -f "keys/$who"; done
ssh-keygen -q -N '' -t rsa -b 2048 -f keys/weak
printf '  - ssh: "%s"\n' "$(key_of carol-second)" >> config/people/carol.yaml
printf '  - ssh: "%s"\n    revoked: {at: "2020-01-01", reason: lost}\n' "$(key_of alice-lost)" >> config/people/alice.yaml
printf '  - ssh: "%s"\n    valid-to: "2090-01-01"\n' "$(key_of alice-guest)" >> config/people/alice.yaml
person dora admins 'disabled: true' 'keys:' '  - KEY'
person rick admins 'keys:' '  - KEY' '    revoked: {at: "2020-01-01", reason: stolen}'
person olaf admins 'keys:' '  - KEY' '    valid-to: "2020-01-01"'
person nora admins 'keys:' '  - KEY' '    valid-from: "2099-01-01"'
sed -i 's@^owners: .*@owners: [person/bob]@' config/projects/acme-agent/project.yaml
cp config/projects/acme-app/artifacts/default.yaml config/projects/acme-app/artifacts/free.yaml
for who in carol dave; do echo "$who $(key_of $who)"; done > allowed
by carol config init -q
by carol config config gpg.ssh.allowedSignersFile "$WORLD/allowed"
by carol config add -A && by carol config commit -q -S -m 'Acme'
root=$(git -C config rev-parse HEAD)
mv config base

# ---- how attacks are made; the clone is the current folder
release=projects/acme-app/policies/release-signing.yaml
as() { local who=$1; shift; by "$who" . "$@"; }
change() { sed -i "s/^description: .*/description: $1/" "${2:-$release}"; }
commit() { as "$1" add -A && as "$1" commit -q "${@:2}"; }
signed() { commit "$1" -S -m "${2:-Change}"; }
object() { git hash-object -t "$1" -w --literally --stdin; }
head_to() { echo "$1" > .git/refs/heads/main; }
# endorse WHO [COMMIT [FILES-OF]]: what `tagseal endorse` writes.
endorse() {
	local commit files
	commit=$(git rev-parse "${2:-HEAD}")
	files=$(manifest_of . "${3:-$commit}" | sha256sum | cut -d' ' -f1)
	as "$1" tag -s -m "Endorse"$'\n\n'"commit: $commit"$'\n'"manifest-sha256: $files" "endorse/$1-${4:-one}" "$commit"
}
# two [MESSAGE [NAME]]: carol's change, endorsed by dave.
two() { signed carol "${1:-Change}"; endorse dave HEAD HEAD "${2:-one}"; }
# on_side WHO: a side branch with a commit of WHO; then main again.
on_side() { as "$1" switch -q -c side && change 'On a side' && signed "$1" 'On a side' && as "$1" switch -q main; }
# raw_tree [TREE]: a tree with more entries at its end that nobody checks; in
# stdin: "mode name id" a line.
raw_tree() {
	{ git cat-file tree "${1:-HEAD}"; while read -r mode name id; do
		printf '%s %b\0' "$mode" "$name"
		printf '%b' "$(sed 's/../\\x&/g' <<< "$id")"
	done; } | object tree
}
# sorted_tree: a tree of such lines, in git's order, with names that mktree
# refuses.
sorted_tree() {
	python3 -c '
import os, sys
rows = [line.rstrip("\n").split(" ", 2) for line in sys.stdin]
rows.sort(key=lambda r: r[1] + ("/" if r[0] == "40000" else ""))
for mode, name, id in rows:
    sys.stdout.buffer.write(b"%s %s\0%s" % (mode.encode(), os.fsencode(name), bytes.fromhex(id)))' | object tree
}
entries() { git ls-tree "${1:-HEAD}" | sed -E 's/^0?([0-9]+) [a-z]+ ([0-9a-f]+)\t(.*)/\1 \3 \2/'; }
commit_tree() { as "$1" commit-tree -S -m 'A tree' -p main "$2"; }
head_tree() { head_to "$(commit_tree "$1" "$2")"; }
blob() { git hash-object -w --stdin; }
# put_in FOLDER TREE: the head's tree with another tree at the path.
put_in() {
	local index=$PWD/.git/put-index
	GIT_INDEX_FILE=$index git read-tree HEAD
	GIT_INDEX_FILE=$index git rm -rq --cached --ignore-unmatch "$1"
	GIT_INDEX_FILE=$index git read-tree --prefix="$1/" "$2"
	GIT_INDEX_FILE=$index git write-tree
}
lists() { git ls-tree -r "${2:-main}" | grep -F -- "$1" > /dev/null; }
has() { git cat-file -p "${2:-main}" | grep -F -- "$1" > /dev/null; }

# ---- who signs
attack_chain_unsigned() {
	change one && commit carol --no-gpg-sign -m 'Unsigned'
	there ! has gpgsig
}
attack_chain_stranger() { change one && signed mallory; there has gpgsig; there ! grep -rqF "$(key_of mallory)" people; }
attack_chain_other_name() {
	change one
	git add -A
	as mallory -c user.name=carol -c user.email=carol@acme.example commit -q -S -m 'As if by carol'
	there has 'author carol <carol@acme.example>'
}
attack_chain_moved_signature() {
	change one && signed carol
	change two && commit mallory --no-gpg-sign -m 'Under the signature of another'
	git cat-file commit HEAD~1 | sed -n '/^gpgsig/,/END SSH/p' > .git/signature
	head_to "$(git cat-file commit HEAD | sed "s/^parent .*/parent $root/" | sed '/^committer/r .git/signature' | object commit)"
	there has 'BEGIN SSH SIGNATURE'
	there has "parent $root"
}
attack_chain_other_namespace() {
	change one && commit carol --no-gpg-sign -m 'Signed for another purpose'
	git cat-file commit HEAD > .git/payload
	ssh-keygen -q -Y sign -f "$WORLD/keys/carol" -n file .git/payload
	sed -e '1s/^/gpgsig /' -e '2,$s/^/ /' .git/payload.sig > .git/signature
	head_to "$(sed '/^committer/r .git/signature' .git/payload | object commit)"
	there ssh-keygen -Y verify -f "$WORLD/allowed" -I carol -n file -s .git/payload.sig < .git/payload
}
attack_chain_disabled() { change one && signed dora; there grep -q 'disabled: true' people/dora.yaml; }
attack_chain_revoked() { change one && signed rick; there grep -q revoked people/rick.yaml; }
backdate() { GIT_AUTHOR_DATE=2019-06-01T12:00:00Z GIT_COMMITTER_DATE=2019-06-01T12:00:00Z "$@"; }
attack_chain_backdated() {
	change one && backdate signed olaf
	echo "olaf valid-before=\"20200101Z\" $(key_of olaf)" > .git/olaf
	there git -c gpg.ssh.allowedSignersFile="$PWD/.git/olaf" verify-commit HEAD
	there test "$(git log -1 --format=%cs)" = 2019-06-01
}
attack_chain_early_key() {
	change one
	GIT_COMMITTER_DATE='@4102444800 +0000' signed nora
	there grep -q 2099 people/nora.yaml
}

# ---- who may change what
attack_chain_developer() { change one && signed bob; there lists "$release"; there ! git diff --quiet HEAD~1 -- "$release"; }
attack_chain_self_admin() {
	sed -i 's@^members: \[@&person/bob, @' groups/admins.yaml && signed bob 'Makes himself an administrator'
	there grep -q person/bob groups/admins.yaml
}
attack_chain_admin_and_use() {
	sed -i 's@^members: \[@&person/bob, @' groups/admins.yaml && change one && two
	git branch -q side && as bob reset -q --hard "$root"
	head_to "$(as bob commit-tree -S -m 'Merge what makes him one' -p main -p side 'side^{tree}')"
	there grep -q person/bob <(git show main:groups/admins.yaml)
	there test "$(git rev-list --count --first-parent "$root..main")" = 1
}
attack_chain_one_admin() { change one && signed carol; there ! git show-ref -q --verify refs/tags/endorse; }
attack_chain_own_endorsement() { change one && signed carol && endorse carol; there git verify-tag endorse/carol-one; }
attack_chain_two_keys_tag() {
	change one && signed carol && endorse carol-second
	there grep -qF "$(key_of carol-second)" people/carol.yaml
	there git show-ref -q --verify refs/tags/endorse/carol-second-one
}
attack_chain_two_keys_merge() {
	on_side carol
	as carol-second merge -q --no-ff -S -m 'Merge' side
	there grep -qF "$(key_of carol-second)" people/carol.yaml
	there test "$(git rev-list --count --merges "$root..main")" = 1
}
attack_chain_developer_endorses() { change one && signed carol && endorse bob && endorse mallory; there test "$(git tag -l 'endorse/*' | wc -l)" = 2; }
attack_chain_disabled_endorses() { change one && signed carol && endorse dora && endorse rick && endorse olaf; there test "$(git tag -l 'endorse/*' | wc -l)" = 3; }
attack_chain_unsigned_endorsement() {
	change one && signed carol && endorse dave
	git update-ref refs/tags/endorse/dave-one "$(git cat-file tag endorse/dave-one | sed '/BEGIN SSH/,$d' | object tag)"
	there ! git verify-tag endorse/dave-one
}
attack_chain_endorsement_replayed() {
	change one && two && git branch -q old
	as carol reset -q --hard "$root"
	change two && signed carol 'Another change'
	there git verify-tag endorse/dave-one
	there ! git merge-base --is-ancestor old main
}
attack_chain_other_files() {
	change one && signed carol
	endorse dave HEAD "$root"
	there git verify-tag endorse/dave-one
	there bash -c "git cat-file tag endorse/dave-one | grep -q 'commit: $(git rev-parse HEAD)'"
}
attack_chain_two_statements() {
	change one && signed carol
	local other files
	other=$(manifest_of . "$root" | sha256sum | cut -d' ' -f1)
	files=$(manifest_of . HEAD | sha256sum | cut -d' ' -f1)
	as dave tag -s -m "For one of them"$'\n\n'"commit: $(git rev-parse HEAD)"$'\n'"manifest-sha256: $other"$'\n'"manifest-sha256: $files" endorse/dave-one
	there git verify-tag endorse/dave-one
}
attack_chain_hidden_in_many() {
	for i in {1..40}; do cp projects/acme-agent/artifacts/default.yaml "projects/acme-agent/artifacts/a$i.yaml"; done
	change hidden projects/acme-agent/policies/test-signing.yaml
	signed bob 'Many artifact configurations'
	there test "$(git diff --name-only HEAD~1 | wc -l)" = 41
}
attack_chain_description_and_more() {
	sed -i -e 's/^description: .*/description: New/' -e 's@^  - directory: .*@  - directory: /tmp@' projects/acme-agent/project.yaml && signed bob
	there test "$(git diff --numstat HEAD~1 | cut -f1)" = 2
}
attack_chain_other_project() {
	change one projects/acme-app/artifacts/free.yaml && signed bob 'App' && git branch -q app
	as bob reset -q --hard "$root"
	sed -i 's@^owners: .*@owners: [person/alice]@' projects/acme-agent/project.yaml && two 'Alice owns the agent'
	change one projects/acme-agent/artifacts/default.yaml && signed bob 'He did'
	there test "$(git diff --name-only HEAD~1)" = projects/acme-agent/artifacts/default.yaml
}
attack_chain_release_artifact() { change one projects/acme-app/artifacts/default.yaml && signed alice; there ! git diff --quiet HEAD~1 -- projects/acme-app/artifacts/default.yaml; }
attack_chain_rename() {
	as bob mv projects/acme-app/artifacts/free.yaml projects/acme-app/policies/free.yaml && signed bob 'A rename'
	there bash -c "git diff -M --name-status HEAD~1 | grep -q ^R100"
}
attack_chain_rename_away() {
	as bob mv people/alice.yaml projects/acme-agent/artifacts/alice.yaml && signed bob 'A person becomes an artifact'
	there bash -c "git diff -M --name-status HEAD~1 | grep -q ^R100"
}
attack_chain_old_state() {
	change one && two One one && change two && two Two two
	head_to "$(as carol commit-tree -S -m 'What was before' -p main -p "$root" "$root^{tree}")"
	there test "$(git rev-parse 'main^{tree}')" = "$(git rev-parse "$root^{tree}")"
}

# ---- own keys
add_key() { printf '  - ssh: "%s"\n' "$(key_of "$2")" >> "people/$1.yaml"; }
attack_own_key_unrevoked() { sed -i '/revoked:/d' people/alice.yaml && signed alice; there ! grep -q revoked people/alice.yaml; there has gpgsig; }
attack_own_key_forgotten() {
	awk -v key="$(key_of alice-lost)" 'index($0, key) == 0 && !/revoked:/' people/alice.yaml > .git/own && cp .git/own people/alice.yaml
	signed alice
	there ! grep -qF "$(key_of alice-lost)" people/alice.yaml
}
attack_own_key_longer() { sed -i 's/2090/2099/' people/alice.yaml && signed alice-guest; there grep -q 2099 people/alice.yaml; }
attack_own_key_outlives() { add_key alice alice-new && signed alice-guest; there grep -qF "$(key_of alice-new)" people/alice.yaml; }
attack_own_key_at_once() {
	add_key alice alice-new && signed alice
	change one projects/acme-app/artifacts/free.yaml && signed alice-new
	there grep -qF "$(key_of alice-new)" people/alice.yaml
}
attack_own_key_of_another() { add_key bob alice-new && signed alice; there grep -qF "$(key_of alice-new)" people/bob.yaml; }
attack_own_key_and_more() { add_key alice alice-new && change one && signed alice; there test "$(git diff --name-only HEAD~1 | wc -l)" = 2; }
attack_own_key_of_machine() { add_key ci-acme ci-new && signed ci-acme; there grep -qF "$(key_of ci-new)" people/ci-acme.yaml; }

# ---- machines
attack_chain_machine() { change one && signed ci-acme; there grep -q 'kind: build-system' people/ci-acme.yaml; }
attack_chain_machine_endorses() { change one && signed carol && endorse ci-acme; there git show-ref -q --verify refs/tags/endorse/ci-acme-one; }
attack_chain_machine_merges() {
	on_side carol
	as ci-acme merge -q --no-ff -S -m 'Merged by the build system' side
	there test "$(git rev-list --count --merges "$root..main")" = 1
}
attack_chain_machine_owner() { sed -i 's@^owners: .*@owners: [person/ci-acme]@' projects/acme-agent/project.yaml && two; there grep -q ci-acme projects/acme-agent/project.yaml; }
attack_chain_machine_approver() { sed -i 's@^members: \[@&person/ci-acme, @' groups/release-managers.yaml && sed -i 's@^members: .*@members: [person/carol, person/dave]@' groups/admins.yaml && two; there grep -q ci-acme groups/release-managers.yaml; }
attack_chain_machine_admin() { sed -i 's@^members: \[@&person/ci-acme, @' groups/admins.yaml && two; there grep -q ci-acme groups/admins.yaml; }

# ---- merges
attack_chain_host_merge() {
	on_side carol
	as host merge -q --no-ff --no-gpg-sign -m 'Merge pull request #1' side
	there ! has gpgsig
}
attack_chain_web_flow() {
	on_side carol
	as host -c user.name=GitHub -c user.email=noreply@github.com merge -q --no-ff -S -m 'Merge pull request #1' side
	there has gpgsig
	there test "$(git rev-list --count --merges "$root..main")" = 1
}
attack_chain_octopus() {
	on_side carol
	as carol switch -q -c other && change 'Other' && signed carol && as carol switch -q main
	head_to "$(as dave commit-tree -S -m 'Octopus' -p main -p side -p other 'side^{tree}')"
	there test "$(git cat-file commit main | grep -c ^parent)" = 3
}
attack_chain_evil_merge() {
	on_side carol
	as dave merge -q --no-ff --no-commit side
	sed -i 's/count: 1/count: 2/' "$release" && sed -i 's/expire-after: 7d/expire-after: 70d/' "$release"
	signed dave 'Merge, and a little more'
	there git merge-base --is-ancestor side main
	there ! git diff --quiet side main
}
attack_chain_foxtrot() {
	on_side carol && git rev-parse side > .git/judged
	head_to "$(as dave commit-tree -S -m 'The wrong way round' -p side -p main 'side^{tree}')"
	there test "$(git rev-parse main^2)" = "$root"
}
attack_chain_twin_parents() {
	on_side bob
	head_to "$(as carol commit-tree -S -m 'One parent twice' -p main 'side^{tree}' | xargs git cat-file commit | sed "/^parent/p" | object commit)"
	there test "$(git cat-file commit main | grep -c "^parent $root")" = 2
}
attack_chain_squash() {
	on_side carol
	git merge -q --squash side > /dev/null && commit host --no-gpg-sign -m 'Squashed by the host'
	there ! has gpgsig
	there git diff --quiet side main
}
attack_chain_rewind() {
	change one && two
	printf '%s\n' "$(git rev-parse main)..$root" > .git/range
	there git merge-base --is-ancestor "$root" main
}
attack_chain_aside() {
	change one && two && git branch -q accepted
	as carol reset -q --hard "$root" && change two && two 'Aside' two
	echo accepted..main > .git/range
	there ! git merge-base --is-ancestor accepted main
}
attack_chain_other_root() {
	head_to "$(as carol commit-tree -S -m 'A root of its own' 'main^{tree}')"
	there ! git merge-base "$root" main
}
attack_chain_replace() {
	change one && signed carol && endorse dave
	git branch -q good && as carol reset -q --hard "$root"
	change evil && commit mallory --no-gpg-sign -m 'Evil'
	git replace HEAD good
	there git verify-commit main
	there ! git --no-replace-objects verify-commit main
}
attack_chain_graft() {
	change one && signed mallory
	git rev-parse HEAD > .git/judged
	change two && signed carol && endorse dave
	mkdir -p .git/info && echo "$(git rev-parse HEAD) $root" > .git/info/grafts
	there test "$(git rev-list "$root..main" | wc -l)" = 1
}

# ---- commits that other readers take for something else (fact: libgit2, git)
# victim: a commit that carol signed; main stays where it was.
victim() {
	change one
	commit carol -S -m 'Do not follow' -m 'decision: deny'
	git branch -q victim && as carol reset -q --hard "$root"
	git cat-file commit victim > .git/victim
	sed -n '/^gpgsig/,/END SSH/p' .git/victim > .git/signature
	sed '/^gpgsig/,/END SSH/d' .git/victim > .git/payload
}
# fools: libgit2 gives the payload that the victim signed.
fools() {
	"$BUILD/tests/extract" . "$(git rev-parse main)" .git/got-signature .git/got-payload &&
	    ssh-keygen -Y verify -f "$WORLD/allowed" -I carol -n git -s .git/got-signature < .git/got-payload
}
git_takes() { git verify-commit main; }
attack_forged_message() {
	victim
	head_to "$(cat .git/payload .git/signature | object commit)"
	there fools
	there ! git_takes
}
attack_forged_prefix() {
	victim
	head_to "$(sed 's/^decision/gpgsigdecision/' .git/payload | cat - .git/signature | object commit)"
	there has gpgsigdecision
	there fools
}
attack_forged_header() {
	change one
	git add -A
	as carol -c i18n.commitEncoding=ISO-8859-1 commit -q -S -m 'In another encoding'
	git cat-file commit HEAD > .git/victim
	there grep -q ^encoding .git/victim
	head_to "$({ sed -e '/^gpgsig/,/END SSH/d' -e 's/^encoding/gpgsigencoding/' .git/victim; sed -n '/^gpgsig/,/END SSH/p' .git/victim; } | object commit)"
	there fools
	there has gpgsigencoding
}
attack_forged_nul() {
	victim
	head_to "$({ cat .git/victim; printf '\0decision: approve\n'; } | object commit)"
	there fools
	there ! git_takes
}
attack_forged_other_hash() {
	victim
	head_to "$(sed '/END SSH/a gpgsig-sha256 anything' .git/victim | object commit)"
	there git_takes
}
attack_forged_two() {
	victim
	head_to "$({ sed '/END SSH/q' .git/victim; cat .git/signature; sed '1,/END SSH/d' .git/victim; } | object commit)"
	there test "$(git cat-file commit main | grep -c '^gpgsig ')" = 2
}
attack_forged_two_armors() {
	victim
	sed 's/^gpgsig / /' .git/signature > .git/second
	head_to "$(sed '/END SSH/r .git/second' .git/victim | object commit)"
	there test "$(git cat-file commit main | grep -c 'BEGIN SSH')" = 2
}
attack_forged_glued() {
	victim
	head_to "$(sed 's/^gpgsig /gpgsigfoo x\n&/' .git/victim | object commit)"
	there git_takes
	there has 'gpgsigfoo x'
}
attack_forged_tail() {
	victim
	head_to "$(sed '/END SSH/a\ decision: approve' .git/victim | object commit)"
	there has ' decision: approve'
}
attack_forged_order() {
	victim
	head_to "$(sed -e '/^parent/d' -e "s/^committer.*/&\nparent $root/" .git/victim | object commit)"
	there has "parent $root"
}
attack_forged_case() {
	victim
	head_to "$(sed '/^tree/s/[a-f]/\U&/g' .git/victim | sed 's/^TREE/tree/' | object commit)"
	there bash -c "git cat-file commit main | head -1 | grep -q '[A-F]'"
}
attack_forged_inline_pgp() {
	victim
	{ echo 'gpgsig -----BEGIN PGP MESSAGE-----'; echo ' '; echo ' owGbwMvM'; echo ' -----END PGP MESSAGE-----'; } > .git/inline
	head_to "$(sed '/^committer/r .git/inline' .git/payload | object commit)"
	there has 'BEGIN PGP MESSAGE'
}
attack_forged_mergetag() {
	victim
	as dave tag -s -m 'Some release' v1 && git cat-file tag v1 | sed -e '1s/^/mergetag /' -e '2,$s/^/ /' > .git/mergetag
	head_to "$(sed '/^committer/r .git/mergetag' .git/payload | object commit)"
	there has 'mergetag object'
}
attack_forged_huge() {
	victim
	head_to "$({ cat .git/victim; head -c 1100000 /dev/zero | tr '\0' x; } | object commit)"
	there test "$(git cat-file -s main)" -gt 1048576
}

# ---- SHA-1: one id, other bytes
attack_sha1_other_commit() {
	change one && signed carol && endorse dave
	local id file
	id=$(git rev-parse HEAD)
	file=.git/objects/${id:0:2}/${id:2}
	chmod u+w "$file"
	python3 - "$id" "$file" <<'PY'
import sys, zlib
name, path = sys.argv[1:]
raw = zlib.decompress(open(path, 'rb').read())
open(path, 'wb').write(zlib.compress(raw.replace(b'Change', b'chAnge')))
PY
	there test "$(git rev-parse main)" = "$id"
	there grep -q chAnge <(python3 -c "import zlib,sys;sys.stdout.buffer.write(zlib.decompress(open('$file','rb').read()))")
}
attack_sha1_other_file() {
	local id file
	change evil && id=$(git hash-object -w "$release") && change good && signed carol && endorse dave
	file=$(git rev-parse "HEAD:$release")
	chmod u+w ".git/objects/${file:0:2}/${file:2}"
	cp -f ".git/objects/${id:0:2}/${id:2}" ".git/objects/${file:0:2}/${file:2}"
	there test "$(git rev-parse "main:$release")" = "$file"
	there cmp ".git/objects/${file:0:2}/${file:2}" ".git/objects/${id:0:2}/${id:2}"
}

# ---- trees that programs read differently
named_tree() {	# WHO MODE NAME ID: one more entry at the top, two have signed
	head_tree carol "$({ entries; echo "$2 $3 $4"; } | sorted_tree)"
	endorse dave main main 2> /dev/null
	there "${5:-lists}" "$3"
}
raw_lists() { git cat-file tree 'main^{tree}' | grep -aF -- "$1" > /dev/null; }
attack_tree_dot_git() { named_tree carol 40000 .git "$(git rev-parse 'HEAD:people')" raw_lists; }
attack_tree_git_case() { named_tree carol 40000 .GiT "$(git rev-parse 'HEAD:people')" raw_lists; }
attack_tree_git_short() { named_tree carol 40000 'git~1' "$(git rev-parse 'HEAD:people')" raw_lists; }
attack_tree_dot_dot() {
	local evil folder
	evil=$(git rev-parse 'HEAD:projects/acme-app/policies')
	folder=$({ entries HEAD:projects/acme-agent/artifacts; echo "40000 .. $evil"; } | sorted_tree)
	folder=$({ entries HEAD:projects/acme-agent | grep -v artifacts; echo "40000 artifacts $folder"; } | sorted_tree)
	folder=$({ entries HEAD:projects | grep -v acme-agent; echo "40000 acme-agent $folder"; } | sorted_tree)
	head_tree bob "$({ entries | grep -v ' projects '; echo "40000 projects $folder"; } | sorted_tree)"
	there bash -c "git cat-file tree main:projects/acme-agent/artifacts | grep -qaF .."
}
attack_tree_slash() {
	named_tree bob 100644 projects/acme-app/policies/own.yaml "$(blob < "$release")" raw_lists
}
attack_tree_name_twice() {
	local file
	file=$(sed 's/threshold: 2/threshold: 1/' tagseal.yaml | blob)
	head_tree carol "$({ entries; echo "100644 tagseal.yaml $file"; } | sorted_tree)"
	endorse dave main main 2> /dev/null
	there test "$(git cat-file -p 'main^{tree}' | grep -c 'tagseal.yaml$')" = 2
}
attack_tree_file_and_folder() {
	head_tree carol "$({ entries; echo "100644 people $(blob < tagseal.yaml)"; } | sorted_tree)"
	endorse dave main main 2> /dev/null
	there test "$(git cat-file -p 'main^{tree}' | grep -c 'people$')" = 2
}
attack_tree_unsorted() {
	head_tree carol "$(raw_tree 'HEAD^{tree}' <<< "100644 aaa $(blob < tagseal.yaml)")"
	endorse dave main main 2> /dev/null
	there lists aaa
}
attack_tree_mode() {
	head_tree carol "$({ entries; echo "100640 zzz $(blob < tagseal.yaml)"; } | sorted_tree)"
	endorse dave main main 2> /dev/null
	there bash -c "git cat-file tree 'main^{tree}' | grep -qa 100640"
}
attack_tree_submodule() {
	git update-index --add --cacheinfo "160000,$root,projects/acme-agent/artifacts/shared" && as bob commit -q -S -m 'A submodule'
	there lists 160000
}
attack_tree_link() {
	ln -sf ../policies/release-signing.yaml projects/acme-app/artifacts/free.yaml && signed bob 'A link'
	there lists 120000
}
attack_tree_link_folder() {
	rm -r projects/acme-agent/policies && ln -s ../acme-app/artifacts projects/acme-agent/policies && two 'A folder that is a link'
	there lists "120000"
}
attack_tree_case_folder() {
	mkdir -p projects/acme-agent/Policies && cp projects/acme-agent/policies/*.yaml projects/acme-agent/Policies/ && signed bob 'Policies, policies'
	there lists projects/acme-agent/Policies/
}
attack_tree_case_project() {
	mkdir -p projects/Acme-Agent && cp -r projects/acme-app/artifacts projects/Acme-Agent/ && signed bob 'Another spelling'
	there lists projects/Acme-Agent/artifacts
}
attack_tree_case_people() {
	sed "s@ssh: .*@ssh: \"$(key_of mallory)\"@" people/carol.yaml | sed '6,$d' > people/Carol.yaml && two 'Carol, carol'
	there lists people/Carol.yaml
}
attack_tree_missing() {
	local id
	change one && signed carol && endorse dave
	id=$(git rev-parse "HEAD:$release")
	rm -f ".git/objects/${id:0:2}/${id:2}"
	there ! git cat-file -e "$id"
}
attack_tree_deep() {
	local tree i
	tree=$(git rev-parse HEAD:people)
	for i in {1..200}; do tree=$(printf '040000 tree %s\td\n' "$tree" | git mktree); done
	head_tree bob "$({ entries; echo "40000 deep $tree"; } | sorted_tree)"
	there lists deep/d/d/d/d
}

# ---- states that two administrators were talked into
attack_state_lockout() { printf 'members: [person/carol]\n' > groups/admins.yaml && two; there grep -q carol groups/admins.yaml; }
attack_state_shared_key() {
	printf 'name: Ghost\nemail: g@acme.example\nkeys:\n  - ssh: "%s"\n' "$(key_of carol)" > people/ghost.yaml
	sed -i 's@^members: \[@&person/ghost, @' groups/admins.yaml && two
	there test "$(grep -lF "$(key_of carol)" people/*.yaml | wc -l)" = 2
}
attack_state_weak_key() { sed -i "s@ssh: .*@ssh: \"$(key_of weak)\"@" people/alice.yaml && two; there grep -q ssh-rsa people/alice.yaml; }
attack_state_key_twice() { printf 'administrators: {of: group/developers, threshold: 1}\n' >> tagseal.yaml && two; there test "$(grep -c ^administrators tagseal.yaml)" = 2; }
attack_state_alias() { sed -i -e 's/^certificate: .*/certificate: \&a acme-test/' -e 's/^purpose: .*/purpose: *a/' projects/acme-app/policies/test-signing.yaml && two; there grep -q '[*]a' projects/acme-app/policies/test-signing.yaml; }
attack_state_unproven() { sed -i '/signed-commits/d' "$release" && two; there ! grep -q signed-commits "$release"; }
attack_state_review_unproven() { echo 'origin: {reviewed-by-second-person: true}' >> projects/acme-app/policies/test-signing.yaml && two; there grep -q reviewed projects/acme-app/policies/test-signing.yaml; }
attack_state_authors_unproven() { sed -i '/^origin:/,/signed-commits/d' "$release" && two; there ! grep -q signed-commits "$release"; }
attack_state_release_key_for_tests() { sed -i 's/^certificate: .*/certificate: acme-release/' projects/acme-app/policies/test-signing.yaml && two; there grep -q acme-release projects/acme-app/policies/test-signing.yaml; }
attack_state_no_quorum() { sed -i 's/count: 1/count: 0/' "$release" && two; there grep -q 'count: 0' "$release"; }
attack_state_free_parameter() { sed -i 's/, pattern: "[^"]*"//' projects/acme-app/artifacts/default.yaml && two; there ! grep -q pattern: projects/acme-app/artifacts/default.yaml; }

# ---- judged
answer() {
	(cd "rows/$1" && "$TAGSEAL" check --range "$2" --json 2> "$WORLD/error") > "$WORLD/answer"
}
codes() {
	if [[ -s answer ]]; then
		jq -r '[(.commits // [] | last | .findings[]? | select(.met | not) | .code), (.commits // [] | last | .error.code?),
		    (.errors[]?.error.code), .error.code?, .code?] | map(values) | unique | join(" ")' answer
	else grep -oE '[A-Z]+(-[A-Z0-9]+)+' error | head -1; fi
}
judge() {
	local id=$1 range got=0 trouble=
	cp -r base "rows/$id"
	set +e
	(set -e; making=$id; cd "rows/$id"; "attack_${id//-/_}") 2> making.log < /dev/null
	got=$?
	set -e
	[[ $got -eq 0 ]] || { trouble=' its maker failed;'; cat making.log >&2; }
	got=0
	range=$(cat "rows/$id/.git/range" 2> /dev/null || echo "$root..main")
	answer "$id" "$range" || got=$?
	[[ $got -ne 0 ]] || trouble+=' it was followed;'
	if jq -e .commits answer > /dev/null 2>&1; then
		[[ $(jq -r '.commits[-1].commit' answer) == "$(cat "rows/$id/.git/judged" 2> /dev/null || cat "rows/$id/.git/refs/heads/main")" ]] ||
		    trouble+=' another commit was judged;'
	fi
	row "$id" "$(codes)" "$trouble"
}
mkdir rows

# What is good is followed, also beside all that is not.
cp -r base rows/good
(cd rows/good && change one && two One one && change two && signed carol Two && endorse mallory && endorse carol && endorse dave HEAD HEAD two)
want 0 answer good "$root..main"
cp -r base rows/merged
(cd rows/merged && on_side carol && as dave merge -q --no-ff -S -m 'Merge' side)
want 0 answer merged "$root..main"
cp -r base rows/owner
(cd rows/owner && change one projects/acme-app/artifacts/free.yaml && change 'New' projects/acme-agent/project.yaml && signed bob)
want 0 answer owner "$root..main"

while IFS=$'\t' read -r id _; do
	[[ -n ${ONLY:-} && ! $id =~ $ONLY ]] || judge "$id"
done < <(rows_of "$script")
[[ -n ${ONLY:-} ]] || rows_done
