#!/usr/bin/env bash
# recovery - attacks by recovery statements: on a running engine, which is given
# each of them as it is, and on who checks a chain from clones.
script=recovery.sh
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=matrix.sh
. "$SOURCE/tests/trust/matrix.sh"
# shellcheck source=../e2e/engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=../e2e/attacks.sh
. "$SOURCE/tests/e2e/attacks.sh"
# shellcheck source=../e2e/recovering.sh
. "$SOURCE/tests/e2e/recovering.sh"
more_config() { sed -i 's/^id: .*/id: "0b7e0000-0000-4000-8000-000000000002"/' config/tagseal.yaml; }
make_world
root=$(git -C config rev-parse HEAD)
ssh-keygen -q -N '' -t ed25519 -C mallory -f keys/mallory
change() { sed -i "s/^description: .*/description: $1/" config/projects/acme-app/policies/release-signing.yaml; }
change one && change_config 'One'
pin_recovery 2 holder-1 holder-2
pass_of_engine
start=$(git -C config rev-parse HEAD)
in_force() { look; asked -s '[.[] | select(.type == "config.accepted" or .type == "config.recovered") | .commit_id] | last'; }
want_same "$start" "$(in_force)" 'in force is'

# aside NAME: the files of config as a commit that nobody signed, on a branch of
# that name on the host.
aside() {
	git -C config add -A
	git -C config -c user.name=mallory -c user.email=m commit -q -m "$1"
	git -C config push -q origin "HEAD:refs/heads/$1"
	git -C config tag "aside-$1"
	git -C config reset -q --hard "$start"
}
change two && aside new
echo 'surprise: 1' >> config/tagseal.yaml && aside unsound
sed -i "s/^id: .*/id: \"0b7e0000-0000-4000-8000-000000000003\"/" config/tagseal.yaml && aside other

# statement NAME [SED]: a good one in NAME.yaml, changed before it is signed.
statement() {
	rm -f "$1.yaml"
	want 0 compose --to "${to:-aside-new}" --expires "${lasts:-7d}" -o "$1.yaml"
	sed -i "${2:-}" "$1.yaml"
}
# given NAME WHO…: all of it in the engine's folder, past `recover apply`.
given() {
	local name=$1 who; shift
	cp "$name.yaml" state/recovery/statement
	for who; do cat "$name.yaml.$who.sig" >> state/recovery/statement; done
}
codes() { grep -F config.recovery engine.log | grep -oE 'code=[A-Z0-9-]+' | sed 's/code=//' | sort -u | paste -sd ' '; }
# tried ID: what the engine says to what it was given; nothing else is in force.
tried() {
	local trouble=
	pass_of_engine
	[[ $(in_force) == "$start" ]] || trouble=' it was followed;'
	[[ $(asked -s 'map(select(.code == "CHAIN-RECOVERED")) | length') == "${recovered:-0}" ]] || trouble+=' it was told as a recovery;'
	row "$1" "$(codes)" "$trouble"
}
# attempt ID WHO…: of the statement ID.yaml; `recover apply` says no as well,
# unless it takes the ledger to know.
attempt() {
	local id=$1; making=$1; shift
	sign_recovery "$id.yaml" "$@"
	there grep -q "^to:" "$id.yaml"
	given "$id" "$@"
	tried "$id"
	if [[ -z ${later:-} ]]; then refuses "$(codes_for "$id")" 1 recover "$id.yaml" "$@"; fi
}

# ---- who signed
statement recovery-one && attempt recovery-one holder-1
statement recovery-twice && attempt recovery-twice holder-1 holder-1
statement recovery-stranger && attempt recovery-stranger holder-1 mallory
statement recovery-administrators && attempt recovery-administrators carol dave
statement recovery-namespace && sign_recovery recovery-namespace.yaml holder-1 holder-2
making=recovery-namespace && name_space=git sign_recovery recovery-namespace.yaml holder-2
there ssh-keygen -Y check-novalidate -n git -s recovery-namespace.yaml.holder-2.sig < recovery-namespace.yaml
given recovery-namespace holder-1 holder-2 && tried recovery-namespace
statement recovery-changed && sign_recovery recovery-changed.yaml holder-1 holder-2
making=recovery-changed && there ssh-keygen -Y check-novalidate -n recovery@tagseal -s recovery-changed.yaml.holder-1.sig < recovery-changed.yaml
sed -i "s/$(git -C config rev-parse aside-new)/$(git -C config rev-parse aside-other)/" recovery-changed.yaml
given recovery-changed holder-1 holder-2 && tried recovery-changed

