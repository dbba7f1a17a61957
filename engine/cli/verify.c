/* verify - says whether the signatures of files are good. */
#include <stdlib.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/finding.h"
#include "cli/job.h"
#include "cli/more.h"
#include "cli/passage.h"
#include "cli/revocation.h"
#include "cli/verdict.h"
#include "cli/verify_catalog.h"
#include "daemon/local_job.h"
#include "sys/file.h"

/* Options, read once for all files. */
struct trusted {
	struct arena	*arena;
	struct span	*roots, *timestamp_roots;
	size_t		 root_count, timestamp_root_count;
	struct revocations *revocations;
	struct buf	 signature;
	bool			 undigested;	/* nobody sees the SHA-256 */
	struct verify_receipt	 receipt;
};

/* One file that a worker looks at, or what was in the way of that. */
struct checking {
	struct cli_job		 work;
	struct err		 err;	/* what == NULL: a worker is asked */
};

/* Several are looked at at once; their answers come in the order of files. */
struct checks {
	const struct invocation	*in;
	const struct trusted	*trusted;
	struct local		 early;	/* a worker for whoever is next */
	struct checking		*all;	/* a ring */
	size_t			 jobs;	/* in it */
	size_t			 begun;	/* files */
};

static bool
roots_option(const struct invocation *in, const char *name,
    struct trusted *t, struct span **roots, size_t *count, struct err *e)
{
	const char *path = option_text(in, name);

	return path == NULL || cli_roots(t->arena, path, roots, count, e) ||
	    err_at(e, "--%s", name);
}

static bool
revocations_of_load(const struct invocation *in, struct trusted *t,
    enum revocation_kind kind, struct err *e)
{
	const struct revocation_row *row = &revocation_rows[kind];
	bool fetch = option_given(in, row->fetched);
	const char *path;

	t->revocations->of[kind].fetch = fetch;
	if ((option_given(in, row->given) || fetch) &&
	    !option_given(in, "roots"))
		return err_set(e, ERR_USAGE, "--%s is given without --roots",
		    fetch ? row->fetched : row->given);
	if (fetch && option_given(in, "catalog"))
		return err_set(e, ERR_USAGE, "--%s does not go with "
		    "--catalog: use --%s", row->fetched, row->given);
	for (size_t n = 0; (path = option_nth(in, row->given, n)) != NULL; n++)
		if (!revocation_load(t->revocations, kind, path, e))
			return err_at(e, "--%s", row->given);
	return true;
}

static bool
revocations_load(const struct invocation *in, struct trusted *t,
    struct err *e)
{
	for (enum revocation_kind k = 0; k < REVOCATION_KINDS; k++)
		if (!revocations_of_load(in, t, k, e))
			return false;
	return true;
}

static bool
trusted_open(const struct invocation *in, struct trusted *t, struct err *e)
{
	const char *signature = option_text(in, "signature");

	if (signature != NULL && in->count != 1)
		return err_set(e, ERR_USAGE, "--signature is for one file, "
		    "there are %d", in->count);
	if (option_given(in, "tsa-roots") && !option_given(in, "roots"))
		return err_set(e, ERR_USAGE, "--tsa-roots is given without "
		    "--roots");
	return (more.receipts == NULL ||
	    more.receipts->open(in, &t->receipt, e)) &&
	    roots_option(in, "roots", t, &t->roots, &t->root_count, e) &&
	    roots_option(in, "tsa-roots", t, &t->timestamp_roots,
	    &t->timestamp_root_count, e) && revocations_load(in, t, e) &&
	    (signature == NULL ||
	    file_load(signature, 2 * LIMIT_CMS_SIZE, &t->signature, e));
}

static void
trusted_put(const void *trusted, struct job *j)
{
	const struct trusted *t = trusted;

	j->roots = t->roots;
	j->root_count = t->root_count;
	j->timestamp_roots = t->timestamp_roots;
	j->timestamp_root_count = t->timestamp_root_count;
	j->revocations = t->revocations->of[REVOCATION_LIST].items;
	j->revocation_count = t->revocations->of[REVOCATION_LIST].count;
	j->responses = t->revocations->of[REVOCATION_RESPONSE].items;
	j->response_count = t->revocations->of[REVOCATION_RESPONSE].count;
}

