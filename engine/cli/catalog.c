/* catalog - makes a catalog of the files of a folder. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/catalog_folder.h"
#include "cli/cli.h"
#include "cli/job.h"
#include "cli/member.h"
#include "sys/clock.h"
#include "sys/file.h"

#define LAST_SECOND	UINT64_C(253402300799)	/* of the year 9999 */

/* How a file's path is written, and what becomes of a file without bytes. */
struct style {
	const char	*name;
	bool		 empty_beside;	/* a name of the catalog, no member */
};

/* Windows cannot hash an empty file: New-FileCatalog only names it. */
static const struct style plain_style = { "File", false };
static const struct style powershell_style = { "FilePath", true };

struct making {
	const struct invocation	*in;
	struct arena		*arena;
	const struct style	*style;
	const enum digest_kind	*pages;		/* NULL: no page hashes */
	struct folder_files	 found;
	struct catalog_file	*files;
	struct catalog_name	*names;
	struct catalog_terms	 terms;
	bool			 id_given;
	struct json		*listed, *skipped;
	size_t			 counts[CATALOG_SUBJECTS];
	struct buf		 out;
};

/* ---- options */

static bool
version_option(struct making *m, struct err *e)
{
	static const enum digest_kind kinds[] = { DIGEST_SHA1, DIGEST_SHA256 };
	const char *text = option_text(m->in, "version");

	m->terms.version = text == NULL || strcmp(text, "2") == 0 ? 2 : 1;
	if (option_given(m->in, "page-hashes"))
		m->pages = &kinds[m->terms.version - 1];
	return m->terms.version == 2 || strcmp(text, "1") == 0 ||
	    err_set(e, ERR_USAGE, "--version is '%s', neither 1 nor 2", text);
}

/* SOURCE_DATE_EPOCH: https://reproducible-builds.org/specs/ */
static bool
time_option(struct making *m, struct err *e)
{
	const char *text = option_text(m->in, "time");
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	uint64_t seconds;

	m->terms.time = clock_now();
	if (text != NULL)
		return (text_untime(span_text(text), &m->terms.time) &&
		    m->terms.time >= 0) || err_set(e, ERR_USAGE, "--time is "
		    "'%s', no time as 2026-01-31T12:00:00Z", text);
	if (epoch == NULL)
		return true;
	if (!text_u64(span_text(epoch), &seconds) || seconds > LAST_SECOND)
		return err_set(e, ERR_USAGE, "SOURCE_DATE_EPOCH is '%s', no "
		    "number of seconds", text_show(span_text(epoch)).text);
	m->terms.time = (int64_t)seconds * 1000;
	return true;
}

static bool
id_option(struct making *m, struct err *e)
{
	const char *text = option_text(m->in, "list-id");

	m->id_given = text != NULL;
	return text == NULL || text_unhex(span_text(text), m->terms.list_id,
	    CATALOG_LIST_ID) || err_set(e, ERR_USAGE, "--list-id is '%s', not "
	    "%d lower-case hexadecimal digits", text, 2 * CATALOG_LIST_ID);
}

static bool
name_add(struct making *m, struct span name, struct span value, struct err *e)
{
	struct catalog_name *names = arena_grow(m->arena, m->names,
	    m->terms.name_count, sizeof(*names));

	if (names == NULL)
		return err_budget(e, m->arena);
	names[m->terms.name_count++] = (struct catalog_name){ name, value };
	m->names = names;
	return true;
}

static bool
attribute_options(struct making *m, struct err *e)
{
	const char *text;

	for (size_t i = 0; (text = option_nth(m->in, "attribute", i)) != NULL;
	    i++) {
		struct span rest = span_text(text), name;

		if (strchr(text, '=') == NULL || !text_utf8(rest) ||
		    !span_split(&rest, '=', &name) || name.len == 0)
			return err_set(e, ERR_USAGE, "--attribute is '%s', "
			    "not NAME=VALUE", text_show(span_text(text)).text);
		if (!name_add(m, name, rest, e))
			return false;
	}
	return true;
}

