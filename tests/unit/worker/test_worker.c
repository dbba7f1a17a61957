/*
 * worker and checker as processes, in their sandbox: an archive in an archive
 * is signed level by level, accounted for, and each cheat is found. This
 * program starts itself in both roles.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "artifact/resolved.h"
#include "base/limits.h"
#include "containers/containers.h"
#include "crypto/canonical.h"
#include "crypto/timestamp.h"
#include "daemon/local_job.h"
#include "daemon/team.h"
#include "judge/seal.h"
#include "pki.h"
#include "sys/clock.h"
#include "test.h"
#include "tiny_pe.h"
#include "wire/courier.h"
#include "worker/worker.h"

#define WAIT		20000	/* ms */
#define SIGNATURES	8

struct fixture {
	struct arena		*arena;
	struct pki_world	 world;
	struct signing_identity	 identity;
	struct spool		 spool;
	struct span		 input;		/* the archive's bytes */
	struct job		 job;
	struct span		 roots[1];
	struct buf		 configuration;
	struct issued_item	 issued[SIGNATURES];
	size_t			 issued_count;
	uint32_t		 levels;
	struct channel		 courier;	/* the courier's end */
	uint32_t		 questions;
	struct err		 err;
};

/* ---- an archive with programs, an archive in it, and what is to be done */

static struct rope
bytes_rope(struct fixture *f, struct span s)
{
	struct rope r;

	assert_ok(rope_bytes(f->arena, s, &r, &f->err), &f->err);
	return r;
}

static struct rope
zip_make(struct fixture *f, const char *const *names,
    const struct rope *contents, size_t count)
{
	static const uint8_t nothing[22] = { 'P', 'K', 5, 6 };
	static const struct container_limits limits = { 100, MIB, 200 };
	struct change *added = ARENA_ARRAY(f->arena, struct change, count);
	struct rope file = bytes_rope(f, SPAN(nothing)), out;
	struct listing empty;
	struct span flat;

	assert_non_null(added);
	for (size_t i = 0; i < count; i++)
		added[i] = (struct change){ SIZE_MAX, SPAN_TEXT(names[i]),
		    contents[i] };
	assert_ok(all_containers[0]->list(&file, &limits, f->arena, &f->spool,
	    &empty, &f->err), &f->err);
	assert_ok(all_containers[0]->rebuild(&empty, added, count, f->arena,
	    &f->spool, &out, &f->err), &f->err);
	assert_ok(rope_view(f->arena, &out, 0, out.len, &flat, &f->err),
	    &f->err);
	return bytes_rope(f, flat);
}

static void
input_make(struct fixture *f)
{
	static const char *const inner_names[] = { "a.exe", "same.exe",
	    "readme" };
	static const char *const outer_names[] = { "inner.zip", "setup.exe",
	    "notes.txt", "other" };
	struct buf pe = tiny_pe_make(&(struct tiny_pe){ .overlay = 5 });
	struct span kept;

	assert_true(arena_copy(f->arena, buf_span(&pe), &kept));
	buf_done(&pe);
	struct rope exe = bytes_rope(f, kept);
	struct rope text = bytes_rope(f, SPAN_TEXT("what is new"));
	struct rope inner[] = { exe, exe, text };
	struct rope outer[] = { zip_make(f, inner_names, inner, 3), exe, text,
	    text };
	struct rope whole = zip_make(f, outer_names, outer, 4);
	assert_ok(rope_view(f->arena, &whole, 0, whole.len, &f->input,
	    &f->err), &f->err);
}

static void
element_make(struct element *x, const char *kind, struct span *path,
    struct directive *d)
{
	element_init(x, element_kind_find(span_text(kind)));
	x->paths = path;
	x->path_count = path != NULL;
	x->max = ELEMENT_UNBOUNDED;
	x->directives = d;
	x->directive_count = d != NULL;
	x->keep_others = x->kind->contains;
}

