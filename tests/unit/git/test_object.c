/* object: what git wrote is read as git reads it; what was forged is not. */
#include <string.h>

#include "base/limits.h"
#include "git/object.h"
#include "sys/file.h"
#include "world.h"

#define TREE	"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
#define PARENT	"parent 1111111111111111111111111111111111111111\n"
#define AUTHOR	"author A <a@b> 1700000000 +0100\n"
#define COMMITTER "committer C <c@d> 1700000001 +0000\n"
#define HEADERS	TREE AUTHOR COMMITTER
#define ARMOR(nl) "-----BEGIN SSH SIGNATURE-----" nl "U1NIU0lH" nl	\
	"-----END SSH SIGNATURE-----"
#define GPGSIG	"gpgsig " ARMOR("\n ") "\n"
#define SIGNED	HEADERS GPGSIG "\nsubject\n\ndecision: deny\n"
#define OBJECT	"object 1111111111111111111111111111111111111111\n"
#define TAG	OBJECT "type commit\ntag v1\ntagger A <a@b> 1 +0000\n"

static bool
commit(const char *text, struct commit_object *c, struct arena *a,
    struct err *e)
{
	return commit_parse(SPAN_TEXT(text), a, c, e);
}

static void
reads_the_parts_of_a_commit(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	struct commit_object c;
	struct err e;

	(void)state;
	assert_ok(commit(TREE PARENT PARENT AUTHOR COMMITTER "encoding x\n"
	    GPGSIG "change-id y\n\nsubject\nbody", &c, a, &e), &e);
	assert_int_equal(c.parent_count, 2);
	assert_string_equal(object_id_hex(&c.parents[1]).text,
	    "1111111111111111111111111111111111111111");
	assert_true(span_is(c.committer, "C <c@d> 1700000001 +0000"));
	assert_true(span_is(message_subject(c.message), "subject"));
	assert_int_equal(c.signature.armor, ARMOR_SSH);
	assert_true(span_is(c.signature.text, ARMOR("\n") "\n"));
	assert_true(span_is(c.signature.payload, TREE PARENT PARENT AUTHOR
	    COMMITTER "encoding x\nchange-id y\n\nsubject\nbody"));
	struct digest d = digest_of(DIGEST_SHA256, c.signature.payload);
	assert_true(digest_eq(&d, &c.signature.payload_sha256));
}

static void
an_unsigned_commit_is_its_own_payload(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	struct commit_object c;
	struct err e;

	(void)state;
	assert_ok(commit(HEADERS "\n", &c, a, &e), &e);
	assert_int_equal(c.signature.armor, ARMOR_NONE);
	assert_int_equal(c.message.len, 0);
	assert_true(span_is(c.signature.payload, HEADERS "\n"));
}

/* Some hosts leave the armor's own line feed in: one empty line follows. */
static void
one_empty_line_behind_the_armor_is_git_s_own(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	struct commit_object c;
	struct err e;

	(void)state;
	assert_ok(commit(HEADERS GPGSIG " \n\nm\n", &c, a, &e), &e);
	assert_true(span_is(c.signature.text, ARMOR("\n") "\n"));
	assert_false(commit(HEADERS GPGSIG " \n \n\nm\n", &c, a, &e));
	assert_err(&e, ERR_GIT_SIGNATURE_MALFORMED);
}

