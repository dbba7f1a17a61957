/* openpgp: chain, commits and statements that OpenPGP keys sign, checked ahead
 * of need. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "judge/approvals.h"
#include "judge/chain.h"
#include "judge/chain_walk.h"
#include "judge/commits.h"
#include "sys/blob.h"
#include "verifier/verifier.h"

#define LATER	INT64_C(4000000000000)

static const struct message_row answers[] = {
	{ VERIFIER_READY, "ready", CHANNEL_ANY, 0 },
	{ VERIFIER_SIGNER, "signer", CHANNEL_ANY, 0 },
	{ VERIFIER_REFUSED, "refused", CHANNEL_ANY, 0 },
};

struct verifier {
	const struct office	*office;
	struct channel		 channel;
	struct blob_asker	 asker;
	struct openpgp_carrier	 carrier;
	pid_t			 pid;
	size_t			 opened;	/* times */
	size_t			 checks;	/* that were asked for */
	size_t			 dies_at;	/* this check; 0: at none */
};

static void
verifier_end(struct verifier *v)
{
	int status;

	channel_done(&v->channel);
	assert_int_equal(waitpid(v->pid, &status, 0), v->pid);
	v->pid = 0;
}

static bool
verifier_asked(void *arg, uint8_t type, struct span body,
    const struct span *blobs, size_t count, struct err *e)
{
	struct verifier *v = arg;

	if (type == VERIFIER_CHECK && ++v->checks == v->dies_at)
		verifier_end(v);
	if (v->pid == 0)
		return err_set(e, ERR_CHANNEL_CLOSED, "verifier");
	return blob_ask(&v->asker, type, body, blobs, count, e);
}

static bool
verifier_heard(void *arg, uint8_t *type, struct buf *body, struct err *e)
{
	struct verifier *v = arg;

	if (v->pid == 0)
		return err_set(e, ERR_CHANNEL_CLOSED, "verifier");
	return blob_hear(&v->asker, type, body, e);
}

static bool
verifier_open(void *arg, const struct openpgp_carrier **out, struct err *e)
{
	struct verifier *v = arg;
	int fds[2];

	if (v->pid != 0)
		verifier_end(v);
	v->opened++;
	assert_ok(channel_pair(fds, e), e);
	fflush(NULL);
	v->pid = fork();
	if (v->pid == 0) {
		close(fds[0]);
		_exit(verifier_serve(fds[1], v->office->folder, e) ? 0 : 1);
	}
	close(fds[1]);
	v->channel = CHANNEL(fds[0], "verifier", answers);
	v->asker = (struct blob_asker){ &v->channel, 60000 };
	v->carrier = (struct openpgp_carrier){ verifier_asked, verifier_heard,
	    v };
	*out = &v->carrier;
	return true;
}

/* ---- commits ---- */

/*
 * Runs lines with "takes KEY N", which makes N commits that an OpenPGP key
 * signs: ann, who has it; more, which she will have; or strange. The first one
 * is tagged "start".
 */
static void
commits_make(struct office *o, const char *lines)
{
	CLEANUP(buf_done) struct buf all = { 0 };

	buf_text(&all, "cd $C; mkdir -m 700 $W/h people/ann; "
	    "export GNUPGHOME=$W/h; for k in ann more strange; do "
	    "gpg --batch --quiet --passphrase '' "
	    "--quick-gen-key $k@test ed25519 sign 0; done; "
	    "export_key() { gpg --armor --export $1@test > "
	    "people/ann/$1.asc; "
	    "echo \"  - openpgp: ann/$1.asc\" >> people/ann.yaml; }; "
	    "takes() { for i in $(seq $2); do n=$((n + 1)); "
	    "sed -i \"s/description:.*/description: take $n/\" "
	    "projects/app/project.yaml; git -c user.name=a "
	    "-c user.email=a@b commit -q -S$1@test -a -m \"take $n\"; "
	    "done; }; export_key ann; as ann add .; "
	    "as ann commit -q -S -m openpgp; git tag start; ");
	buf_text(&all, lines);
	buf_text(&all, "; gpgconf --kill all");
	office_run(o, buf_cstr(&all));
}