static void
configuration_make(struct fixture *f)
{
	struct span exe = SPAN_TEXT("*.exe"), zip = SPAN_TEXT("*.zip"),
	    text = SPAN_TEXT("*.txt");
	struct directive sign = { .method = METHOD_AUTHENTICODE },
	    beside = { .method = METHOD_CMS,
	    .output = SPAN_TEXT("${file.name}.p7s") };
	struct element root, inside[3], inner[1];

	element_make(&root, "zip", NULL, NULL);
	root.max = 1;
	element_make(&inside[0], "zip", &zip, NULL);
	element_make(&inside[1], "pe", &exe, &sign);
	element_make(&inside[2], "file", &text, &beside);
	element_make(&inner[0], "pe", &exe, &sign);
	root.contents = inside;
	root.content_count = 3;
	inside[0].contents = inner;
	inside[0].content_count = 1;
	element_write(&root, &f->configuration);
}

static int
fixture_make(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->arena = arena_new((size_t)64 << 20);
	f->spool = (struct spool){ .fd = scratch_file(SPAN_TEXT("")),
	    .limit = 64 * MIB };
	pki_world_make(&f->world);
	f->identity = pki_identity(&f->world.code, NULL, 0);
	f->identity.imprint = DIGEST_SHA256;
	f->roots[0] = buf_span(&f->world.root.der);
	f->courier.fd = -1;
	input_make(f);
	configuration_make(f);
	f->job = (struct job){
		.name = SPAN_TEXT("release.zip"),
		.now = PKI_NOW,
		.limit_entries = 100,
		.limit_unpacked = MIB,
		.limit_ratio = 200,
		.limit_depth = 4,
		.configuration = buf_span(&f->configuration),
		.identity = f->identity,
		.roots = f->roots,
		.root_count = 1,
	};
	*state = f;
	return 0;
}

static int
fixture_end(void **state)
{
	struct fixture *f = *state;

	fd_done(&f->spool.fd);
	buf_done(&f->configuration);
	pki_world_done(&f->world);
	arena_free(f->arena);
	free(f);
	return 0;
}

/* ---- the signer's and the courier's parts */

static bool
sign(void *arg, const struct level *l, struct span *values, struct arena *a,
    struct err *e)
{
	struct fixture *f = arg;

	for (size_t i = 0; i < l->count; i++) {
		const struct level_item *x = &l->items[i];
		CLEANUP(buf_done) struct buf v = pki_sign(f->world.code.key,
		    &x->to_be_signed);
		struct issued_item *row = &f->issued[f->issued_count++];

		assert_true(f->issued_count <= SIGNATURES);
		if (!arena_copy(a, buf_span(&v), &values[i]) ||
		    !arena_copy(f->arena, x->path, &row->path))
			return err_budget(e, a);
		row->to_be_signed = x->to_be_signed;
		row->signature_sha256 = digest_of(DIGEST_SHA256, values[i]);
	}
	f->levels = l->number + 1;
	return true;
}

/* What an authority with this time says to a request. */
static struct span
grant(struct fixture *f, struct arena *a, struct span request,
    int64_t time)
{
	static const uint8_t policy[] = { 6, 3, 42, 3, 4 };
	struct signing_identity id = pki_identity(&f->world.authority, NULL,
	    0);
	struct timestamp_grant g = { SPAN(policy), SPAN_TEXT("1"),
	    time, 0 };
	struct timestamp_request q;
	struct to_be_signed what;
	struct cms_draft *draft;
	struct span reply;
	struct err e;

	assert_ok(timestamp_request_parse(request, &q, &e) &&
	    timestamp_plan(&q, &g, &id, a, &draft, &what, &e), &e);
	CLEANUP(buf_done) struct buf v = pki_sign(f->world.authority.key,
	    &what);
	assert_ok(timestamp_finish(draft, buf_span(&v), a, &reply, &e), &e);
	return reply;
}

/* The first authority is rubbish or a day ahead, the second as it should. */
static void *
play_courier(void *arg)
{
	struct fixture *f = arg;
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)16 << 20);
	struct stamped_item answers[SIGNATURES];
	struct stamp_request q;
	struct message m;
	struct err e;

	while (stream_receive(&f->courier, MIB, &m, clock_in(WAIT), &e)) {
		struct buf b = { 0 };

		assert_ok(stamp_read(buf_span(&m.body), a, &q, &e), &e);
		assert_true(q.count <= SIGNATURES);
		f->questions++;
		for (size_t i = 0; i < q.count; i++)
			answers[i] = (struct stamped_item){
				.authority = q.items[i].passed & 1,
				.reply = q.items[i].passed == 0 && i % 2 == 0 ?
				    SPAN_TEXT("rubbish") : grant(f, a,
				    *q.items[i].requests, q.items[i].passed == 0 ?
				    PKI_NOW + PKI_DAY : PKI_NOW),
			};
		stamped_write(&(struct stamped){ answers, q.count, NULL, 0 },
		    &b);
		assert_ok(stream_send(&f->courier, COURIER_STAMPED,
		    buf_span(&b), NULL, 0, clock_in(WAIT), &e), &e);
		buf_done(&b);
		message_done(&m);
	}
	return NULL;
}

