/*
 * signing - a project and a config repo of the office (office.h) whose tags and
 * commits are signed in many ways, and what becomes of them.
 */
#ifndef SIGNING_H
#define SIGNING_H

#include <stdlib.h>
#include <string.h>

#include "config/load.h"
#include "judge/chain.h"
#include "judge/office.h"
#include "judge/refs.h"
#include "sys/clock.h"

#define DAY	INT64_C(86400000)	/* milliseconds */

/* How a tag and a commit are signed, and what comes of it. */
struct signed_case {
	const char	*name;
	const char	*how;		/* before "tag" or "word" */
	const char	*code;
	const char	*person;
};

/* The people of HEAD, and what they sign. */
struct desk {
	struct office	*office;
	struct repository *app;		/* the project's */
	struct config	*config;
	struct signers	 signers;
	struct arena	*arena;
};

static inline void
desk_open(struct desk *d, struct office *o)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	struct object_id tree = office_id(o, "config", "HEAD^{tree}");
	char path[128];
	struct err e;

	*d = (struct desk){ .office = o, .arena = arena_new(64 << 20) };
	snprintf(path, sizeof(path), "%s/app", o->folder);
	assert_ok(repository_open(path, &d->app, &e), &e);
	assert_ok(repository_refresh(o->repository, &e), &e);
	if (!config_load(o->repository, &tree, &d->config, &errors)) {
		config_errors_print(stderr, &errors, false);
		fail();
	}
	signers_init(&d->signers, d->config, NULL);
}

static inline void
desk_close(struct desk *d)
{
	signers_done(&d->signers);
	config_free(d->config);
	repository_free(d->app);
	arena_free(d->arena);
}

/* "none", or the code of the first finding that speaks against. */
static inline const char *
first_code(const struct finding *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!all[i].met)
			return all[i].row->code;
	return "none";
}

/* What a release tag of the project's repository comes to. */
static inline void
assert_release(struct desk *d, const char *name, int64_t seen,
    const char *code, const char *person)
{
	struct release_look look = { .project = SPAN_TEXT("app"),
	    .seen = seen };
	struct decision decision;
	struct release release;
	char path[300];
	struct err e;

	assert_ok(refs_list(d->app, "refs/heads/", 100, d->arena,
	    &look.branches, &look.branch_count, &e), &e);
	snprintf(path, sizeof(path), "refs/tags/v1-%s", name);
	look.ref = SPAN_TEXT(path);
	assert_ok(ref_read(d->app, path, &look.object, &e), &e);
	assert_ok(release_read(d->app, &d->signers, &look, d->arena, &release,
	    &e), &e);
	assert_ok(release_decide(d->config, &release.facts, d->arena,
	    &decision, &e), &e);
	const char *found = first_code(decision.findings.items,
	    decision.findings.count);
	if (strcmp(found, code) != 0)
		fail_msg("%s: %s, not %s", name, found, code);
	if (strcmp(code, "none") == 0)
		assert_span_equal(decision.submitter, SPAN_TEXT(person));
}

/* One more commit of the config repo, made by lines, and its verdict. */
static inline void
assert_commit(struct office *o, const char *lines, int64_t seen,
    const char *code)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	struct object_id id = office_id(o, "config", "HEAD");
	CLEANUP(chain_done) struct chain *c = NULL;
	struct chain_look look = { .now = seen };
	struct chain_pin pin;
	size_t count;
	struct err e;

	assert_ok(repository_refresh(o->repository, &e), &e);
	assert_ok(chain_pin_of(o->repository, &id, &pin, &e), &e);
	assert_ok(chain_open(o->repository, &pin, NULL, &c, &errors, &e), &e);
	office_run(o, lines);
	look.head = office_id(o, "config", "HEAD");
	assert_ok(repository_refresh(o->repository, &e), &e);
	assert_ok(chain_advance(c, &look, &e), &e);
	const struct chain_verdict *v = chain_verdicts(c, &count);
	assert_int_equal(count, 1);
	const char *found = v->error != NULL ? v->error->what->code :
	    first_code(v->decision.findings.items,
	    v->decision.findings.count);
	if (strcmp(found, code) != 0)
		fail_msg("%s: %s, not %s", lines, found, code);
	assert_int_equal(v->outcome == CHAIN_ALLOWED,
	    strcmp(code, "none") == 0);
	office_run(o, "as cem reset -q --hard HEAD^");
}

/*
 * $A is the project's repository. "tag NAME WHO OPTION..." makes a good tag in
 * it; options go to git. "people WHO TEXT" puts lines into a person's file,
 * and signs nothing. "word WHO OPTION..." changes a word of the project.
 */
static const char helpers[] =
    "A=$W/app; tag() { local n=$1 w=$2; shift 2; "
    "printf 'release\\n\\n---\\ntagseal: 1\\nproject: app\\n"
    "policy: release\\nartifacts:\\n  - name: a.zip\\n"
    "    sha256: \"%s\"\\n    size: 3\\n    path: dist/a.zip\\n"
    "    configuration: default\\n' "
    "$(printf abc | sha256sum | cut -c1-64) > $W/m; "
    "by $w $A \"$@\" tag -s -F $W/m --cleanup=verbatim $n main; }; "
    "people() { printf '%b' \"$2\" >> $C/people/$1.yaml; "
    "as cem add .; as cem commit -q --allow-empty -m people; }; "
    "word() { local w=$1; shift; sed -i \"s/an app/the app/\" "
    "$C/projects/app/project.yaml; as $w \"$@\" commit -q -S -a -m word; }; "
    "soft() { local f=$1; shift; SECURITY_KEY_FLAGS=$f \"$@\" "
    "-c gpg.ssh.program=\"$SECURITY_KEY\" "
    "-c user.signingkey=$W/keys/soft.pub; }; ";

static inline void
run(struct office *o, const char *lines)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	buf_printf(&b, "%s%s", helpers, lines);
	office_run(o, buf_cstr(&b));
}

static inline void
begin(struct office *o, const char *lines)
{
	setenv("SECURITY_KEY", SECURITY_KEY, 1);
	run(o, "mkdir -p $A/dist; git init -q -b main $A; "
	    "printf abc > $A/dist/a.zip; by ann $A add .; "
	    "by ann $A commit -q -S -m one");
	run(o, lines);
}

static inline void
commit_comes_to(struct office *o, const char *lines, int64_t seen,
    const char *code)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	buf_printf(&b, "%s%s", helpers, lines);
	assert_commit(o, buf_cstr(&b), seen, code);
}

#endif
