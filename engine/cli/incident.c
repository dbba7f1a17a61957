/* incident - what a key that may be in other hands comes to: see incident.h. */
#include "base/arena.h"
#include "base/text.h"
#include "cli/incident.h"
#include "cli/job.h"
#include "sys/file.h"

#define ARENA	((size_t)1 << 16)	/* bytes of options */
#define SHOWN	15			/* characters of a request */

/* ---- the options */

static bool
key_given(const char *text, struct span *out, struct err *e)
{
	uint8_t raw[32];

	if (text == NULL)
		return true;
	*out = span_text(text);
	return text_unhex(*out, raw, sizeof(raw)) || err_set(e, ERR_USAGE,
	    "--key '%s' is no SHA-256: 64 digits in lower-case hex",
	    text_show(*out).text);
}

static bool
read_terms(const struct invocation *in, struct arena *a,
    struct incident_terms *out, struct err *e)
{
	const char *slug = option_text(in, "certificate"), *unused;

	if (slug == NULL && option_text(in, "key") == NULL)
		return err_set(e, ERR_USAGE, "--certificate or --key says "
		    "which key it is about");
	if (slug != NULL)
		out->certificate = span_text(slug);
	if (!option_need(in, "since", &unused, e) ||
	    !key_given(option_text(in, "key"), &out->key, e) ||
	    !option_time(in, "since", a, &out->since, e) ||
	    !option_time(in, "revoke-at", a, &out->revoke_at, e))
		return false;
	if (out->revoke_at.len == 0)
		out->revoke_at = out->since;
	return true;
}

/* ---- what is printed */

static const char *
count_of(const struct json *counts, const char *of, const char *fate,
    char out[24])
{
	snprintf(out, 24, "%lld", (long long)json_integer_of(json_member(
	    json_member(counts, of), fate)));
	return out;
}

/* "sr-" and 12 digits. */
static struct span
shortened(struct span request)
{
	struct span s;

	return span_cut(request, 0, SHOWN, &s) ? s : request;
}

static void
print_release(const struct json *r, const struct palette *p)
{
	bool good = incident_survives(r);

	printf("  %s%-8s%s  ", good ? p->green : p->red, good ? "survives" :
	    "dies", p->plain);
	cli_show(json_span(json_member(r, "project")));
	putchar(' ');
	cli_show(json_span(json_member(r, "ref")));
	printf("  %s", p->dim);
	cli_show(shortened(json_span(json_member(r, "request"))));
	printf("%s\n", p->plain);
}

static void
print_plan(const struct json *plan, const struct palette *p)
{
	const struct json *releases = json_member(plan, "releases");
	const struct json *counts = json_member(plan, "count");
	int64_t lost = json_integer_of(json_member(counts, "unreleased"));
	char lives[24], ends[24];

	printf("%srevoked as of ", p->bold);
	cli_show(json_span(json_member(plan, "revoke_at")));
	printf("%s: %s releases survive, %s die (signatures: ", p->plain,
	    count_of(counts, "releases", "survives", lives),
	    count_of(counts, "releases", "dies", ends));
	printf("%s and %s)\n", count_of(counts, "signatures", "survives",
	    lives), count_of(counts, "signatures", "dies", ends));
	for (size_t i = 0; i < json_count(releases); i++)
		print_release(json_item(releases, i), p);
	if (lost > 0)
		printf("  %lld signatures were made, or may have been, for "
		    "nothing that was released\n", (long long)lost);
	if (span_cmp(json_span(json_member(plan, "revoke_at")),
	    json_span(json_member(plan, "since"))) > 0)
		printf("%swarning%s: the key may have been in other hands "
		    "before the revocation begins:\n"
		    "         what others signed with it until then survives, "
		    "too\n", p->yellow, p->plain);
}

static bool
save(const struct invocation *in, const struct json *plan, struct err *e)
{
	const char *path = option_text(in, "output");
	CLEANUP(buf_done) struct buf text = { 0 };

	if (path == NULL)
		return true;
	json_write(plan, &text);
	buf_u8(&text, '\n');
	return file_replace_span(path, buf_span(&text), FILE_PLAIN, e);
}

/* ---- */

struct asking {
	struct incident_terms	 terms;
	struct json		*plan;
	uint64_t		 told;		/* stays 0 */
};

static bool
ask(struct views *v, void *asking, struct err *e)
{
	struct asking *a = asking;

	return incident_plan(v, &a->terms, &a->plan, e);
}

static int
tell(const struct invocation *in, const struct json *plan)
{
	struct palette p = palette_for(in->colour);
	CLEANUP(buf_done) struct buf text = { 0 };

	if (in->json) {
		cli_answer(json_clone(plan));
	} else if (option_given(in, "markdown")) {
		incident_report(plan, &text);
		fwrite(text.ptr, 1, text.len, stdout);
	} else {
		print_plan(plan, &p);
	}
	return json_count(json_member(plan, "releases")) +
	    json_count(json_member(plan, "unreleased")) > 0 ? EXIT_YES :
	    EXIT_NOTHING;
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(arena_done) struct arena *arena = arena_new(ARENA);
	CLEANUP(views_done) struct views v = { 0 };
	struct asking a = { .plan = NULL };

	if (in->json && option_given(in, "markdown")) {
		err_set(e, ERR_USAGE, "either --json or --markdown");
		return -1;
	}
	if (!read_terms(in, arena, &a.terms, e) || !views_open(in, &v, e) ||
	    !views_ask(&v, ask, &a, &a.told, e))
		return -1;
	CLEANUP(json_done) struct json *plan = a.plan;
	history_note(&v.h);
	return save(in, plan, e) ? tell(in, plan) : -1;
}

static const struct option_row options[] = {
	{ "certificate", 0, "SLUG", "the certificate whose key it is", false },
	{ "key", 0, "SHA256", "the key itself: SHA-256 of its public half "
	    "(SPKI)", false },
	{ "since", 0, "TIME", "from when on the key may have been in other "
	    "hands (UTC)", false },
	{ "revoke-at", 0, "TIME", "when the revocation is to take effect "
	    "(default: --since)", false },
	{ "markdown", 0, NULL, "print the whole plan as Markdown", false },
	{ "output", 'o', "FILE", "write the plan there too, as JSON: what "
	    "'tagseal resign' reads", false },
	VIEWS_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command incident_plan_command = {
	.name = "incident plan",
	.summary = "tell which signatures a revocation would kill",
	.arguments = "",
	.options = options,
	.details = "Finds every use of a key in a clone of the ledger, and "
	    "tells of each signature whether it\nsurvives a revocation with "
	    "that date: by its timestamp, as verifiers of its kind judge.\n"
	    "The best date is the one from which on nobody can vouch for the "
	    "key, --since: a later\none lets forgeries live, an earlier one "
	    "kills good releases.\nExit code 3 when the key was never used.",
	.example = "tagseal incident plan --certificate acme-release --since "
	    "2026-05-01 \\\n    --repo ledger -o plan.json\n"
	    "tagseal incident plan --certificate acme-release --since "
	    "2026-05-01 \\\n    --repo ledger --markdown > report.md",
	.json = true,
	.run = run,
};