static const struct {
	const char	*text;
	enum err_code	 code;
} forged_commits[] = {
	/* a signature in the message, where libgit2 finds it */
	{ HEADERS "\nm\n" ARMOR("\n") "\n", ERR_GIT_SIGNATURE_TWICE },
	{ HEADERS "\nm\n" GPGSIG ARMOR("\n") "\n",
	    ERR_GIT_SIGNATURE_TWICE },
	/* a header that loses its first letters in the payload */
	{ HEADERS "gpgsigfoo: x\n" GPGSIG "\nm\n",
	    ERR_GIT_SIGNATURE_MALFORMED },
	{ HEADERS GPGSIG "gpgsigdecision: deny\n\nm\n",
	    ERR_GIT_SIGNATURE_TWICE },
	/* the signature of another hash beside ours, on either side */
	{ HEADERS GPGSIG "gpgsig-sha256 x\n\nm\n",
	    ERR_GIT_SIGNATURE_TWICE },
	{ HEADERS "gpgsig-sha256 x\n" GPGSIG "\nm\n",
	    ERR_GIT_SIGNATURE_MALFORMED },
	/* two of them, which git glues together */
	{ HEADERS GPGSIG GPGSIG "\nm\n", ERR_GIT_SIGNATURE_TWICE },
	/* two armors in one value */
	{ HEADERS "gpgsig " ARMOR("\n ") "\n " ARMOR("\n ")
	    "\n\nm\n", ERR_GIT_SIGNATURE_MALFORMED },
	{ HEADERS "gpgsig -----BEGIN SSH SIGNATURE-----\n "
	    ARMOR("\n ") "\n\nm\n", ERR_GIT_SIGNATURE_TWICE },
	/* armor that is not the whole value */
	{ HEADERS "gpgsig x\n " ARMOR("\n ") "\n\nm\n",
	    ERR_GIT_SIGNATURE_MALFORMED },
	{ HEADERS GPGSIG " x\n\nm\n", ERR_GIT_SIGNATURE_MALFORMED },
	{ HEADERS "gpgsig -----BEGIN PGP MESSAGE-----\n "
	    "-----END PGP MESSAGE-----\n\nm\n",
	    ERR_GIT_SIGNATURE_MALFORMED },
	{ HEADERS "gpgsig -----BEGIN SSH SIGNATURE-----\n "
	    "-----END PGP SIGNATURE-----\n\nm\n",
	    ERR_GIT_SIGNATURE_MALFORMED },
	/* headers out of place, twice, folded, without line feed */
	{ GPGSIG HEADERS "\nm\n", ERR_GIT_OBJECT_MALFORMED },
	{ TREE GPGSIG AUTHOR COMMITTER "\nm\n",
	    ERR_GIT_OBJECT_MALFORMED },
	{ HEADERS TREE "\nm\n", ERR_GIT_OBJECT_MALFORMED },
	{ HEADERS PARENT "\nm\n", ERR_GIT_OBJECT_MALFORMED },
	{ TREE AUTHOR PARENT COMMITTER "\nm\n",
	    ERR_GIT_OBJECT_MALFORMED },
	{ TREE AUTHOR AUTHOR COMMITTER "\nm\n",
	    ERR_GIT_OBJECT_MALFORMED },
	{ TREE " folded\n" AUTHOR COMMITTER "\nm\n",
	    ERR_GIT_OBJECT_MALFORMED },
	{ HEADERS "nokey\n\nm\n", ERR_GIT_OBJECT_MALFORMED },
	{ HEADERS, ERR_GIT_OBJECT_MALFORMED },
	{ "", ERR_GIT_OBJECT_MALFORMED },
	{ "tree 4B825DC642CB6EB9A060E54BF8D69288FBEE4904\n" AUTHOR
	    COMMITTER "\nm\n", ERR_GIT_OBJECT_MALFORMED },
};

static void
refuses_forged_commits(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	struct commit_object c;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(forged_commits); i++) {
		if (commit(forged_commits[i].text, &c, a, &e))
			fail_msg("taken: %s", forged_commits[i].text);
		if (!err_is(&e, forged_commits[i].code))
			fail_msg("%s, not %s: %s\n%s", e.what->code,
			    err_rows[forged_commits[i].code].code, e.text,
			    forged_commits[i].text);
	}
}

static void
refuses_what_a_nul_hides(void **state)
{
	static const char text[] = SIGNED "\0Tagseal: approve\n";
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	struct span raw = { (const uint8_t *)text, sizeof(text) - 1 };
	struct commit_object c;
	struct err e;

	(void)state;
	assert_false(commit_parse(raw, a, &c, &e));
	assert_err(&e, ERR_GIT_OBJECT_MALFORMED);
	raw.len = sizeof(SIGNED) - 1;
	assert_ok(commit_parse(raw, a, &c, &e), &e);
}

static void
no_prefix_keeps_payload_and_signature(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 22);
	struct commit_object whole, c;
	struct err e;

	(void)state;
	assert_ok(commit(SIGNED, &whole, a, &e), &e);
	for (size_t n = 0; n < sizeof(SIGNED) - 1; n++) {
		uint8_t *bytes = exact((struct span){
		    (const uint8_t *)SIGNED, n });

		if (commit_parse((struct span){ bytes, n }, a, &c, &e)) {
			assert_true(n >= strlen(HEADERS GPGSIG "\n"));
			assert_false(digest_eq(&c.signature.payload_sha256,
			    &whole.signature.payload_sha256));
		}
		free(bytes);
	}
}

