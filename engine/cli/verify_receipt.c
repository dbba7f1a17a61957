/* verify_receipt - see verify_receipt.h. */
#include "cli/verify_receipt.h"

static bool
receipt_open(const struct invocation *in, struct verify_receipt *r,
    struct err *e)
{
	r->asked = option_given(in, "receipt");
	r->path = option_text(in, "receipt");
	if (!r->asked)
		return !option_given(in, "log-key") || err_set(e, ERR_USAGE,
		    "--log-key is given without --receipt");
	if (option_given(in, "catalog"))
		return err_set(e, ERR_USAGE, "--receipt does not go with "
		    "--catalog");
	if (r->path != NULL && in->count != 1)
		return err_set(e, ERR_USAGE, "--receipt=FILE is for one file, "
		    "there are %d", in->count);
	return vouch_keys(in, &r->keys, e);
}

static void
receipt_done(struct verify_receipt *r)
{
	history_done(&r->keys);
}

static void
receipt_ask(const struct verify_receipt *r, const char *file,
    struct receipt_answer *out)
{
	CLEANUP(buf_done) struct buf beside = { 0 };
	const char *path = r->path;

	if (path == NULL) {
		buf_printf(&beside, "%s" RECEIPT_SUFFIX, file);
		path = buf_cstr(&beside);
	}
	out->verdict = VERDICT_GOOD;
	if (!vouch_read(&r->keys, path, &out->vouch, &out->why) ||
	    !vouch_compare(&out->vouch, file, &out->why))
		out->verdict = verdict_without(&out->why);
}

static void
receipt_answer_done(struct receipt_answer *a)
{
	vouch_done(&a->vouch);
}

static void
receipt_answer_print(const struct receipt_answer *a, const struct palette *p,
    bool colour)
{
	printf("  receipt\n");
	if (a->verdict == VERDICT_GOOD) {
		vouch_print(&a->vouch, p, 4);
		return;
	}
	printf("    %s%s%s\n", p->red, verdict_rows[a->verdict].name,
	    p->plain);
	err_print(stderr, &a->why, colour);
}

static struct json *
receipt_answer_json(const struct receipt_answer *a)
{
	struct json *v = a->verdict == VERDICT_GOOD ? vouch_json(&a->vouch) :
	    json_map();

	json_put_text(v, "verdict", verdict_rows[a->verdict].name);
	if (a->verdict != VERDICT_GOOD)
		json_put_err(v, "error", &a->why);
	return v;
}

const struct receipt_verbs receipt_verbs = {
	.open		= receipt_open,
	.done		= receipt_done,
	.ask		= receipt_ask,
	.answer_done	= receipt_answer_done,
	.print		= receipt_answer_print,
	.json		= receipt_answer_json,
};
