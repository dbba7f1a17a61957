/*
 * verify_catalog - see verify_catalog.h. The files are hashed first; then one
 * worker judges the catalog and looks all of them up in it.
 */
#include "base/limits.h"
#include "base/text.h"
#include "cli/finding.h"
#include "cli/job.h"
#include "cli/member.h"
#include "cli/verdict.h"
#include "cli/verify_catalog.h"

/* A file and the digests that it could be in the catalog by. */
struct looked_up {
	const char	*path;
	size_t		 first, count;	/* of its digests */
	bool		 strong, weak;	/* in it by SHA-256, by SHA-1 */
	struct err	 err;		/* what == NULL: none */
	enum verdict	 verdict;
};

struct looking {
	const struct invocation	*in;
	struct arena		*arena;
	struct looked_up	*files;
	size_t			 count;
	struct digest		*wanted;
	size_t			 wanted_count;
	struct json		*answer;	/* about the catalog */
	enum verdict		 catalog;
};

/* ---- what is looked for */

static void
want(struct looking *l, struct looked_up *f, const struct catalog_file *c)
{
	l->wanted[l->wanted_count++] = c->sha256;
	l->wanted[l->wanted_count++] = c->sha1;
	f->count += 2;
}

static bool
file_hash_all(struct looking *l, struct looked_up *f, struct err *e)
{
	struct catalog_file own = { 0 }, flat = { 0 };
	bool has;

	f->first = l->wanted_count;
	if (!member_flat(f->path, &flat, e) ||
	    !member_own(f->path, NULL, l->arena, &own, &has, e))
		return false;
	want(l, f, &flat);
	if (has)
		want(l, f, &own);
	return true;
}

/* A file that cannot be read has a verdict of its own. */
static bool
files_hash(struct looking *l, struct err *e)
{
	const struct invocation *in = l->in;

	l->count = (size_t)in->count;
	l->files = ARENA_ARRAY(l->arena, struct looked_up, l->count);
	l->wanted = ARENA_ARRAY(l->arena, struct digest, 4 * l->count);
	if (l->files == NULL || l->wanted == NULL)
		return err_budget(e, l->arena);
	for (size_t i = 0; i < l->count; i++) {
		l->files[i].path = in->arguments[i];
		if (!file_hash_all(l, &l->files[i], &l->files[i].err))
			l->files[i].count = 0;
		else
			l->files[i].err.what = NULL;
	}
	return true;
}

/* ---- what is found */

/* The files stand in the order of their digests. */
static struct looked_up *
file_of(const struct looking *l, size_t wanted)
{
	size_t from = 0, to = l->count;

	while (to - from > 1) {
		size_t middle = from + (to - from) / 2;

		if (l->files[middle].first <= wanted)
			from = middle;
		else
			to = middle;
	}
	return &l->files[from];
}

static void
found_take(struct looking *l)
{
	const struct json *found = json_member(l->answer, "found");

	for (size_t i = 0; i < json_count(found); i++) {
		size_t n = (size_t)json_integer_of(json_item(found, i));

		if (n >= l->wanted_count)
			continue;
		struct looked_up *f = file_of(l, n);
		if (digest_rows[l->wanted[n].kind].weak)
			f->weak = true;
		else
			f->strong = true;
	}
}

static bool
catalog_ask(struct looking *l, void (*trust)(const void *, struct job *),
    const void *arg, struct err *e)
{
	CLEANUP(cli_job_done) struct cli_job w = CLI_JOB_NONE;
	struct job_result result;

	if (!cli_job_open(option_text(l->in, "catalog"), JOB_CATALOG, &w, e))
		return false;
	trust(arg, &w.job);
	w.job.wanted = l->wanted;
	w.job.wanted_count = l->wanted_count;
	if (!cli_job_run(&w, &result, &l->answer, e))
		return false;
	l->catalog = result.yes ? VERDICT_GOOD :
	    result.nothing ? VERDICT_UNSIGNED : VERDICT_BAD;
	found_take(l);
	return true;
}

