# matrix - what the scripts of the attack matrix share; sourced after lib.sh.
#
# attacks.txt is the table: a row per attack, below the script that tries it.
# A script says of each of its rows once what came of it; at its end all rows
# must have been judged, and no others.
# shellcheck shell=bash
trust=$SOURCE/tests/trust
mkdir -p "$WORLD/there"
declare -A judged=()

# rows_of SCRIPT: "id<TAB>codes", as the table has them below "= … (SCRIPT)".
rows_of() {
	awk -F ' *[|] *' -v script="($1)" '
	    /^= / { mine = index($0, script) > 0 }
	    mine && NF == 5 && !/^[#=]/ { print $1 "\t" $4 }' "$trust/attacks.txt"
}
codes_for() { rows_of "$script" | awk -F '\t' -v id="$1" '$1 == id { print $2 }'; }

# there [!] COMMAND…: what the attack $making is made of is there (or is not), or
# its row fails.
there() {
	local wanted=0 got=0
	[[ $1 != '!' ]] || { wanted=1; shift; }
	"$@" > "$WORLD/there.log" 2>&1 || got=1
	if [[ $got -eq $wanted ]]; then echo "$*" >> "$WORLD/there/$making"
	else fail "$making: its maker did not make it: $*"; tail -5 "$WORLD/there.log" >&2; return 1; fi
}

# row ID GOT [TROUBLE]: the codes that it was refused with; TROUBLE: what the
# attack reached.
row() {
	local id=$1 got=$2 trouble=${3:-} wanted
	wanted=$(codes_for "$id")
	[[ -z ${judged[$id]:-} ]] || trouble+=' judged twice;'
	[[ -n $wanted ]] || trouble+=' not in the table;'
	[[ -s $WORLD/there/$id ]] || trouble+=' nobody looked whether the attack is there;'
	[[ $got == "$wanted" ]] || trouble+=" refused with '$got', not '$wanted';"
	judged[$id]=1
	if [[ -z $trouble ]]; then pass; printf 'ok      %-28s %s\n' "$id" "$got"
	else fail "$id:$trouble"; printf 'FAILED  %-28s %s\n' "$id" "$got"; fi
}

# rows_done: every row of this script was judged.
rows_done() {
	local id rest
	while IFS=$'\t' read -r id rest; do
		if [[ -n ${judged[$id]:-} ]]; then pass; else fail "$id: in the table ($rest), but never tried"; fi
	done < <(rows_of "$script")
}