/* ---- one job */

struct files {
	int	fds[JOB_FDS];
};

static struct files
files_make(struct fixture *f, struct span output)
{
	return (struct files){ { scratch_file(f->input), scratch_file(output),
	    scratch_file(SPAN_TEXT("")) } };
}

static void
files_done(struct files *all)
{
	for (size_t i = 0; i < JOB_FDS; i++)
		fd_done(&all->fds[i]);
}

static struct span
output_read(struct fixture *f, const struct files *all, uint64_t size)
{
	struct rope r;
	struct span out;

	assert_ok(rope_file(f->arena, all->fds[JOB_OUTPUT], 0, size, &r,
	    &f->err), &f->err);
	assert_ok(rope_view(f->arena, &r, 0, size, &out, &f->err), &f->err);
	return out;
}

/* A whole signing, with timestamps if there is a courier. */
static struct span
signed_by(struct fixture *f, struct channel *courier)
{
	struct stamp_authority authorities[] = { { .url = SPAN_TEXT(
	    "http://a/") }, { .url = SPAN_TEXT("http://b/") } };
	CLEANUP(local_done) struct local worker = LOCAL_NONE;
	CLEANUP(files_done) struct files files = files_make(f, SPAN_TEXT(""));
	struct job_result result;

	f->job.verb = JOB_SIGN;
	f->job.identity.timestamp = courier != NULL;
	assert_ok(local_worker(JOB_SIGN, &worker, &f->err), &f->err);
	struct seal_terms t = { &worker.channel, courier, authorities, 2,
	    { .sign = sign, .arg = f }, WAIT, WAIT, NULL, { 0 } };
	assert_ok(seal_run(&t, &f->job, files.fds, f->arena, &result,
	    &f->err), &f->err);
	assert_ok(local_end(&worker, WAIT, &f->err), &f->err);
	struct span out = output_read(f, &files, result.size);
	struct digest sha256 = digest_of(DIGEST_SHA256, out);
	assert_true(digest_eq(&sha256, &result.sha256));
	return out;
}

static bool
checked(struct fixture *f, struct span output)
{
	CLEANUP(files_done) struct files files = files_make(f, output);
	struct job_result result;

	f->job.verb = JOB_CHECK;
	f->job.issued = f->issued;
	f->job.issued_count = f->issued_count;
	return local_job(&f->job, files.fds, f->arena, &result, &f->err);
}

static bool
verified(struct fixture *f, struct span artifact)
{
	struct job job = f->job;
	struct job_result result;
	struct span input = f->input;

	f->input = artifact;
	CLEANUP(files_done) struct files files = files_make(f, SPAN_TEXT(""));
	f->input = input;
	job.verb = JOB_VERIFY;
	job.configuration = (struct span){ 0 };
	assert_ok(local_job(&job, files.fds, f->arena, &result, &f->err),
	    &f->err);
	return result.yes;
}

/* ---- the tests */

static void
archives_in_archives_are_signed_and_accounted_for(void **state)
{
	struct fixture *f = *state;

	assert_false(verified(f, f->input));
	struct span out = signed_by(f, NULL);
	assert_int_equal(f->issued_count, 2);	/* three files are equal */
	assert_int_equal(f->levels, 1);
	assert_ok(checked(f, out), &f->err);
	assert_true(verified(f, out));
	assert_true(span_find(out, SPAN_TEXT("notes.txt.p7s")) != SIZE_MAX);
}

