/* chain: keys that their owners change, and administrators who object. */
#include "judge/chain_walk.h"

static void
an_own_new_key_counts_after_the_delay(void **state)
{
	struct office *o = *state;
	CLEANUP(chain_done) struct chain *c = chain_at(o, "HEAD", NULL);

	office_run(o, "cd $C; sed -i \"s@ssh: .*@ssh: \\\"$(cut -d' ' -f1,2 "
	    "../keys/new.pub)\\\"@\" people/ann.yaml; "
	    "as ann commit -q -S -a -m key");
	const struct chain_verdict *v = chain_walk(o, c, OFFICE_NOW);
	assert_string_equal(verdict_code(v), "none");
	assert_true(v->decision.delayed);
	assert_string_equal(chain_rule(v, 0), "own-keys");
	office_run(o, "sed -i 's/an app/the app/' "
	    "$C/projects/app/project.yaml; as new commit -q -S -a -m words");
	v = chain_walk(o, c, OFFICE_NOW + 71 * HOUR);
	assert_string_equal(verdict_code(v), "SIGNER-SIGNATURE");
	v = chain_walk(o, c, OFFICE_NOW + 72 * HOUR);
	assert_string_equal(verdict_code(v), "none");
	assert_span_equal(v->signer, SPAN_TEXT("ann"));
	assert_null(chain_walk(o, c, OFFICE_NOW + 72 * HOUR));
}

/* ann's key is revoked by two; she cannot undo that with another one. */
static void
an_owner_does_not_lift_a_revocation(void **state)
{
	struct office *o = *state;

	office_run(o, "cd $C; cp people/ann.yaml ../ann.old; "
	    "{ echo '    revoked: {at: \"2026-01-01\", reason: lost}'; "
	    "echo \"  - ssh: \\\"$(cut -d' ' -f1,2 ../keys/new.pub)\\\"\"; } "
	    ">> people/ann.yaml; as cem commit -q -S -a -m revoked");
	assert_change(o, "cp ann.old $C/people/ann.yaml; "
	    "echo \"  - ssh: \\\"$(cut -d' ' -f1,2 keys/new.pub)\\\"\" "
	    ">> $C/people/ann.yaml; as new commit -q -S -a -m lift",
	    "CHAIN-OWN-KEYS", "ann");
	office_run(o, "as cem reset -q --hard HEAD~1");
	assert_change(o, "sed -i '/revoked/d' $C/people/ann.yaml; "
	    "sed -i 's/name: .*/name: Ann/' $C/people/ann.yaml; "
	    "as new commit -q -S -a -m lift", "CHAIN-PATH", "ann");
}

static const char replace_key[] = "cd $C; sed -i \"s@ssh: .*@ssh: "
    "\\\"$(cut -d' ' -f1,2 ../keys/new.pub)\\\"@\" people/ann.yaml; "
    "as ann commit -q -S -a -m key";

static void
one_administrator_takes_back_a_change_of_keys(void **state)
{
	struct office *o = *state;
	CLEANUP(chain_done) struct chain *c = chain_at(o, "HEAD", NULL);

	office_run(o, replace_key);
	assert_string_equal(verdict_code(chain_walk(o, c, OFFICE_NOW)),
	    "none");
	office_run(o, "as cem checkout -q HEAD~1 people/ann.yaml; "
	    "as cem commit -q -S -m back");
	const struct chain_verdict *v = chain_walk(o, c, OFFICE_NOW + 71 * HOUR);
	assert_string_equal(verdict_code(v), "none");
	assert_string_equal(chain_rule(v, 0), "restored-keys");
	/* The key of before counts again, at once; the new one never. */
	office_run(o, "sed -i 's/an app/the app/' "
	    "$C/projects/app/project.yaml; as ann commit -q -S -a -m words");
	assert_string_equal(verdict_code(chain_walk(o, c, OFFICE_NOW + 71 * HOUR)),
	    "none");
	office_run(o, "sed -i 's/the app/my app/' "
	    "$C/projects/app/project.yaml; as new commit -q -S -a -m words");
	assert_string_equal(verdict_code(chain_walk(o, c, OFFICE_NOW + 90 * HOUR)),
	    "SIGNER-UNKNOWN");
}

static void
after_the_delay_it_takes_two_again(void **state)
{
	struct office *o = *state;
	CLEANUP(chain_done) struct chain *c = chain_at(o, "HEAD", NULL);

	office_run(o, replace_key);
	assert_string_equal(verdict_code(chain_walk(o, c, OFFICE_NOW)),
	    "none");
	office_run(o, "as cem checkout -q HEAD~1 people/ann.yaml; "
	    "as cem commit -q -S -m back");
	assert_string_equal(verdict_code(chain_walk(o, c, OFFICE_NOW + 72 * HOUR)),
	    "CHAIN-PENDING");
}

/* What administrators have changed since is theirs. */
static void
one_administrator_does_not_go_back_past_two(void **state)
{
	struct office *o = *state;
	CLEANUP(chain_done) struct chain *c = chain_at(o, "HEAD", NULL);

	office_run(o, "cd $C; cp people/ann.yaml ../ann.old; "
	    "echo '    valid-to: \"2028-01-01\"' >> people/ann.yaml; "
	    "as ann commit -q -S -a -m shorter");
	assert_string_equal(verdict_code(chain_walk(o, c, OFFICE_NOW)),
	    "none");
	office_run(o, "as cem checkout -q -b work; "
	    "echo '    revoked: {at: \"2026-01-01\", reason: lost}' "
	    ">> $C/people/ann.yaml; as cem commit -q -S -a -m revoked; "
	    "as cem checkout -q main; as dea merge -q --no-ff -S -m m work");
	assert_string_equal(verdict_code(chain_walk(o, c, OFFICE_NOW)),
	    "none");
	office_run(o, "cp ann.old $C/people/ann.yaml; "
	    "as cem commit -q -S -a -m back");
	assert_string_equal(verdict_code(chain_walk(o, c, OFFICE_NOW)),
	    "CHAIN-PENDING");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OFFICE_TEST(an_own_new_key_counts_after_the_delay),
		OFFICE_TEST(an_owner_does_not_lift_a_revocation),
		OFFICE_TEST(one_administrator_takes_back_a_change_of_keys),
		OFFICE_TEST(after_the_delay_it_takes_two_again),
		OFFICE_TEST(one_administrator_does_not_go_back_past_two),
	};

	return cmocka_run_group_tests_name("chain keys", tests, NULL, NULL);
}
