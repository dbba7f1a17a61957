# recovering - what tests of recoveries share; sourced after engine.sh.
# shellcheck shell=bash

# recovery_part N WHO…: 'recovery' of engine.yaml and trust.yaml; makes the keys.
recovery_part() {
	local who threshold=$1; shift
	[[ $# -gt 0 ]] || return 0
	printf 'recovery:\n  threshold: %s\n  keys:\n' "$threshold"
	for who; do
		[[ -e keys/$who ]] || ssh-keygen -q -N '' -t ed25519 -C "$who" -f "keys/$who"
		printf '    - "%s"\n' "$(cat "keys/$who.pub")"
	done
}
pin_recovery() { sed -i '/^recovery:/,/^[a-z]*:/{/^recovery:/d;/^ /d}' engine.yaml; recovery_part "$@" >> engine.yaml; }

# trust_file N WHO…: the engine's pins, as clients have them.
trust_file() {
	printf 'tagseal: 1\n'
	sed -n '/^config:/,/^ledger:/{/urls:/d;p}' engine.yaml
	recovery_part "$@"
}

# compose ARGUMENT…: a statement for the engine of engine.yaml.
compose() {
	trust_file 0 > compose.trust
	"$TAGSEAL" recover compose --repo config --ledger repos/ledger.git --trust compose.trust \
	    --engine "$(sed -n 's/^engine: "\(.*\)"/\1/p' engine.yaml)" --reason 'both keys were stolen' "$@"
}

# sign_recovery FILE WHO…: FILE.WHO.sig by each of them, with stock ssh-keygen.
sign_recovery() {
	local file=$1 who; shift
	for who; do
		rm -f "$file.sig"
		ssh-keygen -q -Y sign -n "${name_space:-recovery@tagseal}" -f "keys/$who" "$file" 2> /dev/null
		mv "$file.sig" "$file.$who.sig"
	done
}
print_of() { ssh-keygen -lf "keys/$1.pub" | cut -d' ' -f2; }

# recover FILE WHO…: what they signed, given to the engine.
recover() {
	local file=$1 who all=(); shift
	for who; do all+=("$file.$who.sig"); done
	"$TAGSEAL" recover apply "$file" "${all[@]}" --engine engine.yaml
}
