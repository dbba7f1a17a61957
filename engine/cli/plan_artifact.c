/*
 * plan_artifact - what would be done to one artifact and to each file inside
 * it. A worker resolves the tree and signs nothing: no key is touched, and the
 * artifact stays as it is.
 */
#include "artifact/resolved.h"
#include "base/text.h"
#include "cli/configuration.h"
#include "cli/plan.h"
#include "daemon/local_job.h"
#include "judge/seal.h"

struct counts {
	uint64_t		 of[NODE_STATES];
	const struct resolved	*refused;	/* the first, or NULL */
};

/* What is to come, where node_state_name says what was done. */
static const char *const state_words[NODE_STATES] = {
	[NODE_OTHER]	= "keep",
	[NODE_KEPT]	= "keep",
	[NODE_VERIFIED]	= "verified",
	[NODE_SIGNED]	= "sign",
	[NODE_REFUSED]	= "refuse",
};

static bool
count(void *arg, struct resolved *n, struct err *e)
{
	struct counts *c = arg;

	(void)e;
	c->of[n->state]++;
	if (c->refused == NULL && n->refused != NULL)
		c->refused = n;
	return true;
}

bool
plan_resolve(struct cli_job *w, const struct element *elements,
    struct resolved **out, struct err *e)
{
	CLEANUP(local_done) struct local worker = LOCAL_NONE;
	struct job_result result;
	struct span tree;

	if (!local_worker(JOB_PLAN, &worker, e))
		return false;
	if (!seal_plan(&worker.channel, &w->job, w->fds, job_wait(w->size),
	    w->arena, &tree, &result, e))
		return local_failed(&worker, e);
	return resolved_read(tree, elements, w->arena, out, e);
}

static void
print_text(const char *title, struct span text, int indent)
{
	if (text.len == 0)
		return;
	printf("%*s%-*s", indent, "", CLI_TITLE, title);
	cli_show(text);
	putchar('\n');
}

static void
print_sign(const struct directive *d)
{
	printf("%s, ", method_rows[d->method].name);
	cli_show(d->digest.len > 0 ? d->digest : SPAN_TEXT("sha256"));
	printf("%s%s%s%s", d->append ? ", beside signatures that are there" :
	    "", d->page_hashes ? ", with page hashes" : "",
	    d->pem ? ", PEM" : "", d->met ? ": ours is there already" :
	    d->keep ? ", unless ours is there" : "");
}

static void
print_names(const char *before, const struct span *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		fputs(i == 0 ? before : " or ", stdout);
		cli_show(names[i]);
	}
}

static void
print_verify(const struct directive *d)
{
	fputs(method_rows[d->method].name, stdout);
	print_names(", by ", d->subjects, d->subject_count);
	print_names(", certificate ", d->thumbprints, d->thumbprint_count);
	printf("%s%s", d->roots.len > 0 ? ", roots of its own" : "",
	    d->timestamped ? ", timestamped" : "");
}

static void
print_hash(const struct directive *d)
{
	CLEANUP(buf_done) struct buf hex = { 0 };

	cli_show(d->digest);
	text_hex(d->value, &hex);
	printf(" %s", buf_cstr(&hex));
}

static const struct {
	const char	*title;
	void		(*print)(const struct directive *);
} directive_words[DIRECTIVE_VERBS] = {
	[DIRECTIVE_SIGN]	= { "signs", print_sign },
	[DIRECTIVE_VERIFY]	= { "verifies", print_verify },
	[DIRECTIVE_HASH]	= { "records", print_hash },
};

static void
print_directive(const struct directive *d, int indent)
{
	printf("%*s%-*s", indent, "", CLI_TITLE,
	    directive_words[d->verb].title);
	directive_words[d->verb].print(d);
	putchar('\n');
	print_text("into", d->output, indent);
	print_text("description", d->description, indent);
	print_text("more at", d->description_url, indent);
}

static const char *
state_colour(const struct palette *p, enum node_state state)
{
	return state == NODE_SIGNED ? p->green : state == NODE_REFUSED ?
	    p->red : p->dim;
}