static bool
worker_take(struct checks *c, struct cli_job *w, struct err *e)
{
	if (c->early.process.pid <= 0)
		return cli_job_start(w, e);
	w->worker = c->early;
	c->early = (struct local)LOCAL_NONE;
	return true;
}

static bool
ask(struct checks *c, const char *path, bool revoked, struct cli_job *w,
    struct err *e)
{
	const struct trusted *t = c->trusted;

	if (!cli_job_open(path, JOB_VERIFY, w, e))
		return false;
	trusted_put(t, &w->job);
	if (!revoked)
		w->job.revocation_count = w->job.response_count = 0;
	w->job.undigested = t->undigested;
	w->job.detached = buf_span(&t->signature);
	return worker_take(c, w, e) && cli_job_ask(w, e);
}

static bool
ask_again(struct checks *c, const char *path, struct job_result *result,
    struct json **answer, struct err *e)
{
	CLEANUP(cli_job_done) struct cli_job w = CLI_JOB_NONE;

	return ask(c, path, true, &w, e) && cli_job_hear(&w, result, answer,
	    e);
}

/* Only of what is good otherwise is it asked whether it was revoked. */
static void
begin(struct checks *c, size_t number)
{
	struct checking *k = &c->all[number % c->jobs];

	*k = (struct checking){ .work = CLI_JOB_NONE };
	if (ask(c, c->in->arguments[number],
	    !revocation_fetches(c->trusted->revocations), &k->work, &k->err))
		k->err.what = NULL;
}

static bool
hear(struct checks *c, size_t number, struct job_result *result,
    struct json **answer, struct err *e)
{
	CLEANUP(json_done) struct json *first = NULL;
	struct revocations *r = c->trusted->revocations;
	struct checking *k = &c->all[number % c->jobs];

	if (k->err.what != NULL) {
		*e = k->err;
		return false;
	}
	if (!cli_job_hear(&k->work, result, &first, e))
		return false;
	if (!revocation_fetches(r) || !result->yes) {
		*answer = TAKE(first);
		return true;
	}
	return revocation_fetch(r, first, e) &&
	    ask_again(c, c->in->arguments[number], result, answer, e);
}

static enum verdict
verdict_of(const struct job_result *r)
{
	return r->yes ? VERDICT_GOOD :
	    r->nothing ? VERDICT_UNSIGNED : VERDICT_BAD;
}

/* ---- for people */

static void
print_file(const struct json *file, const struct palette *p)
{
	const struct json *signatures = json_member(file, "signatures");
	const struct json *error = json_member(file, "error");

	printf("  ");
	cli_show(json_span(json_member(file, "path")));
	putchar('\n');
	if (error != NULL) {
		printf("    %sunreadable%s\n", p->red, p->plain);
		cli_member(error, "code", "error", 6);
		cli_member(error, "text", "", 6);
	} else if (json_count(signatures) == 0) {
		printf("    %snot signed%s\n", p->dim, p->plain);
	}
	for (size_t i = 0; i < json_count(signatures); i++)
		finding_print(json_item(signatures, i), p, 4);
}

static void
print_answer(const char *path, enum verdict v, const struct json *answer,
    const struct palette *p)
{
	const struct json *files = json_member(answer, "files");

	cli_show(span_text(path));
	printf(": %s%s%s\n", v == VERDICT_GOOD ? p->green :
	    v == VERDICT_UNSIGNED ? p->yellow : p->red, verdict_rows[v].name,
	    p->plain);
	for (size_t i = 0; i < json_count(files); i++)
		print_file(json_item(files, i), p);
}

/* ---- all files */

/* What was found of one file; the worse of the two counts. */
struct finding_of {
	enum verdict		 signatures;
	struct json		*answer;	/* NULL: err says why */
	struct err		 err;
	struct receipt_answer	 receipt;	/* if it was asked for */
	enum verdict		 both;
};

