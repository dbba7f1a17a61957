/* alarms - what the ledger says must not have happened, and who has seen it. */
#include "base/text.h"
#include "cli/alarms.h"
#include "cli/intents.h"
#include "cli/job.h"

#define TIME_SHOWN	19	/* to the second */
#define INDENT		9	/* of what stands below a line */

bool
alarm_hash(struct history *h, const struct fold_alarm *a,
    struct digest_hex *out, struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };

	if (!ledger_event(h->ledger, a->n, &bytes, e))
		return false;
	struct digest hash = digest_of(DIGEST_SHA256, buf_span(&bytes));
	*out = digest_hex(&hash);
	return true;
}

static const char *
state_of(const struct fold_alarm *a)
{
	return a->acknowledged ? "acknowledged" :
	    a->stops ? "stops signing" : "open";
}

static void
print_alarm(const struct fold_alarm *a, const char *sha256,
    const struct palette *p)
{
	char at[TEXT_TIME_SIZE];

	text_time(a->at, at);
	printf("%7llu  %.*s  %s%s%s  ", (unsigned long long)a->n, TIME_SHOWN,
	    at, p->bold, state_of(a), p->plain);
	cli_show(a->code);
	printf("\n%*s", INDENT, "");
	cli_show(a->text);
	printf("\n%*s%ssha256 %s%s\n", INDENT, "", p->dim, sha256, p->plain);
}

static struct json *
alarm_json(const struct fold_alarm *a, const char *sha256)
{
	struct json *v = json_map();
	char at[TEXT_TIME_SIZE];

	text_time(a->at, at);
	json_put_int(v, "n", (int64_t)a->n);
	json_put_text(v, "at", at);
	json_put_span(v, "code", a->code);
	json_put_span(v, "text", a->text);
	json_put_bool(v, "stops", a->stops);
	json_put_bool(v, "acknowledged", a->acknowledged);
	json_put_text(v, "sha256", sha256);
	return v;
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(history_done) struct history h = { 0 };
	CLEANUP(json_done) struct json *list = json_list();
	struct palette p = palette_for(in->colour);
	const struct fold_alarm *a;
	size_t shown = 0;

	if (!history_open(in, &h, e) || !history_read(&h, e))
		return -1;
	history_note(&h);
	for (size_t i = 0; (a = fold_alarm_at(h.fold, i)) != NULL; i++) {
		struct digest_hex hash;

		if (a->acknowledged && option_given(in, "open"))
			continue;
		if (!alarm_hash(&h, a, &hash, e))
			return -1;
		shown++;
		if (in->json)
			json_add(list, alarm_json(a, hash.text));
		else
			print_alarm(a, hash.text, &p);
	}
	if (in->json)
		cli_answer(TAKE(list));
	intents_note(fold_open_since(h.fold));
	return shown > 0 ? EXIT_YES : EXIT_NOTHING;
}

static const struct option_row options[] = {
	{ "open", 0, NULL, "only those that nobody has acknowledged", false },
	HISTORY_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command alarms_command = {
	.name = "alarms",
	.summary = "list the alarms that the ledger knows",
	.arguments = "",
	.options = options,
	.details = "Reads a clone of the ledger, verifies all of it, and "
	    "prints each alarm with the number\nof its event and the SHA-256 "
	    "of that event. While one that stops signing is open, no\nkey is "
	    "used for a request: find out what happened, mend it, then "
	    "'tagseal acknowledge'.\nExit code 3 when there is none.",
	.example = "tagseal alarms --repo ledger --open",
	.json = true,
	.run = run,
};
