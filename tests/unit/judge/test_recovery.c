/* recovery: holders of offline keys set the chain on another commit. */
#include <string.h>

#include "base/text.h"
#include "judge/chain_walk.h"
#include "judge/recovery.h"
#include "sys/file.h"

#define ENGINE	"6f1c0d2e-0000-4000-8000-000000000001"
#define REPO	"0b7e4c1a-5d2f-4e38-9a6b-1c7d8e9f0a2b"
#define OTHER	"0b7e4c1a-5d2f-4e38-9a6b-1c7d8e9f0a2c"

/* What a statement says; zero is what is right. */
struct saying {
	const char	*engine;
	const char	*config;
	const char	*root;		/* names of commits */
	const char	*leaves;
	const char	*to;
	const char	*files_of;	/* where they are not those of "to" */
	uint64_t	 epoch;
	int64_t		 lasts;		/* ms from OFFICE_NOW */
};

static struct chain_pin
pin_of(struct office *o, const char *name)
{
	struct object_id id = office_id(o, "config", name);
	struct chain_pin pin;
	struct err e;

	assert_ok(repository_refresh(o->repository, &e), &e);
	assert_ok(chain_pin_of(o->repository, &id, &pin, &e), &e);
	return pin;
}

static void
put_pin(struct office *o, struct buf *b, const char *key, const char *name,
    const char *files_of)
{
	struct chain_pin pin = pin_of(o, name);
	struct chain_pin files = pin_of(o, files_of == NULL ? name : files_of);

	buf_printf(b, "%s: {commit: \"%s\", payload-sha256: \"", key,
	    object_id_hex(&pin.commit).text);
	text_hex(SPAN(pin.payload_sha256), b);
	buf_text(b, "\", manifest-sha256: \"");
	text_hex(SPAN(files.manifest_sha256), b);
	buf_text(b, "\"}\n");
}

static const char *
either(const char *a, const char *b)
{
	return a != NULL ? a : b;
}

/* Writes $W/statement and has it signed: lines as sign.sh takes them. */
static void
say(struct office *o, const struct saying *s, const char *lines)
{
	CLEANUP(buf_done) struct buf b = { 0 }, run = { 0 };
	char at[TEXT_TIME_SIZE], path[128];
	struct err e;

	text_time(OFFICE_NOW + (s->lasts == 0 ? HOUR : s->lasts), at);
	buf_printf(&b, "tagseal: 1\nepoch: %llu\nengine: \"%s\"\n"
	    "config: \"%s\"\nexpires: \"%.19sZ\"\nreason: \"lost\"\n",
	    (unsigned long long)(s->epoch == 0 ? 1 : s->epoch),
	    either(s->engine, ENGINE), either(s->config, REPO), at);
	put_pin(o, &b, "root", either(s->root, "root"), NULL);
	put_pin(o, &b, "leaves", either(s->leaves, "root"), NULL);
	put_pin(o, &b, "to", either(s->to, "new"), s->files_of);
	snprintf(path, sizeof(path), "%s/statement", o->folder);
	assert_ok(file_replace_span(path, buf_span(&b), FILE_PLAIN, &e), &e);
	/* sign KEY [NAMESPACE]: one more signature behind it. */
	buf_text(&run, "cp statement all; sign() { rm -f statement.sig; "
	    "ssh-keygen -q -Y sign -n ${2:-recovery@tagseal} -f keys/$1 "
	    "statement; cat statement.sig >> all; }; ");
	buf_text(&run, lines);
	office_run(o, buf_cstr(&run));
}

static void
load(struct office *o, const char *name, struct buf *out)
{
	char path[128];
	struct err e;

	snprintf(path, sizeof(path), "%s/%s", o->folder, name);
	assert_ok(file_load(path, RECOVERY_LIMIT, out, &e), &e);
}

/* "ann" and "ben" hold keys, and so does who has "new". */
static bool
read_by(struct office *o, size_t keys, uint64_t threshold, struct arena *a,
    struct recovery_said *out, struct err *e)
{
	static const char *const names[] = { "keys/ann.pub", "keys/ben.pub",
		"keys/new.pub" };
	CLEANUP(buf_done) struct buf all = { 0 };
	struct span lines[COUNT(names)];
	struct recovery_trust t = { .keys = lines, .count = keys,
	    .threshold = threshold, .config = SPAN_TEXT(REPO),
	    .root = pin_of(o, "root") };

	for (size_t i = 0; i < COUNT(names); i++) {
		CLEANUP(buf_done) struct buf one = { 0 };
		struct span line, rest;

		load(o, names[i], &one);
		rest = buf_span(&one);
		assert_true(span_line(&rest, &line));
		assert_true(arena_copy(a, line, &lines[i]));
	}
	load(o, "all", &all);
	struct span kept;
	assert_true(arena_copy(a, buf_span(&all), &kept));
	return recovery_read(kept, &t, SPAN_TEXT(ENGINE), OFFICE_NOW, a, out,
	    e);
}

