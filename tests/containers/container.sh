# container - what the tests of all containers ask. Sourced after lib.sh.
# shellcheck shell=bash
container=$BUILD/tests/container

# given_back FILE: rebuilt without a change, it has the same bytes.
given_back() {
	local again=same.${1##*.}
	want 0 "$container" rebuild "$1" "$again"
	same "$1" "$again"
	want 0 "$container" kept "$1" "$again"
}

# replaced CODE BEFORE AFTER INDEX FILE: the entry has the contents of FILE, and
# nothing else that was there changed; CODE tells of what nobody asked for.
replaced() {
	want 0 "$container" kept "$2" "$3" "$4"
	"$container" cat "$3" "$4" > got
	same got "$5"
	refuses "$1" 2 "$container" kept "$2" "$3"
	refuses "$1" 2 "$container" kept "$3" "$2" "$4"
}

# hostile FILE...: each is refused with the code that its name begins with.
hostile() {
	local file code
	for file; do
		code=${file##*/}
		refuses "${code%%.*}" 2 "$container" test "$file"
	done
}

# no_prefix COUNT FILE...: of each file, this many prefixes are refused.
no_prefix() {
	local count=$1 file size n; shift
	for file; do
		size=$(stat -c %s "$file")
		for ((n = 0; n < size; n += size / count + 1)); do
			head -c $n "$file" > "cut.${file##*.}"
			want 2 "$container" list "cut.${file##*.}"
		done
	done
}