static void
tell_people(const struct checks *c, const char *path,
    const struct finding_of *f)
{
	struct palette p = palette_for(c->in->colour);

	if (f->answer == NULL)
		err_print(stderr, &f->err, c->in->colour);
	if (f->answer != NULL || c->trusted->receipt.asked)
		print_answer(path, f->both, f->answer, &p);
	if (c->trusted->receipt.asked)
		more.receipts->print(&f->receipt, &p, c->in->colour);
}

static void
tell_json(const struct checks *c, const char *path, struct finding_of *f,
    struct json *row)
{
	json_put_text(row, "file", text_show(span_text(path)).text);
	if (f->answer == NULL)
		json_put_err(row, "error", &f->err);
	json_put_text(row, "verdict", verdict_rows[f->both].name);
	if (c->trusted->receipt.asked) {
		json_put_text(row, "signatures_verdict",
		    verdict_rows[f->signatures].name);
		json_put(row, "receipt", more.receipts->json(&f->receipt));
	}
	json_put(row, "answer", TAKE(f->answer));
}

static enum verdict
one(struct checks *c, size_t number, struct json *list)
{
	const char *path = c->in->arguments[number];
	struct finding_of f = { .answer = NULL };
	struct json *row = json_map();
	struct job_result result;

	f.signatures = hear(c, number, &result, &f.answer, &f.err) ?
	    verdict_of(&result) : verdict_without(&f.err);
	f.both = f.signatures;
	if (c->trusted->receipt.asked) {
		more.receipts->ask(&c->trusted->receipt, path, &f.receipt);
		if (f.receipt.verdict > f.both)
			f.both = f.receipt.verdict;
	}
	if (!c->in->json)
		tell_people(c, path, &f);
	tell_json(c, path, &f, row);
	if (c->trusted->receipt.asked)
		more.receipts->answer_done(&f.receipt);
	json_add(list, row);
	return f.both;
}

static enum verdict
each(struct checks *c, struct json *list)
{
	size_t count = (size_t)c->in->count;
	enum verdict worst = VERDICT_GOOD;

	for (size_t i = 0; i < count; i++) {
		while (c->begun < count && c->begun < i + c->jobs)
			begin(c, c->begun++);
		enum verdict this = one(c, i, list);

		cli_job_done(&c->all[i % c->jobs].work);
		if (this > worst)
			worst = this;
	}
	return worst;
}

static int
all(struct checks *c)
{
	const struct invocation *in = c->in;
	const struct trusted *t = c->trusted;
	struct json *list = json_list(), *v;
	enum verdict worst = each(c, list);

	if (!in->json && t->root_count == 0 && worst < VERDICT_UNREADABLE)
		printf("Whether the signers are to be trusted was not judged: "
		    "name their roots with --roots.\n");
	if (!in->json) {
		json_release(list);
		return verdict_rows[worst].exit_code;
	}
	v = json_map();
	json_put_text(v, "verdict", verdict_rows[worst].name);
	json_put_bool(v, "chains_judged", t->root_count > 0);
	json_put_bool(v, "revocation_judged", revocation_count(t->revocations) >
	    0);
	json_put(v, "artifacts", list);
	cli_answer(v);
	return verdict_rows[worst].exit_code;
}

static int
judge(struct checks *c, struct err *e)
{
	if (option_given(c->in, "catalog"))
		return verify_catalog(c->in, trusted_put, c->trusted, e);
	if (!option_given(c->in, "allow-sha1"))
		return all(c);
	err_set(e, ERR_USAGE, "--allow-sha1 is given without --catalog");
	return -1;
}