/* A new state, which nobody signed, beside the branch of the office. */
static void
prepare(struct office *o)
{
	office_run(o, "as cem tag root; as cem checkout -q --detach; "
	    "sed -i 's/an app/new app/' config/projects/app/project.yaml; "
	    "as eve commit -q -a -m new; as eve tag new; "
	    "as cem checkout -q main");
}

static void
reads(struct office *o, const struct saying *s, const char *lines,
    uint64_t threshold, enum err_code code)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 22);
	struct recovery_said said;
	struct err e;

	say(o, s, lines);
	if (read_by(o, 3, threshold, a, &said, &e))
		fail_msg("%s", lines);
	assert_err(&e, code);
}

static void
enough_holders_are_believed(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 22);
	const struct saying s = { .epoch = 7 };
	struct office *o = *state;
	struct recovery_said said;
	struct err e;

	prepare(o);
	say(o, &s, "sign new; sign ann");
	assert_ok(read_by(o, 3, 2, a, &said, &e), &e);
	assert_int_equal(said.step.epoch, 7);
	assert_int_equal(said.signer_count, 2);
	assert_span_equal(said.statement.reason, SPAN_TEXT("lost"));
	struct object_id new = office_id(o, "config", "new");
	assert_true(object_id_eq(&said.step.to.commit, &new));
	assert_true(span_starts(said.signers[1], "SHA256:"));
	/* More than enough is enough. */
	say(o, &s, "sign new; sign ann; sign ben");
	assert_ok(read_by(o, 3, 1, a, &said, &e), &e);
	assert_int_equal(said.signer_count, 3);
}

static void
nobody_else_is(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 22);
	const struct saying good = { .epoch = 0 };
	struct office *o = *state;
	struct recovery_said said;
	struct err e;

	prepare(o);
	reads(o, &good, "sign ann", 2, ERR_RECOVERY_THRESHOLD);
	reads(o, &good, ":", 1, ERR_RECOVERY_THRESHOLD);
	reads(o, &good, "sign ann; sign ann", 2, ERR_RECOVERY_TWICE);
	reads(o, &good, "sign ann; sign ben; sign ann", 2, ERR_RECOVERY_TWICE);
	reads(o, &good, "sign ann; sign ben; sign cem", 2, ERR_RECOVERY_KEY);
	reads(o, &good, "sign ann; sign ben git", 2, ERR_SSHSIG_NAMESPACE);
	reads(o, &good, "sign ann; sign ben; sed -i s/lost/gone/ all", 2,
	    ERR_SIGNATURE_BAD);
	say(o, &good, "sign ann");
	assert_false(read_by(o, 0, 1, a, &said, &e));
	assert_err(&e, ERR_RECOVERY_NONE);
	assert_false(read_by(o, 3, 0, a, &said, &e));
	assert_err(&e, ERR_RECOVERY_NONE);
	assert_ok(read_by(o, 1, 1, a, &said, &e), &e);
}

static void
it_is_for_one_engine_and_one_time(void **state)
{
	static const struct {
		struct saying	say;
		enum err_code	code;
	} rows[] = {
		{ { .engine = OTHER }, ERR_RECOVERY_ELSEWHERE },
		{ { .config = OTHER }, ERR_RECOVERY_ELSEWHERE },
		{ { .root = "new" }, ERR_RECOVERY_ELSEWHERE },
		{ { .lasts = -HOUR }, ERR_RECOVERY_EXPIRED },
	};
	struct office *o = *state;

	prepare(o);
	for (size_t i = 0; i < COUNT(rows); i++)
		reads(o, &rows[i].say, "sign ann; sign ben", 2, rows[i].code);
}

static void
a_file_has_nothing_but_its_parts(void **state)
{
	static const char *const bad[] = {
		"sign ann; sign ben; echo more >> all",
		"sign ann; echo >> all; sign ben",
		"sign ann; sed -i '/END SSH/d' all",
		"sign ann; sed -i 's/$/\\r/' statement.sig; "
		    "cat statement.sig >> all",
		"sign ann; for i in $(seq 64); do cat statement.sig; done "
		    ">> all",
	};
	struct office *o = *state;
	struct saying s = { .epoch = 0 };
	struct recovery_parts parts;
	struct err e;

	prepare(o);
	for (size_t i = 0; i < COUNT(bad); i++)
		reads(o, &s, bad[i], 1, ERR_RECOVERY_STATEMENT);
	reads(o, &s, "sign ann; cat statement.sig > all", 1, ERR_CONFIG_TYPE);
	assert_ok(recovery_cut(SPAN_TEXT(""), &parts, &e), &e);
	assert_int_equal(parts.statement.len + parts.count, 0);
	assert_ok(recovery_cut(SPAN_TEXT("a\nb"), &parts, &e), &e);
	assert_span_equal(parts.statement, SPAN_TEXT("a\nb"));
}

/* ---- the chain ---- */

