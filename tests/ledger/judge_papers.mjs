// judge_papers - holds files that leave a ledger against a schema with ajv.
// node judge_papers.mjs SCHEMA FILE...: exit code 1 and a line for each bad one.
// Run it where ajv is installed.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.cwd(), 'package.json'));
const Ajv = require('ajv');
const ajv = new Ajv({ strict: true });
const good = ajv.compile(JSON.parse(readFileSync(process.argv[2])));

for (const file of process.argv.slice(3))
	if (!good(JSON.parse(readFileSync(file, 'utf8')))) {
		console.log(`${file}: ${ajv.errorsText(good.errors)}`);
		process.exitCode = 1;
	}