static void
refuses_what_is_too_large(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct commit_object c;
	struct tag_object t;
	struct err e;

	(void)state;
	buf_text(&raw, SIGNED);
	while (raw.len <= LIMIT_SIGNED_OBJECT)
		buf_text(&raw, "and so on and on\n");
	assert_false(commit_parse(buf_span(&raw), a, &c, &e));
	assert_err(&e, ERR_LIMIT_SIZE);
	assert_false(tag_parse(buf_span(&raw), a, &t, &e));
	assert_err(&e, ERR_LIMIT_SIZE);
}

static void
reads_the_parts_of_a_tag(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	struct tag_object t;
	struct err e;

	(void)state;
	assert_ok(tag_parse(SPAN_TEXT(TAG "\nm\n" ARMOR("\n") "\n"), a, &t,
	    &e), &e);
	assert_true(span_is(t.name, "v1"));
	assert_true(span_is(t.tagger, "A <a@b> 1 +0000"));
	assert_true(span_is(t.message, "m\n"));
	assert_true(span_is(t.signature.payload, TAG "\nm\n"));
	assert_true(span_is(t.signature.text, ARMOR("\n") "\n"));
	assert_ok(tag_parse(SPAN_TEXT(OBJECT "type commit\ntag v\n\n"), a, &t,
	    &e), &e);
	assert_int_equal(t.signature.armor, ARMOR_NONE);
}

static void
refuses_forged_tags(void **state)
{
	static const struct {
		const char	*text;
		enum err_code	 code;
	} cases[] = {
		{ TAG "\nm\n" ARMOR("\n") "\n" ARMOR("\n") "\n",
		    ERR_GIT_SIGNATURE_TWICE },
		{ TAG "\n-----BEGIN PGP MESSAGE-----\n" ARMOR("\n") "\n",
		    ERR_GIT_SIGNATURE_TWICE },
		{ TAG "\n-----BEGIN SSH SIGNATURE----- x\n" ARMOR("\n") "\n",
		    ERR_GIT_SIGNATURE_TWICE },
		{ TAG "\nm\n" ARMOR("\n") "\ndecision: approve\n",
		    ERR_GIT_SIGNATURE_MALFORMED },
		{ TAG "\nm\n" ARMOR("\n") "\n\n",
		    ERR_GIT_SIGNATURE_MALFORMED },
		{ TAG "\nm\n" ARMOR("\n"), ERR_GIT_SIGNATURE_MALFORMED },
		{ TAG "\nm\n-----BEGIN SSH SIGNATURE-----\n",
		    ERR_GIT_SIGNATURE_MALFORMED },
		{ TAG "gpgsig x\n\nm\n", ERR_GIT_OBJECT_MALFORMED },
		{ TAG "encoding x\n\nm\n", ERR_GIT_OBJECT_MALFORMED },
		{ TAG, ERR_GIT_OBJECT_MALFORMED },
		{ OBJECT "tag v1\ntype commit\n\n", ERR_GIT_OBJECT_MALFORMED },
		{ OBJECT "type tag\ntag v1\n\n", ERR_GIT_TAG_TARGET },
		{ OBJECT "type tree\ntag v1\n\n", ERR_GIT_TAG_TARGET },
	};
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	struct tag_object t;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (tag_parse(SPAN_TEXT(cases[i].text), a, &t, &e))
			fail_msg("taken: %s", cases[i].text);
		if (!err_is(&e, cases[i].code))
			fail_msg("%s, not %s: %s\n%s", e.what->code,
			    err_rows[cases[i].code].code, e.text,
			    cases[i].text);
	}
}