static void
openpgp_commits_are_asked_of_the_verifier(void **state)
{
	struct office *o = *state;
	struct verifier verifier = { .office = o };
	struct verifier_source source = { verifier_open, &verifier };

	commits_make(o, "takes ann 1");
	CLEANUP(chain_done) struct chain *c = chain_at(o, "start", &source);
	const struct chain_verdict *v = chain_walk(o, c, LATER);
	assert_string_equal(verdict_code(v), "none");
	assert_span_equal(v->signer, SPAN_TEXT("ann"));
	verifier_end(&verifier);
	CLEANUP(chain_done) struct chain *without = chain_at(o, "start", NULL);
	v = chain_walk(o, without, LATER);
	assert_string_equal(verdict_code(v), "SIGNER-SIGNATURE");
}

static void
a_verifier_that_did_not_answer_is_asked_no_more(void **state)
{
	struct office *o = *state;
	struct verifier verifier = { .office = o, .dies_at = 1 };
	struct verifier_source source = { verifier_open, &verifier };
	struct err e;

	commits_make(o, "takes ann 1");
	CLEANUP(chain_done) struct chain *c = chain_at(o, "start", &source);
	struct chain_look look = { .head = office_id(o, "config", "HEAD"),
	    .now = LATER };
	assert_false(chain_advance(c, &look, &e));
	assert_err(&e, ERR_CHANNEL_CLOSED);
	assert_string_equal(verdict_code(chain_walk(o, c, LATER)), "none");
	verifier_end(&verifier);
}

/* The verdicts of a walk: so many good ones, and what the last one is. */
static void
assert_walk(struct office *o, struct chain *c, size_t good, const char *last)
{
	const struct chain_verdict *v = chain_walk(o, c, LATER);
	size_t count;

	assert_non_null(v);
	assert_string_equal(verdict_code(v), last);
	v = chain_verdicts(c, &count);
	assert_int_equal(count, good + (strcmp(last, "none") != 0));
	for (size_t i = 0; i < good; i++)
		assert_string_equal(verdict_code(&v[i]), "none");
}

static void
many_are_judged_in_their_order(void **state)
{
	struct office *o = *state;
	struct verifier verifier = { .office = o };
	struct verifier_source source = { verifier_open, &verifier };

	commits_make(o, "takes ann 7; takes strange 1; takes ann 3");
	CLEANUP(chain_done) struct chain *c = chain_at(o, "start", &source);
	assert_walk(o, c, 7, "SIGNER-UNKNOWN");
	assert_int_equal(verifier.opened, 1);
	/* What follows was asked ahead, and says nothing for the walk. */
	assert_true(verifier.checks > 8);
	assert_walk(o, c, 0, "SIGNER-UNKNOWN");
	verifier_end(&verifier);
}

/* What was asked ahead was asked of the keys before. */
static void
keys_that_change_on_the_way_count_from_there_on(void **state)
{
	struct office *o = *state;
	struct verifier verifier = { .office = o };
	struct verifier_source source = { verifier_open, &verifier };

	commits_make(o, "takes ann 3; as cem checkout -q -b work; "
	    "export_key more; sed -i '/ann.asc/d' people/ann.yaml; "
	    "git rm -q --cached people/ann/ann.asc; rm people/ann/ann.asc; "
	    "as cem add .; as cem commit -q -S -m keys; "
	    "as cem checkout -q main; "
	    "as dea merge -q --no-ff -S -m merge work; "
	    "takes more 3; takes ann 2");
	CLEANUP(chain_done) struct chain *c = chain_at(o, "start", &source);
	assert_walk(o, c, 7, "SIGNER-UNKNOWN");
	assert_int_equal(verifier.opened, 2);
	verifier_end(&verifier);
}

/* The walk ends where it would have ended without: at the head. */
static void
what_is_asked_ahead_harms_nothing_before_it(void **state)
{
	struct office *o = *state;
	struct verifier verifier = { .office = o, .dies_at = 3 };
	struct verifier_source source = { verifier_open, &verifier };

	commits_make(o, "takes ann 6");
	CLEANUP(chain_done) struct chain *c = chain_at(o, "start", &source);
	assert_walk(o, c, 6, "none");
	assert_int_equal(verifier.opened, 2);
	verifier_end(&verifier);
}