/* Without a configuration: what `tagseal sign` asks for. */
static void
a_lone_file_is_signed_by_a_directive(void **state)
{
	static const enum method methods[] = { METHOD_AUTHENTICODE,
	    METHOD_CMS };
	struct fixture *f = *state;
	struct buf pe = tiny_pe_make(&(struct tiny_pe){ .overlay = 5 });

	f->input = buf_span(&pe);
	f->job.name = SPAN_TEXT("setup.exe");
	f->job.configuration.len = 0;
	for (size_t i = 0; i < COUNT(methods); i++) {
		CLEANUP(buf_done) struct buf wire = { 0 };
		struct directive d = { .method = methods[i],
		    .output = SPAN_TEXT("setup.exe.p7s") };

		directive_write(&d, &wire);
		f->job.directive = buf_span(&wire);
		f->issued_count = 0;
		struct span out = signed_by(f, NULL);
		assert_int_equal(f->issued_count, 1);
		assert_ok(checked(f, out), &f->err);
		if (method_rows[methods[i]].detached)
			f->job.detached = out;
		assert_true(verified(f, f->job.detached.len > 0 ? f->input :
		    out));
	}
	buf_done(&pe);
}

static void
another_authority_is_asked_when_one_lies(void **state)
{
	struct fixture *f = *state;
	pthread_t thread;
	int ends[2];

	assert_ok(channel_pair(ends, &f->err), &f->err);
	f->courier = channel_open(ends[1], "judge", courier_requests,
	    courier_request_count);
	struct channel ours = channel_open(ends[0], "courier",
	    courier_answers, courier_answer_count);
	pthread_create(&thread, NULL, play_courier, f);
	struct span out = signed_by(f, &ours);
	channel_done(&ours);
	pthread_join(thread, NULL);
	channel_done(&f->courier);
	assert_int_equal(f->questions, 2);
	assert_ok(checked(f, out), &f->err);
	assert_true(verified(f, out));
}

static void
the_checker_finds_each_cheat(void **state)
{
	struct fixture *f = *state;
	struct span out = signed_by(f, NULL);

	assert_false(checked(f, f->input));
	assert_err(&f->err, ERR_CHECK_MISSING);
	/* A byte of a file that nobody may touch. */
	uint8_t *copy = exact(out);
	size_t at = span_find(out, SPAN_TEXT("other"));
	assert_true(at != SIZE_MAX);
	copy[at + 10] ^= 1;
	assert_false(checked(f, (struct span){ copy, out.len }));
	free(copy);
	/* One signature more, or fewer, than was issued. */
	f->issued_count--;
	assert_false(checked(f, out));
	assert_err(&f->err, ERR_CHECK_NOT_ISSUED);
	f->issued_count++;
	f->issued[f->issued_count++] = f->issued[0];
	assert_false(checked(f, out));
	assert_err(&f->err, ERR_CHECK_MISSING);
	f->issued_count--;
	assert_ok(checked(f, out), &f->err);
	/* What is well signed, but was asked for by no configuration. */
	f->job.configuration.len = 0;
	assert_false(checked(f, out));
	assert_err(&f->err, ERR_CHECK_CHANGED);
}

static struct resolved *
planned(struct fixture *f, struct job_result *result)
{
	CLEANUP(local_done) struct local worker = LOCAL_NONE;
	CLEANUP(files_done) struct files files = files_make(f, SPAN_TEXT(""));
	struct element *elements;
	struct resolved *root;
	struct span tree;

	f->job.verb = JOB_PLAN;
	assert_ok(local_worker(JOB_PLAN, &worker, &f->err), &f->err);
	assert_ok(seal_plan(&worker.channel, &f->job, files.fds, WAIT,
	    f->arena, &tree, result, &f->err), &f->err);
	assert_int_equal(result->size, 0);
	assert_ok(element_read(f->job.configuration, f->arena, &elements,
	    &f->err), &f->err);
	assert_ok(resolved_read(tree, elements, f->arena, &root, &f->err),
	    &f->err);
	return root;
}

/* What no element names is hashed only for people who are shown the tree. */
static void
a_plan_signs_nothing(void **state)
{
	static const uint8_t unread[NODE_SHA256];
	struct fixture *f = *state;
	struct digest text = digest_of(DIGEST_SHA256,
	    SPAN_TEXT("what is new"));
	struct job_result result;
	struct resolved *root = planned(f, &result);

	assert_int_equal(resolved_count(root), 8);
	assert_int_equal(root->children[1].state, NODE_SIGNED);
	assert_int_equal(root->children[3].state, NODE_OTHER);
	assert_memory_equal(root->children[3].sha256, unread, NODE_SHA256);
	f->job.told = true;
	root = planned(f, &result);
	assert_memory_equal(root->children[3].sha256, text.bytes,
	    NODE_SHA256);
}