# ---- for whom, and when
statement recovery-other-engine 's/^engine: .*/engine: "6f1c0d2e-0000-4000-8000-000000000002"/' && attempt recovery-other-engine holder-1 holder-2
statement recovery-other-config 's/^config: .*/config: "0b7e0000-0000-4000-8000-000000000003"/' && attempt recovery-other-config holder-1 holder-2
statement recovery-other-root "s/$root/$start/" && attempt recovery-other-root holder-1 holder-2
statement recovery-expired 's/^expires: .*/expires: "2026-01-01"/' && attempt recovery-expired holder-1 holder-2
later=1
statement recovery-late "/^leaves:/,/^to:/s/commit: .*/commit: \"$root\"/" && attempt recovery-late holder-1 holder-2

# ---- what comes after it
statement recovery-missing "/^to:/,/^expires:/s/commit: .*/commit: \"1234567890123456789012345678901234567890\"/" && attempt recovery-missing holder-1 holder-2
statement recovery-other-files "/^to:/,/^expires:/s/manifest-sha256: \"..../manifest-sha256: \"0000/" && attempt recovery-other-files holder-1 holder-2
to=$root statement recovery-back && attempt recovery-back holder-1 holder-2
to=aside-unsound statement recovery-unsound && attempt recovery-unsound holder-1 holder-2
to=aside-other statement recovery-other-repo && attempt recovery-other-repo holder-1 holder-2

# ---- without keys
cp engine.yaml pinned.yaml
pin_recovery 0
later='' && statement recovery-no-keys && attempt recovery-no-keys holder-1 holder-2
mv pinned.yaml engine.yaml

# ---- a good one, and again
statement good && sign_recovery good.yaml holder-1 holder-2
want 0 recover good.yaml holder-1 holder-2
pass_of_engine
start=$(git -C config rev-parse aside-new) recovered=1
want_same "$start" "$(in_force)" 'in force is'
git -C config push -q -f origin "aside-new:main"
git -C config reset -q --hard aside-new
change three && aside third
later=1
to=aside-third statement recovery-old-epoch 's/^epoch: .*/epoch: 1/' && attempt recovery-old-epoch holder-1 holder-2
want 0 grep -qF code=RECOVERY-EPOCH engine.log
# The one that was taken, in other bytes: with its signatures the other way round.
given good holder-2 holder-1
making=recovery-replayed && there ! grep -qxF "$(events config.recovered | jq -r .statement_sha256)" <(sha256sum < state/recovery/statement | cut -d' ' -f1)
tried recovery-replayed
# A reason that no event has room for stops nothing.
to=aside-third statement second "s/^reason: .*/reason: \"$(printf 'x%.0s' {1..70000})\"/" && sign_recovery second.yaml holder-1 holder-2
want 0 recover second.yaml holder-1 holder-2
pass_of_engine
start=$(git -C config rev-parse aside-third) recovered=2
want_same "$start" "$(in_force)" 'in force is'
git -C config reset -q --hard aside-third
to=aside-new statement recovery-to-former && attempt recovery-to-former holder-1 holder-2

# ---- who checks from clones believes no ledger without evidence
making=recovery-forged
mkdir forged && (cd forged && "$BUILD/tests/write-accepted" . accepted "$root" 2026-01-01T00:00:00.000Z recovered "$(git -C ../config rev-parse aside-new)" "$WORLD/recovery-one.yaml")
there git -C forged/ledger.git rev-parse -q --verify tagseal/ledger
trust_file 2 holder-1 holder-2 | sed "s@keys: \[\"[^\"]*\"\]@keys: [\"$(cat forged/vkey)\"]@" > forged.yaml
want 0 "$TAGSEAL" audit verify --repo forged/ledger.git --log-key forged/vkey
"$TAGSEAL" check --repo config --range ..aside-new --trust forged.yaml --ledger forged/ledger.git > checked 2>&1 && echo followed >> checked
row recovery-forged "$(sed -n 's/^error \([A-Z-]*\):.*/\1/p' checked)"
rows_done