/* dea has a key that endorses, twice; a strange one does so before. */
static const char endorsed[] = "as cem checkout -q -b work; mkdir people/dea; "
    "gpg --armor --export more@test > people/dea/more.asc; "
    "echo '  - openpgp: dea/more.asc' >> people/dea.yaml; as cem add .; "
    "as cem commit -q -S -m keys; as cem checkout -q main; "
    "as dea merge -q --no-ff -S -m merge work; takes ann 1; "
    "sed -i 's/Test/Other/' tagseal.yaml; as cem commit -q -S -a -m rename; "
    "m=$(git ls-tree -r HEAD | while IFS='\t' read -r meta path; do "
    "set -- $meta; echo \"$1 $(git cat-file blob $3 | sha256sum | "
    "cut -c1-64) $path\"; done | LC_ALL=C sort -k3 | sha256sum | "
    "cut -c1-64); c=$(git rev-parse HEAD); "
    "e() { git -c user.name=a -c user.email=a@b tag -u $2@test "
    "-m \"endorsed\n\ncommit: $3\nmanifest-sha256: $m\" $1; }; "
    "e one strange $c; e two more $c; e three more $c; "
    "e four more $(git rev-parse HEAD~1)";

static void
endorsements_are_found_in_their_order(void **state)
{
	struct office *o = *state;
	struct verifier verifier = { .office = o };
	struct verifier_source source = { verifier_open, &verifier };
	size_t count;
	struct err e;

	commits_make(o, endorsed);
	CLEANUP(chain_done) struct chain *c = chain_at(o, "start", &source);
	const struct object_id tags[] = { office_id(o, "config", "one"),
	    office_id(o, "config", "two"), office_id(o, "config", "three"),
	    office_id(o, "config", "four") };
	struct chain_look look = { .head = office_id(o, "config", "HEAD"),
	    .endorsements = tags, .endorsement_count = COUNT(tags),
	    .now = LATER };
	assert_ok(repository_refresh(o->repository, &e), &e);
	assert_ok(chain_advance(c, &look, &e), &e);
	const struct chain_verdict *v = chain_verdicts(c, &count);
	assert_int_equal(count, 3);
	assert_string_equal(verdict_code(&v[2]), "none");
	assert_int_equal(v[2].endorsements.count, 1);
	assert_memory_equal(&v[2].endorsements.items[0], &tags[1],
	    sizeof(tags[1]));
	/* The fourth is about another commit. */
	assert_int_equal(verifier.checks, 4);
	verifier_end(&verifier);
}

/* ---- others than the chain ---- */

/* Each is asked once: all but the first of them ahead. */
static void
commits_of_a_release_are_read_in_their_order(void **state)
{
	struct office *o = *state;
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)64 << 20);
	struct verifier verifier = { .office = o };
	struct verifier_source source = { verifier_open, &verifier };
	struct commit_list list;
	struct err e;

	commits_make(o, "takes ann 4; takes strange 1; takes ann 2");
	CLEANUP(chain_done) struct chain *c = chain_at(o, "start", &source);
	struct object_id head = office_id(o, "config", "HEAD");
	struct object_id strange = office_id(o, "config", "HEAD~2");
	assert_ok(commits_read(o->repository, chain_signers(c),
	    chain_commit(c), &head, LATER, false, a, &list, &e), &e);
	assert_int_equal(list.count, 7);
	for (size_t i = 0; i < list.count; i++)
		assert_int_equal(list.items[i].signature.good, !span_eq(
		    list.items[i].id,
		    SPAN_TEXT(object_id_hex(&strange).text)));
	assert_int_equal(verifier.opened, 1);
	assert_int_equal(verifier.checks, 7);
	verifier_end(&verifier);
}

static const char statements[] = "approve() { "
    "{ printf 'I say\n\n---\ntagseal: 1\nrequest: sr-%064d\n"
    "decision: approve\n' $1; } > $W/m; "
    "git -c user.name=a -c user.email=a@b tag -u $2@test -F $W/m "
    "--cleanup=verbatim approve/$1; }; "
    "for i in 1 2 3 4 5; do approve $i ann; done; approve 6 strange; "
    "approve 7 ann; approve 8 ann";

static bool
wanted_but_one(void *arg, struct span about)
{
	(void)arg;
	return about.len == 0 || about.ptr[about.len - 1] != '3';
}