static bool
options_read(struct making *m, struct err *e)
{
	m->style = option_given(m->in, "powershell") ? &powershell_style :
	    &plain_style;
	return version_option(m, e) && time_option(m, e) && id_option(m, e) &&
	    attribute_options(m, e);
}

/* ---- files */

/* Windows writes the path with backslashes, so no name may have one. */
static bool
path_write(struct making *m, const struct folder_file *f,
    struct catalog_name *out, struct err *e)
{
	char *text = arena_text(m->arena, f->relative);

	if (text == NULL)
		return err_budget(e, m->arena);
	if (!text_utf8(f->relative) || strchr(text, '\\') != NULL)
		return err_set(e, ERR_CATALOG_NAME, "'%s' is no name for a "
		    "file on Windows", text_show(f->relative).text);
	for (char *at = text; (at = strchr(at, '/')) != NULL; )
		*at = '\\';
	*out = (struct catalog_name){ span_text(m->style->name),
	    span_text(text) };
	return true;
}

static void
list_file(struct making *m, const struct folder_file *f,
    const struct catalog_file *c)
{
	struct json *v = json_map();

	json_put_span(v, "path", f->relative);
	json_put_text(v, "hashed_as", catalog_subject_names[c->subject]);
	json_put_hex(v, "sha1", digest_span(&c->sha1));
	json_put_hex(v, "sha256", digest_span(&c->sha256));
	json_add(m->listed, v);
	m->counts[c->subject]++;
}

static void
list_skipped(struct making *m, const struct folder_file *f, const char *why)
{
	struct shown path = text_show(f->relative);
	struct json *v = json_map();

	json_put_text(v, "path", path.text);
	json_put_text(v, "reason", why);
	json_add(m->skipped, v);
	if (!m->in->json)
		fprintf(stderr, "left out: %s: %s\n", path.text, why);
}

static bool
file_add(struct making *m, const struct folder_file *f, struct err *e)
{
	struct catalog_file *c = &m->files[m->terms.file_count];
	bool has;

	if (f->skipped != NULL) {
		list_skipped(m, f, f->skipped);
		return true;
	}
	if (!path_write(m, f, &c->name, e))
		return false;
	if (f->size == 0 && m->style->empty_beside)
		return name_add(m, c->name.name, c->name.value, e);
	if (!member_own(f->path, m->pages, m->arena, c, &has, e) ||
	    (!has && !member_flat(f->path, c, e)))
		return false;
	m->terms.file_count++;
	list_file(m, f, c);
	return true;
}

static bool
files_add(struct making *m, struct err *e)
{
	const char *folder = m->in->arguments[0];

	if (!folder_files_read(folder, option_text(m->in, "output"), m->arena,
	    &m->found, e))
		return false;
	m->files = ARENA_ARRAY(m->arena, struct catalog_file,
	    m->found.count);
	if (m->files == NULL)
		return err_budget(e, m->arena);
	for (size_t i = 0; i < m->found.count; i++)
		if (!file_add(m, &m->found.items[i], e))
			return false;
	m->terms.files = m->files;
	m->terms.names = m->names;
	return m->terms.file_count > 0 || err_set(e, ERR_USAGE,
	    "there are no files in '%s'",
	    text_show(span_text(folder)).text);
}

/* ---- the catalog */

/* The same files give the same id, so that a build can be repeated. */
static bool
id_make(struct making *m, struct err *e)
{
	CLEANUP(buf_done) struct buf draft = { 0 };

	if (m->id_given)
		return true;
	if (!catalog_write(&m->terms, m->arena, &draft, e))
		return false;
	struct digest d = digest_of(DIGEST_SHA256, buf_span(&draft));
	memcpy(m->terms.list_id, d.bytes, sizeof(m->terms.list_id));
	return true;
}

