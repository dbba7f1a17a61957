/* download - an artifact into the descriptor of whoever wants it. */
#include <sys/stat.h>

#include "base/limits.h"
#include "courier/carry.h"
#include "net/url.h"

#define TRIES	3
#define PAUSE	500	/* ms before the second try, doubling */

bool
carry_download(const struct courier *c, struct message *m, struct arena *a,
    struct buf *answer, struct err *e)
{
	const char *const *prefixes;
	struct download_request q;
	struct http_rules rules;
	const char *url;
	struct stat st;

	if (!download_read(buf_span(&m->body), a, &q, e) ||
	    !wire_text(a, q.url, &url, e) ||
	    !wire_texts(a, q.prefixes, q.prefix_count, &prefixes, e) ||
	    !url_allowed(url, prefixes, e) ||
	    !courier_rules(c, url, q.credential, a, &rules, e))
		return false;
	rules.private_addresses = q.private_addresses;
	rules.total = LIMIT_DOWNLOAD_TIME;
	rules.tries = TRIES;
	rules.pause = PAUSE;
	if (!http_get_file(&rules, url, q.limit, m->fds[0], e))
		return false;
	if (fstat(m->fds[0], &st) != 0)
		return err_errno(e, ERR_SYSTEM_READ,
		    "cannot look at what was downloaded");
	downloaded_write((uint64_t)st.st_size, answer);
	return true;
}
