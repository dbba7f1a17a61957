#!/usr/bin/env bash
# errors - each code of engine/base/errors.def is set by the engine and
# provoked by a test.
#
# Set: ERR_NAME stands in engine/. Provoked: ERR_NAME stands in a C test where
# nothing sets it, or the code as a string there or in the makers of bad
# archives, or in a shell test, or in a row of the attack matrix (whose scripts
# judge all of their rows), or in the first line of a bad file of the config
# corpus. Comments prove nothing.
. "$SOURCE/tests/lib.sh"
cd "$SOURCE"
rows() { sed -nE 's/^E\(([A-Z0-9_]+), "([A-Z0-9-]+)".*/\1 \2/p' "$1"; }

# code_of: C without comments and without what sets an error.
code_of() {
	sed -E -e 's@/\*.*\*/@@' -e '/^[[:space:]]*(\/\*|\*)/d' \
	    -e 's/\berr_(set|at|hint)(_[a-z]+)?\([^,]*,[[:space:]]*ERR_[A-Z0-9_]+//'
}

# judge ROWS ENGINE TESTS: a line for each code that lacks one of the two.
judge() {
	find "$2" -name '*.[ch]' -exec cat {} + |
	    grep -oE '\bERR_[A-Z0-9_]+\b' | sort -u > "$WORLD/set"
	{
		find "$3" -name '*.c' -exec cat {} + | code_of |
		    grep -oE '\bERR_[A-Z0-9_]+\b|"[A-Z][A-Z0-9-]+"' | tr -d '"'
		find "$3" '(' -name '*.sh' -o -name '*.py' ')' -exec cat {} + |
		    sed -E '/^[[:space:]]*#/d' | grep -oE '\b[A-Z][A-Z0-9-]+\b'
		find "$3" -path '*/trust/attacks.txt' \
		    -exec awk -F ' *[|] *' 'NF == 5 && !/^[#=]/ { print $4 }' {} + | tr ' ' '\n'
		find "$3" -path '*/corpus/bad/*' -name '*.yaml' \
		    -exec sed -n 's/^# \([A-Z0-9-]*\) .*/\1/p;q' {} \;
	} | sort -u > "$WORLD/provoked"
	rows "$1" | while read -r name code; do
		grep -qx "ERR_$name" "$WORLD/set" ||
		    echo "ERR_$name ($code): nothing in the engine sets it"
		grep -qxE "ERR_$name|$code" "$WORLD/provoked" ||
		    echo "ERR_$name ($code): no test provokes it"
	done
}

# ---- the check itself finds what it looks for
mkdir -p "$WORLD/engine" "$WORLD/tests/corpus/bad"
printf 'E(%s, "%s", INPUT,\n' A A-ONE B B-TWO C C-THREE D D-FOUR E E-FIVE \
    > "$WORLD/rows"
echo 'err_set(e, ERR_A, ""); err_set(e, ERR_B, ""); { ERR_C }, { ERR_D }' \
    > "$WORLD/engine/a.c"
cat > "$WORLD/tests/a.c" <<'END'
/* ERR_B is only talked about */
	err_set(&e, ERR_B, "only set");
	assert_err(&e, ERR_A);
END
printf '# %s\nrefuses %s 2 false\n' D-FOUR C-THREE > "$WORLD/tests/a.sh"
printf '# %s\n' 'E-FIVE 3' 'D-FOUR 3' > "$WORLD/tests/corpus/bad/a.yaml"
mkdir "$WORLD/tests/trust"
printf '# %s\na | b | c | %s | d\n' 'a | b | c | B-TWO | d' 'E-FIVE F-SIX' > "$WORLD/tests/trust/attacks.txt"
printf 'E(%s, "%s", INPUT,\n' F F-SIX >> "$WORLD/rows"
out=$(judge "$WORLD/rows" "$WORLD/engine" "$WORLD/tests")
says 'ERR_B (B-TWO): no test provokes it'
says 'ERR_D (D-FOUR): no test provokes it'
says 'ERR_E (E-FIVE): nothing in the engine sets it'
says 'ERR_F (F-SIX): nothing in the engine sets it'
want 0 test "$(wc -l <<< "$out")" -eq 4

# ---- the tree
out=$(judge engine/base/errors.def engine tests)
if [[ -z $out ]]; then pass; else fail "codes without proof:"; printf '%s\n' "$out" >&2; fi
want 0 test "$(rows engine/base/errors.def | wc -l)" -gt 200
want 0 test "$(rows engine/base/errors.def | wc -l)" -eq "$(grep -c '^E(' engine/base/errors.def)"
