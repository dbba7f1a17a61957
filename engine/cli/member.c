/* member - see member.h. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "artifact/element.h"
#include "base/text.h"
#include "cli/file_hash.h"
#include "cli/job.h"
#include "cli/member.h"
#include "sys/file.h"

/*
 * How files begin whose kind may have a digest of its own: a process is
 * started for these alone. Whether one is of that kind, the worker says.
 */
static const char *const beginnings[] = { "MZ", "MSCF" };

bool
member_flat(const char *path, struct catalog_file *out, struct err *e)
{
	static const enum digest_kind kinds[] = { DIGEST_SHA1, DIGEST_SHA256 };
	struct digest digests[COUNT(kinds)];
	uint64_t size;

	if (!file_hashes(path, kinds, digests, COUNT(kinds), &size, e))
		return false;
	out->subject = CATALOG_FLAT;
	out->sha1 = digests[0];
	out->sha256 = digests[1];
	return true;
}

static bool
may_have_own(const char *path, bool *out, struct err *e)
{
	CLEANUP(fd_done) int fd = -1;
	uint8_t first[4];
	uint64_t size;
	ssize_t n;

	if (!file_open(path, &fd, &size, e))
		return false;
	do
		n = pread(fd, first, sizeof(first), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_errno(e, ERR_SYSTEM_READ, "%s", path);
	*out = false;
	for (size_t i = 0; i < COUNT(beginnings); i++)
		*out |= span_starts((struct span){ first, (size_t)n },
		    beginnings[i]);
	return true;
}

static bool
digest_take(const struct json *v, enum digest_kind kind, struct digest *out)
{
	const char *name = digest_rows[kind].name;

	*out = (struct digest){ .kind = kind, .len = digest_rows[kind].size };
	return text_unhex(json_span(json_member(v, name)), out->bytes,
	    out->len);
}

static bool
pages_take(const struct json *v, struct arena *a, struct catalog_file *out,
    struct err *e)
{
	struct span hex = json_span(json_member(v, "page_hashes"));
	uint8_t *bytes = arena_alloc(a, hex.len / 2);

	if (bytes == NULL)
		return err_budget(e, a);
	out->page_hashes = (struct span){ bytes, hex.len / 2 };
	return hex.len == 0 || text_unhex(hex, bytes, hex.len / 2) ||
	    err_set(e, ERR_PROCESS_PROTOCOL, "a table of page hashes is no "
	    "hexadecimal");
}

static bool
answer_take(const struct json *v, struct arena *a, struct catalog_file *out,
    struct err *e)
{
	struct span subject = json_span(json_member(v, "subject"));

	for (unsigned i = 0; i < CATALOG_SUBJECTS; i++)
		if (span_is(subject, catalog_subject_names[i]) &&
		    digest_take(v, DIGEST_SHA1, &out->sha1) &&
		    digest_take(v, DIGEST_SHA256, &out->sha256)) {
			out->subject = (enum catalog_subject)i;
			return pages_take(v, a, out, e);
		}
	return err_set(e, ERR_PROCESS_PROTOCOL,
	    "the worker's answer lacks a digest");
}

/* The directive says nothing but which page hashes are wanted. */
static void
pages_ask(const enum digest_kind *pages, struct buf *out)
{
	if (pages == NULL)
		return;
	directive_write(&(struct directive){ .page_hashes = true,
	    .digest = span_text(digest_rows[*pages].name) }, out);
}

bool
member_own(const char *path, const enum digest_kind *pages, struct arena *a,
    struct catalog_file *out, bool *has, struct err *e)
{
	CLEANUP(cli_job_done) struct cli_job w = CLI_JOB_NONE;
	CLEANUP(json_done) struct json *answer = NULL;
	CLEANUP(buf_done) struct buf directive = { 0 };
	struct job_result result;

	if (!may_have_own(path, has, e))
		return false;
	if (!*has)
		return true;
	if (!cli_job_open(path, JOB_MEMBER, &w, e))
		return false;
	pages_ask(pages, &directive);
	w.job.directive = buf_span(&directive);
	if (!cli_job_run(&w, &result, &answer, e))
		return false;
	*has = result.yes;
	return !*has || answer_take(answer, a, out, e);
}