static bool
recover(struct office *o, struct chain *c, const char *leaves, const char *to,
    const char *files_of, struct err *e)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	struct chain_step s = { pin_of(o, leaves), pin_of(o, to), 3 };

	if (files_of != NULL) {
		struct chain_pin files = pin_of(o, files_of);

		memcpy(s.to.manifest_sha256, files.manifest_sha256, 32);
	}
	return chain_recover(c, &s, OFFICE_NOW, &errors, e);
}

static void
the_chain_goes_on_from_there(void **state)
{
	struct office *o = *state;
	struct err e;

	prepare(o);
	CLEANUP(chain_done) struct chain *c = chain_at(o, "root", NULL);
	office_run(o, "cd $C; echo x > x; as eve add x; "
	    "as eve commit -q -m bad");
	assert_string_equal(verdict_code(chain_walk(o, c, OFFICE_NOW)),
	    "SIGNER-UNSIGNED");
	assert_ok(recover(o, c, "root", "new", NULL, &e), &e);
	assert_int_equal(chain_epoch(c), 3);
	struct object_id new = office_id(o, "config", "new");
	assert_true(object_id_eq(chain_commit(c), &new));
	office_run(o, "as cem reset -q --hard new; cd $C; "
	    "sed -i 's/new app/the app/' projects/app/project.yaml; "
	    "as ann commit -q -S -a -m words");
	assert_string_equal(verdict_code(chain_walk(o, c, OFFICE_NOW)),
	    "none");
}

/* Nobody has to rewrite the branch. */
static void
also_from_one_on_top_of_what_was_refused(void **state)
{
	struct office *o = *state;
	struct err e;

	office_run(o, "as cem tag root");
	CLEANUP(chain_done) struct chain *c = chain_at(o, "root", NULL);
	office_run(o, "cd $C; echo x > x; as eve add x; "
	    "as eve commit -q -m bad; as eve rm -q x; "
	    "sed -i 's/an app/new app/' projects/app/project.yaml; "
	    "as eve commit -q -a -m new; as eve tag new");
	assert_string_equal(verdict_code(chain_walk(o, c, OFFICE_NOW)),
	    "SIGNER-UNSIGNED");
	assert_ok(recover(o, c, "root", "new", NULL, &e), &e);
	office_run(o, "cd $C; sed -i 's/new app/the app/' "
	    "projects/app/project.yaml; as ann commit -q -S -a -m words");
	assert_string_equal(verdict_code(chain_walk(o, c, OFFICE_NOW)),
	    "none");
}

static void
not_every_commit_will_do(void **state)
{
	static const struct {
		const char	*leaves, *to, *files_of;
		enum err_code	 code;
	} rows[] = {
		{ "before", "new", NULL, ERR_RECOVERY_LEAVES },
		{ "root", "new", "before", ERR_RECOVERY_TIP },
		{ "root", "root", NULL, ERR_RECOVERY_TIP },
		{ "root", "before", NULL, ERR_RECOVERY_TIP },
		{ "root", "unsound", NULL, ERR_CHAIN_UNSOUND },
		{ "root", "other", NULL, ERR_RECOVERY_TIP },
	};
	struct office *o = *state;
	struct chain_step s;
	struct err e;

	office_run(o, "as cem tag before; cd $C; echo x > x; as cem add x; "
	    "as cem commit -q -m root");
	prepare(o);
	office_run(o, "cd $C; as cem checkout -q --detach new; "
	    "echo nonsense > people/ann.yaml; as eve commit -q -a -m 1; "
	    "as eve tag unsound; as cem checkout -q --detach new; "
	    "sed -i 's/" REPO "/" OTHER "/' tagseal.yaml; "
	    "as eve commit -q -a -m 2; as eve tag other; "
	    "as cem checkout -q main");
	CLEANUP(chain_done) struct chain *c = chain_at(o, "root", NULL);
	struct object_id root = *chain_commit(c);
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_false(recover(o, c, rows[i].leaves, rows[i].to,
		    rows[i].files_of, &e));
		assert_err(&e, rows[i].code);
		assert_true(object_id_eq(chain_commit(c), &root));
		assert_int_equal(chain_epoch(c), 0);
	}
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	s = (struct chain_step){ pin_of(o, "root"), pin_of(o, "new"), 1 };
	s.to.commit.bytes[0] ^= 1;
	assert_false(chain_recover(c, &s, OFFICE_NOW, &errors, &e));
	assert_err(&e, ERR_RECOVERY_MISSING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OFFICE_TEST(enough_holders_are_believed),
		OFFICE_TEST(nobody_else_is),
		OFFICE_TEST(it_is_for_one_engine_and_one_time),
		OFFICE_TEST(a_file_has_nothing_but_its_parts),
		OFFICE_TEST(the_chain_goes_on_from_there),
		OFFICE_TEST(also_from_one_on_top_of_what_was_refused),
		OFFICE_TEST(not_every_commit_will_do),
	};

	return cmocka_run_group_tests_name("recovery", tests, NULL, NULL);
}
