/*
 * A checker that begins before there is an output finds the same as one that
 * begins after: it is told what was issued when it has read the input. This
 * program starts itself in both roles.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "artifact/element.h"
#include "base/limits.h"
#include "daemon/local_job.h"
#include "daemon/team.h"
#include "judge/seal.h"
#include "pki.h"
#include "test.h"
#include "tiny_pe.h"
#include "worker/worker.h"

#define WAIT		20000	/* ms */

struct fixture {
	struct arena		*arena;
	struct pki_world	 world;
	struct span		 roots[1];
	struct buf		 directive;
	struct buf		 input;
	struct job		 job;
	struct issued_item	 issued;
	size_t			 issued_count;
	struct err		 err;
};

static int
fixture_make(void **state)
{
	struct directive d = { .method = METHOD_AUTHENTICODE };
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->arena = arena_new((size_t)64 << 20);
	f->input = tiny_pe_make(&(struct tiny_pe){ .overlay = 5 });
	pki_world_make(&f->world);
	f->roots[0] = buf_span(&f->world.root.der);
	directive_write(&d, &f->directive);
	f->job = (struct job){
		.name = SPAN_TEXT("setup.exe"),
		.now = PKI_NOW,
		.limit_entries = 100,
		.limit_unpacked = MIB,
		.limit_ratio = 200,
		.limit_depth = 4,
		.directive = buf_span(&f->directive),
		.identity = pki_identity(&f->world.code, NULL, 0),
		.roots = f->roots,
		.root_count = 1,
	};
	f->job.identity.imprint = DIGEST_SHA256;
	*state = f;
	return 0;
}

static int
fixture_end(void **state)
{
	struct fixture *f = *state;

	buf_done(&f->input);
	buf_done(&f->directive);
	pki_world_done(&f->world);
	arena_free(f->arena);
	free(f);
	return 0;
}

static bool
sign(void *arg, const struct level *l, struct span *values, struct arena *a,
    struct err *e)
{
	struct fixture *f = arg;
	CLEANUP(buf_done) struct buf v = pki_sign(f->world.code.key,
	    &l->items[0].to_be_signed);

	assert_int_equal(l->count, 1);
	if (!arena_copy(a, buf_span(&v), &values[0]))
		return err_budget(e, a);
	f->issued = (struct issued_item){ SPAN_TEXT("setup.exe"),
	    l->items[0].to_be_signed, digest_of(DIGEST_SHA256, values[0]) };
	f->issued_count = 1;
	return true;
}

struct files {
	int	fds[JOB_FDS];
};

static struct files
files_make(struct fixture *f, struct span output)
{
	return (struct files){ { scratch_file(buf_span(&f->input)),
	    scratch_file(output), scratch_file(SPAN_TEXT("")) } };
}

static void
files_done(struct files *all)
{
	for (size_t i = 0; i < JOB_FDS; i++)
		fd_done(&all->fds[i]);
}

/* A whole signing; there says what the output holds before. */
static struct span
signed_over(struct fixture *f, struct span there)
{
	CLEANUP(local_done) struct local worker = LOCAL_NONE;
	CLEANUP(files_done) struct files files = files_make(f, there);
	struct seal_terms t = { .worker = &worker.channel,
	    .hooks = { .sign = sign, .arg = f }, .patience = WAIT,
	    .worker_patience = WAIT };
	struct job_result result;
	struct rope r;
	struct span out = { 0 };

	f->job.verb = JOB_SIGN;
	assert_ok(local_worker(JOB_SIGN, &worker, &f->err) && seal_run(&t,
	    &f->job, files.fds, f->arena, &result, &f->err) &&
	    local_end(&worker, WAIT, &f->err), &f->err);
	assert_int_equal(lseek(files.fds[JOB_OUTPUT], 0, SEEK_END),
	    result.size);
	assert_ok(rope_file(f->arena, files.fds[JOB_OUTPUT], 0, result.size,
	    &r, &f->err) && rope_view(f->arena, &r, 0, r.len, &out, &f->err),
	    &f->err);
	return out;
}

/* A checker that began before; what it is told comes after. */
static bool
checked_early(struct fixture *f, struct span output,
    void (*meanwhile)(struct files *))
{
	CLEANUP(local_done) struct local checker = LOCAL_NONE;
	CLEANUP(files_done) struct files files = files_make(f, SPAN_TEXT(""));
	struct job_result result;

	assert_ok(local_worker(JOB_CHECK, &checker, &f->err) &&
	    seal_foresee(&checker.channel, &f->job, files.fds, WAIT, &f->err),
	    &f->err);
	if (meanwhile != NULL)
		meanwhile(&files);
	assert_int_equal(pwrite(files.fds[JOB_OUTPUT], output.ptr, output.len,
	    0), output.len);
	return seal_issued(&checker.channel, &f->issued, f->issued_count,
	    WAIT, f->arena, &result, &f->err) &&
	    local_end(&checker, WAIT, &f->err);
}

