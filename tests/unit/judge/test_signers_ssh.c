/*
 * signers: SSH certificates, by git and ssh-keygen, in commits of the config
 * repo and in releases.
 */
#include "judge/signing.h"

/*
 * "key NAME" makes an SSH key, "certify NAME CA PRINCIPALS OPTION..." a
 * certificate of it for the next hour; "ssh NAME" goes before "tag" or "word"
 * and has git sign with it.
 */
static const char ssh_authority[] =
    "K=$W/keys; key() { ssh-keygen -q -N '' -t ed25519 -C x -f $K/$1; }; "
    "certify() { local n=$1 ca=$2 p=$3; shift 3; "
    "[ -e $K/$n ] || key $n; ssh-keygen -q -s $K/$ca -I $n -n \"$p\" "
    "-V ${TIME:--1m:+1h} \"$@\" $K/$n.pub; }; "
    "ssh() { local n=$1; shift; \"$@\" -c user.signingkey=$K/$n-cert.pub; "
    "}; ";

static const char make_ssh_certificates[] =
    "key ca; key other; certify ann-1 ca a.principal; "
    "certify ann-2 ca x,a.principal,y; certify eve-1 ca eve; "
    "certify case ca A.principal; certify forged other a.principal; "
    "certify both ca a.principal,b.principal; "
    "certify host ca a.principal -h; "
    "certify forced ca a.principal -O force-command=x; "
    "cp $K/ben $K/bens; cp $K/ben.pub $K/bens.pub; "
    "certify bens ca a.principal; cp $K/ann $K/own; "
    "cp $K/ann.pub $K/own.pub; certify own ca a.principal; "
    "key lost; certify lost ca a.principal; "
    "TIME=-3h:-1h certify old ca a.principal; "
    "echo \"ssh-authorities: [{key: \\\"$(cut -d' ' -f1,2 $K/ca.pub)\\\"}]\""
    " >> $C/tagseal.yaml; "
    "people ann \"  - ssh-principal: a.principal\\n"
    "  - ssh: \\\"$(cut -d' ' -f1,2 $K/lost.pub)\\\"\\n"
    "    revoked: {at: \\\"2026-01-01\\\", reason: lost}\\n\"; "
    "people ben '  - ssh-principal: b.principal\\n"
    "  - ssh-principal: gone\\n    revoked: {at: \"2026-01-01\", "
    "reason: left}\\n'; certify gone ca b.principal,gone; "
    "certify bens-2 ca b.principal; ";

static const struct signed_case ssh_cases[] = {
	{ "ann-1", "ssh ann-1", "none", "ann" },
	{ "ann-2", "ssh ann-2", "none", "ann" },
	{ "own", "ssh own", "none", "ann" },
	{ "eve-1", "ssh eve-1", "SIGNER-UNKNOWN", "" },
	{ "case", "ssh case", "SIGNER-UNKNOWN", "" },
	{ "forged", "ssh forged", "SIGNER-UNKNOWN", "" },
	{ "both", "ssh both", "SIGNER-SIGNATURE", "" },
	{ "host", "ssh host", "SIGNER-SIGNATURE", "" },
	{ "forced", "ssh forced", "SIGNER-SIGNATURE", "" },
	{ "bens", "ssh bens", "SIGNER-SIGNATURE", "" },
	{ "lost", "ssh lost", "SIGNER-KEY-REVOKED", "" },
	{ "gone", "ssh gone", "SIGNER-KEY-REVOKED", "" },
	{ "bens-2", "ssh bens-2", "none", "ben" },
	{ "old", "ssh old", "SIGNER-KEY-EXPIRED", "" },
};

static void
run_ssh(struct office *o, const char *lines)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	buf_printf(&b, "%s%s", ssh_authority, lines);
	run(o, buf_cstr(&b));
}

static void
ssh_certificates_name_a_person(void **state)
{
	CLEANUP(buf_done) struct buf lines = { 0 };
	struct office *o = *state;
	int64_t now = clock_now();
	struct desk d;

	begin(o, "true");
	run_ssh(o, make_ssh_certificates);
	for (size_t i = 0; i < COUNT(ssh_cases); i++)
		buf_printf(&lines, "%s tag v1-%s ann; ", ssh_cases[i].how,
		    ssh_cases[i].name);
	run_ssh(o, buf_cstr(&lines));
	desk_open(&d, o);
	for (size_t i = 0; i < COUNT(ssh_cases); i++) {
		CLEANUP(buf_done) struct buf b = { 0 };
		const struct signed_case *c = &ssh_cases[i];

		assert_release(&d, c->name, now, c->code, c->person);
		buf_printf(&b, "%s%s word ann", ssh_authority, c->how);
		commit_comes_to(o, buf_cstr(&b), now, c->code);
	}
	assert_release(&d, "ann-1", now + DAY, "SIGNER-KEY-EXPIRED", "");
	assert_release(&d, "old", now - DAY / 12, "none", "ann");
	desk_close(&d);
}

/* What is remembered of a commit must not outlive the certificate. */
static void
a_certificate_holds_at_one_time_only(void **state)
{
	struct office *o = *state;
	struct desk d;

	begin(o, "true");
	run_ssh(o, make_ssh_certificates);
	run_ssh(o, "by ann $A -c user.signingkey=$K/ann-1-cert.pub commit -q "
	    "-S --allow-empty -m two; tag v1-plain ann");
	int64_t now = clock_now();
	desk_open(&d, o);
	assert_release(&d, "plain", now, "none", "ann");
	assert_release(&d, "plain", now + DAY, "SIGNER-KEY-EXPIRED", "");
	assert_release(&d, "plain", now, "none", "ann");
	desk_close(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OFFICE_TEST(ssh_certificates_name_a_person),
		OFFICE_TEST(a_certificate_holds_at_one_time_only),
	};

	return cmocka_run_group_tests_name("signers_ssh", tests, NULL, NULL);
}