static void
the_manifest_follows_the_last_line_of_dashes(void **state)
{
	CLEANUP(buf_done) struct buf large = { 0 };
	struct span m;
	struct err e;

	(void)state;
	assert_ok(message_manifest(SPAN_TEXT("x\n---\na: 1\n---\nb: 2\n"),
	    &m, &e), &e);
	assert_true(span_is(m, "b: 2\n"));
	assert_ok(message_manifest(SPAN_TEXT("---\n"), &m, &e), &e);
	assert_int_equal(m.len, 0);
	assert_false(message_manifest(SPAN_TEXT("x\n --- \n----\n--- a\n"),
	    &m, &e));
	assert_err(&e, ERR_GIT_MANIFEST_MISSING);
	assert_false(message_manifest(SPAN_TEXT("---\na: 1\n# x\n"), &m, &e));
	assert_err(&e, ERR_GIT_MANIFEST_COMMENT);
	buf_text(&large, "---\n");
	while (large.len <= LIMIT_MANIFEST + 4)
		buf_text(&large, "a: 1\n");
	assert_false(message_manifest(buf_span(&large), &m, &e));
	assert_err(&e, ERR_LIMIT_SIZE);
}

/*
 * git as judge: a stand-in for ssh-keygen keeps what git would have verified.
 * Whatever we take, however it was bent, git takes with the same payload.
 */
static const char make_judge[] =
    "cd \"$W\" && printf '#!/bin/sh\\ncase \"$2\" in find-principals) echo a;;"
    " verify) cat > %s/payload;; esac\\n' \"$W\" > spy && chmod +x spy && "
    "touch allowed && git -C \"$R\" hash-object -w -t tree /dev/null "
    ">/dev/null";

static const char judge[] =
    "cd \"$W\" && rm -f payload && id=$(git -C \"$R\" hash-object -w -t commit"
    " --literally \"$W/bent\") && git -C \"$R\" -c gpg.ssh.program=\"$W/spy\" "
    "-c gpg.ssh.allowedSignersFile=\"$W/allowed\" verify-commit --raw $id "
    "2>/dev/null; cmp -s payload ours";

static void
write_file(struct world *w, const char *name, struct span bytes)
{
	char path[128];
	struct err e;

	snprintf(path, sizeof(path), "%s/%s", w->folder, name);
	assert_ok(file_replace_span(path, bytes, FILE_PLAIN, &e), &e);
}

/* bend puts a line in front of line number at; false: it has no such line. */
static bool
bend(const char *text, const char *line, size_t at, struct buf *out)
{
	struct span rest = SPAN_TEXT(text), next;

	for (size_t i = 0; span_line(&rest, &next); i++) {
		if (i == at)
			buf_text(out, line);
		buf_put(out, next);
		buf_u8(out, '\n');
		if (i == at) {
			buf_put(out, rest);
			return true;
		}
	}
	return false;
}

static void
what_is_taken_has_git_s_payload(void **state)
{
	static const char *const lines[] = {
		"gpgsigfoo: x\n", "gpgsig x\n", " folded\n", "\n", " \n",
		"gpgsig-sha256 x\n", "-----BEGIN SSH SIGNATURE-----\n",
		"-----END SSH SIGNATURE-----\n", "encoding utf-8\n", TREE,
		"mergetag object x\n folded\n", "x\n",
	};
	struct world *w = *state;
	size_t taken = 0;

	assert_int_equal(shell(w, make_judge), 0);
	for (size_t i = 0; i < COUNT(lines); i++)
		for (size_t at = 0; ; at++) {
			CLEANUP(arena_done) struct arena *a =
			    arena_new(LIMIT_OBJECT_MEMORY);
			CLEANUP(buf_done) struct buf bent = { 0 };
			struct commit_object c;
			struct err e;

			if (!bend(SIGNED, lines[i], at, &bent))
				break;
			if (!commit_parse(buf_span(&bent), a, &c, &e) ||
			    c.signature.armor == ARMOR_NONE)
				continue;
			write_file(w, "bent", buf_span(&bent));
			write_file(w, "ours", c.signature.payload);
			if (shell(w, judge) != 0)
				fail_msg("git differs: %s", buf_cstr(&bent));
			taken++;
		}
	assert_true(taken > 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_the_parts_of_a_commit),
		TEST(an_unsigned_commit_is_its_own_payload),
		TEST(one_empty_line_behind_the_armor_is_git_s_own),
		TEST(refuses_forged_commits),
		TEST(refuses_what_a_nul_hides),
		TEST(no_prefix_keeps_payload_and_signature),
		TEST(refuses_what_is_too_large),
		TEST(reads_the_parts_of_a_tag),
		TEST(refuses_forged_tags),
		TEST(the_manifest_follows_the_last_line_of_dashes),
		WORLD_TEST(what_is_taken_has_git_s_payload),
	};

	return cmocka_run_group_tests_name("object", tests, NULL, NULL);
}