static bool
checked_after(struct fixture *f, struct span output)
{
	CLEANUP(files_done) struct files files = files_make(f, output);
	struct job_result result;

	f->job.verb = JOB_CHECK;
	f->job.issued = &f->issued;
	f->job.issued_count = f->issued_count;
	return local_job(&f->job, files.fds, f->arena, &result, &f->err);
}

/* Every byte counts, and both find the same. */
static void
both_checkers_find_the_same(void **state)
{
	struct fixture *f = *state;
	struct span out = signed_over(f, SPAN_TEXT(""));

	assert_ok(checked_after(f, out), &f->err);
	assert_ok(checked_early(f, out, NULL), &f->err);
	for (size_t i = 0; i < out.len; i += 41) {
		uint8_t *copy = exact(out);
		struct span bad = { copy, out.len };

		copy[i] ^= 1;
		assert_false(checked_after(f, bad));
		const struct err_row *what = f->err.what;
		assert_false(checked_early(f, bad, NULL));
		assert_ptr_equal(f->err.what, what);
		free(copy);
	}
	assert_false(checked_early(f, buf_span(&f->input), NULL));
	assert_err(&f->err, ERR_CHECK_MISSING);
	f->issued_count = 0;
	assert_false(checked_early(f, out, NULL));
	assert_err(&f->err, ERR_CHECK_NOT_ISSUED);
}

/*
 * Somebody writes to the input while it is being signed: so much later that
 * the checker has begun, even on a busy machine.
 */
static useconds_t later;	/* microseconds */

static void
write_input(struct files *files)
{
	uint8_t byte;

	usleep(later);
	assert_int_equal(pread(files->fds[JOB_INPUT], &byte, 1, 0), 1);
	assert_int_equal(pwrite(files->fds[JOB_INPUT], &byte, 1, 0), 1);
}

static void
an_input_that_changes_meanwhile_is_refused(void **state)
{
	struct fixture *f = *state;
	struct span out = signed_over(f, SPAN_TEXT(""));

	for (later = 50000; checked_early(f, out, write_input); later *= 2)
		assert_true(later < 10000000);
	assert_err(&f->err, ERR_FILE_CHANGED);
}

/* It failed before it was told anything, and listens no more. */
static void
a_checker_that_failed_early_says_why(void **state)
{
	struct fixture *f = *state;
	struct span out = signed_over(f, SPAN_TEXT(""));

	f->input.len = 100;
	assert_false(checked_early(f, out, NULL));
	assert_err(&f->err, ERR_PE_TRUNCATED);
}

/* The worker writes what is new; the old signature is longer than the new. */
static void
what_was_copied_is_written_over(void **state)
{
	struct fixture *f = *state;
	struct directive wordy = { .method = METHOD_AUTHENTICODE,
	    .description = SPAN_TEXT("a signature that is longer than one "
	    "without a description would be") };
	CLEANUP(buf_done) struct buf wire = { 0 };
	struct span plain = f->job.directive;

	directive_write(&wordy, &wire);
	f->job.directive = buf_span(&wire);
	struct span longer = signed_over(f, SPAN_TEXT(""));
	f->job.directive = plain;
	buf_done(&f->input);
	buf_put(&f->input, longer);
	f->job.copied = true;
	struct span out = signed_over(f, longer);
	assert_true(out.len < longer.len);
	assert_ok(checked_after(f, out), &f->err);
	/* A copy that is none is found out. */
	uint8_t *other = exact(longer);
	other[longer.len / 8] ^= 1;
	out = signed_over(f, (struct span){ other, longer.len });
	free(other);
	assert_false(checked_after(f, out));
	assert_err(&f->err, ERR_FORMAT_DIFFERS);
}

int
main(int argc, char **argv)
{
#define STORY(test)	cmocka_unit_test_setup_teardown(test, fixture_make, \
			    fixture_end)
	static const struct role_main roles[] = {
		{ "checker", checker_main },
		{ "worker", worker_main },
	};
	const struct CMUnitTest tests[] = {
		STORY(both_checkers_find_the_same),
		STORY(an_input_that_changes_meanwhile_is_refused),
		STORY(a_checker_that_failed_early_says_why),
		STORY(what_was_copied_is_written_over),
	};
	int code;

	if (team_role(roles, COUNT(roles), argc, argv, &code))
		return code;
	return cmocka_run_group_tests_name("early", tests, NULL, NULL);
}