/* A worker loads while the options are read; if not, the first file tells. */
static bool
checks_open(struct checks *c, struct err *e)
{
	struct err why;

	if (!passage_jobs(c->in, &c->jobs, e))
		return false;
	if (c->jobs > (size_t)c->in->count)
		c->jobs = (size_t)c->in->count;
	c->all = xcalloc(c->jobs, sizeof(*c->all));
	if (!option_given(c->in, "catalog") &&
	    !local_worker(JOB_VERIFY, &c->early, &why))
		c->early = (struct local)LOCAL_NONE;
	return true;
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_WORKER_ARENA);
	struct revocations revocations = NO_REVOCATIONS(a);
	struct trusted t = { .arena = a, .revocations = &revocations,
	    .undigested = !in->json };
	struct checks c = { .in = in, .trusted = &t, .early = LOCAL_NONE };

	int code = checks_open(&c, e) && trusted_open(in, &t, e) ?
	    judge(&c, e) : -1;
	local_done(&c.early);
	free(c.all);
	revocation_done(&revocations);
	if (t.receipt.asked)
		more.receipts->done(&t.receipt);
	buf_done(&t.signature);
	return code;
}

static const struct option_row options[] = {
	{ "roots", 0, "FILE", "certificates (PEM) that signers must lead to",
	    false },
	{ "tsa-roots", 0, "FILE", "the same for timestamps; else --roots "
	    "serves", false },
	{ "crl", 0, "FILE", "a revocation list (PEM or DER); every "
	    "certificate must be covered", true },
	{ "fetch-crl", 0, NULL, "fetch the lists that the certificates name",
	    false },
	{ "ocsp", 0, "FILE", "an OCSP response (DER); it covers a certificate "
	    "as a list does", true },
	{ "fetch-ocsp", 0, NULL, "ask the responders that the certificates "
	    "name", false },
	{ "signature", 0, "FILE", "a detached signature (CMS) of the file",
	    false },
	{ "catalog", 0, "FILE", "a signed catalog that the files must be in",
	    false },
	{ "allow-sha1", 0, NULL, "take files that the catalog knows by their "
	    "SHA-1 only", false },
	{ "receipt", 0, "[=FILE]", "the ledger must vouch for the file too "
	    "(default: FILE" RECEIPT_SUFFIX ")", false },
	{ "log-key", 0, "VKEY", "the ledger's verifier key, or a file with it",
	    false },
	JOBS_OPTION,
	{ NULL, 0, NULL, NULL, false },
};

const struct command verify_command = {
	.name = "verify",
	.summary = "check the signatures of files, and of what is inside them",
	.arguments = "FILE...",
	.least = 1,
	.most = -1,
	.options = options,
	.details = "Each signature is checked over the bytes of its file, and "
	    "its timestamp with it.\nIn an archive every program must be "
	    "signed. With --roots the certificates must lead\nto one of those "
	    "in the file; without it that question stays open.\n\n"
	    "With --crl or --ocsp every certificate below the root, of signers "
	    "and timestamp\nauthorities, must be covered by a list or an OCSP "
	    "response that is valid now.\n--fetch-crl gets the lists that they "
	    "name, from the network; --fetch-ocsp asks the\nresponders that "
	    "they name, without a nonce. With both, both are asked. What rests "
	    "on\nSHA-1 is good only if a timestamp is from before 2016.\n\n"
	    "With --catalog it is the catalog that is signed: each file must "
	    "be in it, by its\nAuthenticode digest or that of all its bytes. "
	    "What is in an archive is not looked at.\n\n"
	    "With --receipt the receipt beside each file, or the one that is "
	    "named, must be good\nas well: the ledger's key says that the "
	    "engine signed this file, or what it was\nunpacked from. The key "
	    "is that of --log-key, or one of the pins of\n"
	    "~/.config/tagseal/trust.yaml. The worse of the two answers "
	    "counts.\n\n"
	    "Exit codes: 0 good, 1 bad, 2 a file cannot be read, 3 not signed, "
	    "5 not judged.",
	.example = "tagseal verify --roots company-ca.pem setup.exe\n"
	    "tagseal verify --roots ca.pem --signature notes.txt.p7s "
	    "notes.txt\n"
	    "tagseal verify --roots ca.pem --fetch-crl setup.exe\n"
	    "tagseal verify --roots ca.pem --receipt --log-key ledger.vkey "
	    "app.zip\n"
	    "tagseal verify --roots ca.pem --catalog drivers.cat acme.sys "
	    "acme.inf",
	.json = true,
	.run = run,
};