static void
print_refusal(const struct resolved *n, const struct palette *p, int indent)
{
	if (n->refused == NULL)
		return;
	printf("%*s%-*s%s%s%s ", indent, "", CLI_TITLE, "why", p->red,
	    n->refused->code, p->plain);
	cli_show(n->why);
	putchar('\n');
}

/* As deep as containers are nested: resolved_read bounds it. */
static void
print_node(const struct resolved *n, const struct palette *p, int indent)
{
	int inner = indent + 4;

	printf("%*s%s%s%s ", indent, "", state_colour(p, n->state),
	    state_words[n->state], p->plain);
	cli_show(n->path);
	printf("  (%s", text_show_size(n->size).text);
	if (n->format.len > 0) {
		printf(", ");
		cli_show(n->format);
	}
	printf(")\n");
	print_refusal(n, p, inner);
	if (n->element != NULL)
		printf("%*s%-*s%s, line %u\n", inner, "", CLI_TITLE,
		    "element", ELEMENT_NAME(n->element), n->element->line);
	else if (n->refused == NULL)
		print_text("element", SPAN_TEXT("none: other files are kept"),
		    inner);
	for (size_t i = 0; i < n->directive_count; i++)
		print_directive(&n->directives[i], inner);
	print_text("same as", n->twin, inner);
	for (size_t i = 0; i < n->note_count; i++)
		print_text("besides", n->notes[i], inner);
	for (size_t i = 0; i < n->child_count; i++)
		print_node(&n->children[i], p, inner);
}

/* What is wrong with the first file that is refused. */
static void
refusal(const struct resolved *n, struct err *e)
{
	err_set(e, err_code_of(n->refused), "%s: %s",
	    text_show(n->display).text, text_show(n->why).text);
}

static void
answer_json(const struct resolved *root, const struct counts *c,
    const struct err *why)
{
	struct json *v = json_map();

	json_put_int(v, "signed", (int64_t)c->of[NODE_SIGNED]);
	json_put_int(v, "verified", (int64_t)c->of[NODE_VERIFIED]);
	json_put_int(v, "kept", (int64_t)(c->of[NODE_OTHER] +
	    c->of[NODE_KEPT]));
	json_put_int(v, "refused", (int64_t)c->of[NODE_REFUSED]);
	if (c->refused != NULL)
		json_put_err(v, "error", why);
	json_put(v, "artifact", resolved_json(root));
	cli_answer(v);
}

static void
answer_text(const struct invocation *in, const struct resolved *root,
    const struct counts *c, const struct err *why)
{
	struct palette p = palette_for(in->colour);

	printf("sign %llu, verified %llu, keep %llu",
	    (unsigned long long)c->of[NODE_SIGNED],
	    (unsigned long long)c->of[NODE_VERIFIED],
	    (unsigned long long)(c->of[NODE_OTHER] + c->of[NODE_KEPT]));
	if (c->refused != NULL)
		printf(", %srefuse %llu%s", p.red,
		    (unsigned long long)c->of[NODE_REFUSED], p.plain);
	putchar('\n');
	print_node(root, &p, 0);
	fflush(stdout);
	if (c->refused != NULL)
		err_print(stderr, why, in->colour);
}

int
plan_artifact(const struct invocation *in, struct err *e)
{
	CLEANUP(cli_job_done) struct cli_job w = CLI_JOB_NONE;
	struct counts c = { .refused = NULL };
	struct element *elements;
	struct resolved *root;

	if (!cli_job_open(in->arguments[0], JOB_PLAN, &w, e))
		return -1;
	w.job.lenient = true;
	if (!configuration_load(in, &w, &elements, e) ||
	    !plan_resolve(&w, elements, &root, e) ||
	    !resolved_each(root, count, &c, e))
		return -1;
	if (c.refused != NULL)
		refusal(c.refused, e);
	(in->json ? answer_json(root, &c, e) : answer_text(in, root, &c, e));
	return c.refused != NULL ? err_exit_code(e->what->kind) : EXIT_YES;
}
