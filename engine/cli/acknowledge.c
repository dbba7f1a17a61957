/*
 * acknowledge - the file of the config repo by which administrators say that
 * they have seen an alarm.
 */
#include "base/text.h"
#include "cli/alarms.h"
#include "cli/job.h"
#include "cli/yaml_scalar.h"
#include "sys/file.h"

#define FOLDER		"alarms/acknowledged"
#define FOLDER_MODE	0755

/* An alarm that nobody has acknowledged, by the number of its event. */
static bool
alarm_find(struct history *h, const char *text, const struct fold_alarm **out,
    struct err *e)
{
	uint64_t n;

	if (!text_u64(span_text(text), &n))
		return err_set(e, ERR_USAGE, "'%s' is not the number of an "
		    "event", text_show(span_text(text)).text);
	*out = fold_alarm(h->fold, n);
	if (*out == NULL)
		return err_set(e, ERR_ALARM_UNKNOWN, "event %s is no alarm",
		    text);
	return !(*out)->acknowledged || err_set(e, ERR_ALARM_UNKNOWN,
	    "alarm %s is acknowledged", text);
}

static void
compose(const struct fold_alarm *a, const char *sha256, const char *reason,
    struct buf *out)
{
	buf_text(out, "# ");
	text_visible(a->text, out);
	buf_printf(out, "\nevent: %llu\nsha256: \"%s\"\ncode: ",
	    (unsigned long long)a->n, sha256);
	yaml_scalar(a->code, out);
	buf_text(out, "\nreason: ");
	yaml_scalar(span_text(reason), out);
	buf_text(out, "\n");
}

static bool
place(const struct invocation *in, const struct fold_alarm *a,
    struct buf *path, struct err *e)
{
	const char *config = option_text(in, "config");
	CLEANUP(buf_done) struct buf folder = { 0 };

	buf_printf(&folder, "%s/" FOLDER, config);
	buf_printf(path, "%s/alarm-%llu.yaml", buf_cstr(&folder),
	    (unsigned long long)a->n);
	return folder_make(buf_cstr(&folder), FOLDER_MODE, e);
}

static void
answer(const struct invocation *in, struct json *files)
{
	if (in->json) {
		struct json *v = json_map();

		json_put(v, "files", files);
		cli_answer(v);
		return;
	}
	for (size_t i = 0; i < json_count(files); i++) {
		printf("wrote ");
		cli_show(json_span(json_item(files, i)));
		putchar('\n');
	}
	printf("now commit it, signed, as any change that needs "
	    "administrators:\n  git add " FOLDER " && git commit -S && git "
	    "push\n");
	json_release(files);
}

static bool
one(const struct invocation *in, struct history *h, const char *number,
    struct json *files, struct err *e)
{
	CLEANUP(buf_done) struct buf yaml = { 0 }, path = { 0 };
	const struct fold_alarm *a;
	struct digest_hex hash;

	if (!alarm_find(h, number, &a, e) || !alarm_hash(h, a, &hash, e))
		return false;
	compose(a, hash.text, option_text(in, "reason"), &yaml);
	if (option_given(in, "dry-run")) {
		fwrite(yaml.ptr, 1, yaml.len, stdout);
		return true;
	}
	if (!place(in, a, &path, e) || !file_replace_span(buf_cstr(&path),
	    buf_span(&yaml), FILE_PLAIN, e))
		return false;
	json_add(files, json_text(buf_span(&path)));
	return true;
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(history_done) struct history h = { 0 };
	CLEANUP(json_done) struct json *files = json_list();
	const char *needed;

	if (!option_need(in, "reason", &needed, e) ||
	    !option_need(in, "config", &needed, e) ||
	    !history_open(in, &h, e) || !history_read(&h, e))
		return -1;
	history_note(&h);
	for (int i = 0; i < in->count; i++)
		if (!one(in, &h, in->arguments[i], files, e))
			return -1;
	if (!option_given(in, "dry-run"))
		answer(in, TAKE(files));
	return EXIT_YES;
}

static const struct option_row options[] = {
	{ "reason", 0, "TEXT", "what was found, and why signing may go on",
	    false },
	{ "config", 0, "DIR", "a clone of the config repo", false },
	{ "dry-run", 0, NULL, "print the file, write nothing", false },
	HISTORY_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command acknowledge_command = {
	.name = "acknowledge",
	.summary = "write the file by which administrators acknowledge an "
	    "alarm",
	.arguments = "EVENT...",
	.least = 1,
	.most = -1,
	.options = options,
	.details = "Writes " FOLDER "/alarm-EVENT.yaml into a clone of the "
	    "config repo: it names the\nalarm's event by its number and "
	    "SHA-256, so it is good for that one alarm of that\nledger. As "
	    "many administrators must sign the commit as for any change of "
	    "theirs. Only\nwhen the host is mended: a rewind or a fork that "
	    "is still there is a new alarm.",
	.example = "tagseal alarms --repo ledger --open\n"
	    "tagseal acknowledge 128 --repo ledger --config config "
	    "--reason \"the host was restored\"\n"
	    "git -C config add alarms && git -C config commit -S",
	.json = true,
	.run = run,
};