static enum verdict
file_judge(const struct looking *l, struct looked_up *f)
{
	bool weak_allowed = option_given(l->in, "allow-sha1");

	if (f->err.what != NULL)
		return f->err.what->kind == ERR_KIND_SYSTEM ?
		    VERDICT_BROKEN : VERDICT_UNREADABLE;
	if (f->strong || (f->weak && weak_allowed))
		return l->catalog;
	if (f->weak)
		err_set(&f->err, ERR_CATALOG_WEAK, "the catalog knows the "
		    "file by its SHA-1 only");
	else
		err_set(&f->err, ERR_CATALOG_MEMBER,
		    "the file is not in the catalog");
	return VERDICT_BAD;
}

/* ---- how it is told */

static void
print_file(const struct looked_up *f, const struct palette *p)
{
	const char *colour = f->verdict == VERDICT_GOOD ? p->green :
	    f->verdict == VERDICT_UNSIGNED ? p->yellow : p->red;

	cli_show(span_text(f->path));
	printf(": %s%s%s\n", colour, verdict_rows[f->verdict].name, p->plain);
	if (f->err.what != NULL)
		printf("  %-*s%s\n  %-*s%s\n", CLI_TITLE, "error",
		    f->err.what->code, CLI_TITLE, "", f->err.text);
	else
		printf("  %-*s%s\n", CLI_TITLE, "in it by",
		    digest_rows[f->strong ? DIGEST_SHA256 : DIGEST_SHA1].name);
}

static void
print_catalog(const struct looking *l, const struct palette *p)
{
	const struct json *list = json_member(l->answer, "signatures");

	cli_show(span_text(option_text(l->in, "catalog")));
	printf(": %s\n", verdict_rows[l->catalog].name);
	for (size_t i = 0; i < json_count(list); i++)
		finding_print(json_item(list, i), p, 2);
}

static struct json *
file_json(const struct looked_up *f)
{
	struct json *v = json_map();

	json_put_text(v, "file", text_show(span_text(f->path)).text);
	json_put_text(v, "verdict", verdict_rows[f->verdict].name);
	if (f->err.what != NULL)
		json_put_err(v, "error", &f->err);
	else
		json_put_text(v, "found_by", digest_rows[f->strong ?
		    DIGEST_SHA256 : DIGEST_SHA1].name);
	return v;
}

static void
answer(struct looking *l, enum verdict worst)
{
	struct json *v = json_map(), *list = json_list();
	struct json *catalog = json_map();

	json_put_text(v, "verdict", verdict_rows[worst].name);
	json_put_bool(v, "chains_judged", option_given(l->in, "roots"));
	json_put_text(catalog, "file", text_show(span_text(
	    option_text(l->in, "catalog"))).text);
	json_put_text(catalog, "verdict", verdict_rows[l->catalog].name);
	json_put(catalog, "answer", TAKE(l->answer));
	json_put(v, "catalog", catalog);
	for (size_t i = 0; i < l->count; i++)
		json_add(list, file_json(&l->files[i]));
	json_put(v, "artifacts", list);
	cli_answer(v);
}

static int
tell(struct looking *l)
{
	struct palette p = palette_for(l->in->colour);
	enum verdict worst = VERDICT_GOOD;

	if (!l->in->json)
		print_catalog(l, &p);
	for (size_t i = 0; i < l->count; i++) {
		struct looked_up *f = &l->files[i];

		f->verdict = file_judge(l, f);
		if (f->verdict > worst)
			worst = f->verdict;
		if (!l->in->json)
			print_file(f, &p);
	}
	if (l->in->json)
		answer(l, worst);
	else if (!option_given(l->in, "roots"))
		printf("Whether the signers are to be trusted was not judged: "
		    "name their roots with --roots.\n");
	return verdict_rows[worst].exit_code;
}

int
verify_catalog(const struct invocation *in,
    void (*trust)(const void *arg, struct job *), const void *arg,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_WORKER_ARENA);
	struct looking l = { .in = in, .arena = a };

	if (option_given(in, "signature")) {
		err_set(e, ERR_USAGE, "--signature and --catalog are given "
		    "both");
		return -1;
	}
	int code = files_hash(&l, e) && catalog_ask(&l, trust, arg, e) ?
	    tell(&l) : -1;
	json_done(&l.answer);
	return code;
}