/* What the worker shows, the checker sees for itself. */
static void
the_checker_tells_what_it_sees(void **state)
{
	struct fixture *f = *state;
	CLEANUP(buf_done) struct buf text = { 0 };
	struct job_result seen, shown;
	struct json *tree;

	f->job.told = true;
	planned(f, &shown);
	assert_ok(json_parse(shown.json, &tree, &f->err) &&
	    canonical_write(tree, &text, &f->err), &f->err);
	json_release(tree);
	struct span out = signed_by(f, NULL);
	CLEANUP(files_done) struct files files = files_make(f, out);
	f->job.verb = JOB_CHECK;
	f->job.issued = f->issued;
	f->job.issued_count = f->issued_count;
	assert_ok(local_job(&f->job, files.fds, f->arena, &seen, &f->err),
	    &f->err);
	struct digest want = digest_of(DIGEST_SHA256, buf_span(&text));
	assert_true(digest_eq(&seen.sha256, &want));
}

static void
a_role_does_only_its_own_jobs(void **state)
{
	struct fixture *f = *state;
	CLEANUP(local_done) struct local checker = LOCAL_NONE;
	CLEANUP(files_done) struct files files = files_make(f, SPAN_TEXT(""));
	struct job_result result;

	f->job.verb = JOB_STRIP;
	assert_ok(local_worker(JOB_CHECK, &checker, &f->err), &f->err);
	assert_false(seal_ask(&checker.channel, &f->job, files.fds, WAIT,
	    f->arena, &result, &f->err));
	assert_err(&f->err, ERR_ARTIFACT_WIRE);
}

static void
what_is_out_of_order_is_refused(void **state)
{
	struct fixture *f = *state;
	CLEANUP(local_done) struct local worker = LOCAL_NONE;
	CLEANUP(message_done) struct message m = { 0 };

	assert_ok(local_worker(JOB_SIGN, &worker, &f->err) &&
	    channel_send(&worker.channel, WORKER_GO, (struct span){ 0 }, NULL,
	    0, clock_in(WAIT), &f->err) && stream_expect(&worker.channel,
	    WORKER_FAILED, MIB, &m, clock_in(WAIT), &f->err), &f->err);
	struct reader r = rd_open(buf_span(&m.body));
	assert_true(wire_get_err(&r, &f->err));
	assert_err(&f->err, ERR_MESSAGE_PHASE);
}

static void
a_malformed_job_is_refused(void **state)
{
	struct fixture *f = *state;
	static const size_t cuts[] = { 0, 1, 20, 80 };

	for (size_t i = 0; i < COUNT(cuts); i++) {
		CLEANUP(local_done) struct local worker = LOCAL_NONE;
		CLEANUP(files_done) struct files files = files_make(f,
		    SPAN_TEXT(""));
		CLEANUP(message_done) struct message m = { 0 };
		CLEANUP(buf_done) struct buf body = { 0 };

		job_write(&f->job, &body);
		assert_ok(local_worker(JOB_SIGN, &worker, &f->err) &&
		    stream_send(&worker.channel, WORKER_JOB, (struct span){
		    body.ptr, cuts[i] }, files.fds, JOB_FDS, clock_in(WAIT),
		    &f->err) && stream_expect(&worker.channel, WORKER_FAILED,
		    MIB, &m, clock_in(WAIT), &f->err), &f->err);
		struct reader r = rd_open(buf_span(&m.body));
		assert_true(wire_get_err(&r, &f->err));
		assert_err(&f->err, ERR_PROCESS_PROTOCOL);
	}
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
		STORY(archives_in_archives_are_signed_and_accounted_for),
		STORY(a_lone_file_is_signed_by_a_directive),
		STORY(another_authority_is_asked_when_one_lies),
		STORY(the_checker_finds_each_cheat),
		STORY(a_plan_signs_nothing),
		STORY(the_checker_tells_what_it_sees),
		STORY(a_role_does_only_its_own_jobs),
		STORY(what_is_out_of_order_is_refused),
		STORY(a_malformed_job_is_refused),
	};
	int code;

	if (team_role(roles, COUNT(roles), argc, argv, &code))
		return code;
	return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
