/* authorities - see authorities.h. */
#include <stdlib.h>

#include "base/text.h"
#include "cli/authorities.h"
#include "sys/file.h"
#include "wire/courier.h"
#include "wire/stream.h"

#define PATIENCE	600000	/* ms for stamps: levels may be large */

bool
authorities_read(const struct invocation *in, const char *option,
    struct authorities *t, struct cli_job *work, struct err *e)
{
	const char *url, *roots = option_text(in, "tsa-roots");
	size_t n = 0;

	while ((url = option_nth(in, option, n)) != NULL) {
		if (n == STAMP_AUTHORITIES)
			return err_set(e, ERR_USAGE, "more than %d timestamp "
			    "authorities", STAMP_AUTHORITIES);
		/* Whoever names it knows where it is. */
		t->all[n++] = (struct stamp_authority){
			.url = span_text(url), .private_addresses = true };
	}
	t->count = n;
	t->quiet = in->json;
	return roots == NULL || cli_roots(work->arena, roots,
	    &work->job.timestamp_roots, &work->job.timestamp_root_count, e) ||
	    err_at(e, "--tsa-roots");
}

bool
courier_start(struct local *out, struct err *e)
{
	return courier_start_with(&(struct courier_settings){ .user = {
	    NULL, 0 } }, out, e);
}

bool
courier_start_with(const struct courier_settings *terms, struct local *out,
    struct err *e)
{
	static const char *const arguments[] = { "local", NULL };
	CLEANUP(buf_done) struct buf settings = { 0 };
	CLEANUP(fd_done) int written = -1;
	CLEANUP(fd_done) int fd = -1;
	struct courier_settings s = *terms;

	s.where_possible = true;
	s.quiet = getenv("TAGSEAL_LOG") == NULL;
	courier_settings_write(&s, &settings);
	if (!file_scratch(NULL, &written, e) ||
	    !descriptor_write(written, buf_span(&settings), e) ||
	    !file_reader(written, &fd, e))
		return false;
	return local_start(&(struct local_terms){ .role = "courier",
	    .arguments = arguments, .inherit = &(struct inherit){ fd,
	    PROCESS_FIRST_FD }, .inherit_count = 1, .rows = courier_answers,
	    .row_count = courier_answer_count }, out, e);
}

bool
courier_load(struct local *courier, struct span url, uint64_t limit,
    const char *what, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 }, answer = { 0 };
	CLEANUP(fd_done) int fd = -1;
	CLEANUP(fd_done) int in = -1;
	struct stream_question q = {
		.request = COURIER_DOWNLOAD,
		.answer = COURIER_DOWNLOADED,
		.failed = COURIER_FAILED,
		.limit = COURIER_MESSAGE_LIMIT,
		.patience = PATIENCE,
		.fds = &fd,
		.fd_count = 1,
	};

	download_write(&(struct download_request){ .url = url,
	    .prefixes = &url, .prefix_count = 1, .limit = limit,
	    .private_addresses = true }, &body);
	return (courier->channel.fd >= 0 || courier_start(courier, e)) &&
	    file_scratch(NULL, &fd, e) &&
	    stream_ask(&courier->channel, &q, buf_span(&body), &answer, e) &&
	    file_reader(fd, &in, e) &&
	    file_load_fd(in, what, limit, out, e);
}

bool
authorities_start(struct authorities *t, struct err *e)
{
	return t->count == 0 || courier_start(&t->courier, e);
}

/* The first time for one of them? */
static bool
is_new(struct authorities *t, struct span url)
{
	for (size_t i = 0; i < t->count; i++)
		if (span_eq(t->all[i].url, url) && (t->told & 1U << i) == 0) {
			t->told |= 1U << i;
			return true;
		}
	return false;
}

void
authorities_passed(struct authorities *t, struct json **list,
    struct span url, const struct err *why)
{
	struct json *one = json_map();

	if (*list == NULL)
		*list = json_list();
	json_put_span(one, "url", url);
	json_put_text(one, "code", why->what->code);
	json_put_text(one, "text", why->text);
	json_add(*list, one);
	if (!t->quiet && is_new(t, url))
		fprintf(stderr, "passed over %s: %s: %s\n",
		    text_show(url).text, why->what->code, why->text);
}

void
authorities_terms(struct authorities *t, struct seal_terms *terms)
{
	terms->courier = t->count > 0 ? &t->courier.channel : NULL;
	if (t->memory == NULL)
		t->memory = memory_of_stamps();
	terms->memory = t->memory;
	terms->authorities = t->all;
	terms->authority_count = t->count;
	terms->patience = PATIENCE;
}

void
authorities_done(struct authorities *t)
{
	local_done(&t->courier);
	stamp_memory_free(t->memory);
}