static void
statements_by_tags_are_read_in_their_order(void **state)
{
	struct office *o = *state;
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)64 << 20);
	struct verifier verifier = { .office = o };
	struct verifier_source source = { verifier_open, &verifier };
	struct approval_look look = { .now = LATER, .wanted = wanted_but_one };
	struct approval_list list;
	struct err e;

	commits_make(o, statements);
	CLEANUP(chain_done) struct chain *c = chain_at(o, "start", &source);
	CLEANUP(repository_done) struct repository *r = NULL;
	char path[128];
	snprintf(path, sizeof(path), "%s/config", o->folder);
	assert_ok(repository_open(path, &r, &e), &e);
	assert_ok(refs_list(r, "refs/tags/approve/", 100, a, &look.tags,
	    &look.tag_count, &e), &e);
	assert_int_equal(look.tag_count, 8);
	assert_ok(approvals_read(r, chain_signers(c), &look, a, &list, &e),
	    &e);
	assert_int_equal(list.count, 7);
	for (size_t i = 0; i < list.count; i++) {
		struct span by = list.items[i].fact.carrier;

		assert_int_equal(list.items[i].fact.signature.good,
		    !span_ends(by, "6"));
		assert_int_equal(by.ptr[by.len - 1], '1' + i + (i >= 2));
	}
	assert_int_equal(verifier.opened, 1);
	assert_int_equal(verifier.checks, 7);
	verifier_end(&verifier);
}

static const char detached[] = "as cem checkout -q --orphan approvals; "
    "as cem rm -rfq .; say() { "
    "printf 'tagseal: 1\nrequest: sr-%064d\ndecision: approve\n' $1; }; "
    "put() { f=approvals/sr-$(printf %064d $1)/x.yaml; "
    "mkdir -p $(dirname $f); say $1 > $f; gpg --batch --quiet --yes -u "
    "$2@test --armor --output $f.sig --detach-sign $f; }; "
    "for i in 1 2 3 4 5; do put $i ann; done; put 6 strange; put 7 ann; "
    "f=approvals/sr-$(printf %064d 2)/x.yaml; echo 'reason: no' >> $f; "
    "as cem add .; as cem commit -q -m files";

static void
detached_signatures_are_read_in_their_order(void **state)
{
	struct office *o = *state;
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)64 << 20);
	struct verifier verifier = { .office = o };
	struct verifier_source source = { verifier_open, &verifier };
	struct approval_look look = { .now = LATER, .wanted = wanted_but_one };
	struct approval_list list, again;
	struct object_id branch;
	struct err e;

	commits_make(o, detached);
	CLEANUP(chain_done) struct chain *c = chain_at(o, "start", &source);
	branch = office_id(o, "config", "approvals");
	look.branch = &branch;
	assert_ok(repository_refresh(o->repository, &e), &e);
	assert_ok(approvals_read(o->repository, chain_signers(c), &look, a,
	    &list, &e), &e);
	assert_int_equal(list.count, 6);
	for (size_t i = 0; i < list.count; i++) {
		struct span about = list.items[i].about;
		uint8_t last = about.ptr[about.len - 1];

		assert_int_equal(last, '1' + i + (i >= 2));
		assert_int_equal(list.items[i].fact.signature.good,
		    last != '2' && last != '6');
	}
	assert_int_equal(verifier.opened, 1);
	assert_int_equal(verifier.checks, 6);
	/* Another time it is the same, and nothing is verified again. */
	assert_ok(approvals_read(o->repository, chain_signers(c), &look, a,
	    &again, &e), &e);
	assert_int_equal(again.count, list.count);
	for (size_t i = 0; i < list.count; i++)
		assert_int_equal(again.items[i].fact.signature.good,
		    list.items[i].fact.signature.good);
	assert_int_equal(verifier.checks, 6);
	/* Seen at another time, it may be another verdict. */
	look.now -= 1000;
	assert_ok(approvals_read(o->repository, chain_signers(c), &look, a,
	    &again, &e), &e);
	assert_int_equal(verifier.checks, 12);
	verifier_end(&verifier);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OFFICE_TEST(openpgp_commits_are_asked_of_the_verifier),
		OFFICE_TEST(a_verifier_that_did_not_answer_is_asked_no_more),
		OFFICE_TEST(many_are_judged_in_their_order),
		OFFICE_TEST(keys_that_change_on_the_way_count_from_there_on),
		OFFICE_TEST(what_is_asked_ahead_harms_nothing_before_it),
		OFFICE_TEST(endorsements_are_found_in_their_order),
		OFFICE_TEST(commits_of_a_release_are_read_in_their_order),
		OFFICE_TEST(statements_by_tags_are_read_in_their_order),
		OFFICE_TEST(detached_signatures_are_read_in_their_order),
	};

	return cmocka_run_group_tests_name("openpgp", tests, NULL, NULL);
}
