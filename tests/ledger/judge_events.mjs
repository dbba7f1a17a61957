// judge_events - holds events against their published schemas with ajv.
// node judge_events.mjs SCHEMAS < LINES-OF-JSON: prints the number of good ones;
// exit code 1 and a line for each bad one. Run it where ajv is installed.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.cwd(), 'package.json'));
const Ajv = require('ajv');
const ajv = new Ajv({ strict: true, strictRequired: false, strictTypes: false });
const validators = {};
let good = 0;

for (const line of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
	const event = JSON.parse(line);
	const type = event.type;
	validators[type] ??= ajv.compile(JSON.parse(
	    readFileSync(join(process.argv[2], `${type}.json`))));
	if (validators[type](event)) good++;
	else {
		console.log(`${event.n} ${type}: ${ajv.errorsText(validators[type].errors)}`);
		process.exitCode = 1;
	}
}
console.log(good);
