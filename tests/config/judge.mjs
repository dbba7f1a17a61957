// judge - reads config files as others do: npm's yaml (core schema) and ajv.
// node judge.mjs SCHEMAS FILE…: prints "good FILE" or "bad FILE: why".
// The kind of a file is the first part of its name: policy-two-rows.yaml.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';

const require = createRequire(join(process.cwd(), 'package.json'));
const Ajv = require('ajv');
const YAML = require('yaml');

const [schemas, ...files] = process.argv.slice(2);
const kinds = readdirSync(schemas).filter((f) => f.endsWith('.json'))
	.map((f) => f.slice(0, -5)).sort((a, b) => b.length - a.length);
const ajv = new Ajv({ strict: true, strictRequired: false, strictTypes: false });
const validators = {};

function judge(file) {
	const kind = kinds.find((k) => basename(file).startsWith(k));
	validators[kind] ??= ajv.compile(
	    JSON.parse(readFileSync(join(schemas, `${kind}.json`))));
	const docs = YAML.parseAllDocuments(readFileSync(file, 'utf8'),
	    { schema: 'core', uniqueKeys: true });
	if (docs.length !== 1) return 'not one document';
	const doc = docs[0];
	if (doc.errors.length > 0) return doc.errors[0].message;
	if (doc.directives.yaml.explicit) return 'directive';
	let extra = null;
	YAML.visit(doc, {
		Alias: () => { extra = 'alias'; },
		Node: (_, n) => { if (n.anchor) extra = 'anchor'; else if (n.tag) extra = 'tag'; },
	});
	if (extra !== null) return extra;
	return validators[kind](doc.toJS()) ? null : ajv.errorsText(validators[kind].errors);
}

for (const file of files) {
	const why = judge(file);
	console.log(why === null ? `good ${file}` : `bad ${file}: ${why}`);
}
