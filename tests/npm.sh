# npm - sourced after lib.sh: the schema judges of others, in one folder for all
# tests of a build tree.
# shellcheck shell=bash

# npm_folder: installs ajv and yaml once and names the folder in $npm.
npm_folder() {
	npm=$BUILD/npm-config
	(
		flock 9
		[[ ! -d $npm/node_modules/ajv || ! -d $npm/node_modules/yaml ]] || exit 0
		mkdir -p "$npm"
		echo '{"private":true}' > "$npm/package.json"
		npm install --prefix "$npm" --no-audit --no-fund --silent ajv@8 yaml@2
	) 9> "$BUILD/npm-config.lock"
}

# npm_sigstore: the same with what npm makes its own provenance with.
npm_sigstore() {
	npm=$BUILD/npm-sigstore
	(
		flock 9
		[[ ! -d $npm/node_modules/@sigstore/sign ]] || exit 0
		mkdir -p "$npm"
		echo '{"private":true}' > "$npm/package.json"
		npm install --prefix "$npm" --no-audit --no-fund --silent @sigstore/sign@2 @sigstore/bundle@2
	) 9> "$BUILD/npm-sigstore.lock"
}

# npm_webhooks: the same with a library that checks webhooks.
npm_webhooks() {
	npm=$BUILD/npm-webhooks
	(
		flock 9
		[[ ! -d $npm/node_modules/standardwebhooks ]] || exit 0
		mkdir -p "$npm"
		echo '{"private":true}' > "$npm/package.json"
		npm install --prefix "$npm" --no-audit --no-fund --silent standardwebhooks@1
	) 9> "$BUILD/npm-webhooks.lock"
}