static void
answer_json(struct making *m, const char *output)
{
	struct digest d = digest_of(DIGEST_SHA256, buf_span(&m->out));
	struct json *v = json_map();
	char time[TEXT_TIME_SIZE];

	text_time(m->terms.time, time);
	json_put_text(v, "catalog", text_show(span_text(output)).text);
	json_put_int(v, "version", m->terms.version);
	json_put_hex(v, "list_id", SPAN(m->terms.list_id));
	json_put_text(v, "time", time);
	json_put_int(v, "size", (int64_t)m->out.len);
	json_put_hex(v, "sha256", digest_span(&d));
	json_put(v, "files", TAKE(m->listed));
	json_put(v, "left_out", TAKE(m->skipped));
	cli_answer(v);
}

static void
answer_print(const struct making *m, const char *output)
{
	const char *comma = "";

	cli_show(span_text(output));
	printf(": %zu file%s (", m->terms.file_count,
	    m->terms.file_count == 1 ? "" : "s");
	for (unsigned i = 0; i < CATALOG_SUBJECTS; i++) {
		if (m->counts[i] == 0)
			continue;
		printf("%s%zu %s", comma, m->counts[i],
		    catalog_subject_names[i]);
		comma = ", ";
	}
	printf("), not signed yet\n");
}

static bool
make(struct making *m, const char *output, struct err *e)
{
	if (!options_read(m, e) || !files_add(m, e) || !id_make(m, e) ||
	    !catalog_write(&m->terms, m->arena, &m->out, e) ||
	    !file_replace_span(output, buf_span(&m->out), FILE_PLAIN, e))
		return false;
	if (m->in->json)
		answer_json(m, output);
	else
		answer_print(m, output);
	return true;
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_WORKER_ARENA);
	struct making m = { .in = in, .arena = a, .listed = json_list(),
	    .skipped = json_list() };
	const char *output;

	bool ok = option_need(in, "output", &output, e) &&
	    make(&m, output, e);
	json_done(&m.listed);
	json_done(&m.skipped);
	buf_done(&m.out);
	return ok ? EXIT_YES : -1;
}

static const struct option_row options[] = {
	{ "output", 'o', "OUT", "where the catalog goes", false },
	{ "version", 0, "1|2", "2: files are known by SHA-256 (default); 1: "
	    "by SHA-1, for Windows 7", false },
	{ "attribute", 0, "NAME=VALUE", "of the whole catalog: OS, HWID1...",
	    true },
	{ "page-hashes", 0, NULL, "programs also with the hashes of their "
	    "pages", false },
	{ "powershell", 0, NULL, "name the files as New-FileCatalog does, for "
	    "Test-FileCatalog", false },
	{ "time", 0, "TIME", "when the catalog was made (default: "
	    "SOURCE_DATE_EPOCH, or now)", false },
	{ "list-id", 0, "HEX", "16 bytes (default: made of the contents)",
	    false },
	{ NULL, 0, NULL, NULL, false },
};

const struct command catalog_command = {
	.name = "catalog",
	.summary = "make a catalog of the files in a folder",
	.arguments = "DIR",
	.least = 1,
	.most = 1,
	.options = options,
	.details = "A Windows catalog is one signature for many files, also "
	    "of kinds that have no place\nfor one. The catalog has all files "
	    "below DIR: programs and cabinets by their\nAuthenticode digest, "
	    "others by their bytes; links and devices are left out. "
	    "Programs\nmay be signed later, all else must be signed before. "
	    "The catalog is not signed yet:\nsign it as any other file. The "
	    "same files, TIME and options make the same bytes.",
	.example = "tagseal catalog -o acme.cat --attribute OS=10:X64 "
	    "--attribute HWID1=usb\\\\vid_1234 driver\n"
	    "tagseal catalog -o module/module.cat --powershell module",
	.json = true,
	.run = run,
};
