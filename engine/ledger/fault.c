/* fault - see fault.h. */
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "ledger/fault.h"

static void
keep(char out[FAULT_TEXT], struct span s)
{
	snprintf(out, FAULT_TEXT, "%s", text_show(s).text);
}

bool
fault_path(struct ledger_fault *f, struct span path)
{
	keep(f->path, path);
	return false;
}

bool
fault_expected(struct ledger_fault *f, struct span expected,
    struct span found)
{
	keep(f->expected, expected);
	keep(f->found, found);
	return false;
}

bool
fault_numbers(struct ledger_fault *f, uint64_t expected, uint64_t found)
{
	snprintf(f->expected, sizeof(f->expected), "%" PRIu64, expected);
	snprintf(f->found, sizeof(f->found), "%" PRIu64, found);
	return false;
}

bool
fault_tell(const struct ledger_fault *f, struct err *e)
{
	*e = f->err;
	if (f->of_event)
		err_at(e, "event %" PRIu64, f->n);
	if (f->in_commit)
		err_at(e, "commit %s", object_id_hex(&f->commit).text);
	return false;
}

static void
put(struct json *v, const char *name, const char *text)
{
	if (text[0] != '\0')
		json_put_text(v, name, text);
}

struct json *
fault_json(const struct ledger_fault *f)
{
	struct json *v = json_map();

	json_put_text(v, "code", f->err.what->code);
	json_put_text(v, "text", f->err.text);
	if (f->in_commit)
		json_put_text(v, "commit", object_id_hex(&f->commit).text);
	if (f->of_event)
		json_put_int(v, "event", (int64_t)f->n);
	put(v, "path", f->path);
	put(v, "expected", f->expected);
	put(v, "found", f->found);
	return v;
}
