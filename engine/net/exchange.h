/*
 * exchange - private to net/: one request of libcurl's and its outcome.
 */
#ifndef NET_EXCHANGE_H
#define NET_EXCHANGE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "net/http.h"
#include "net/url.h"

struct exchange {
	CURL			*curl;
	struct curl_slist	*headers;
	const char		*url;
	const struct http_rules	*rules;
	const struct http_sink	*sink;
	uint64_t		 limit;		/* bytes of the reply */
	uint64_t		 taken;
	uint64_t		 passed;	/* of a body that is not read */
	const struct rope	*upload;
	uint64_t		 uploaded;
	const char		*answer_type;	/* NULL: any */
	long			*status;	/* as in struct http_post */
	bool			 deaf;		/* the same */
	bool			 resumable;	/* a later try may go on */
	bool			 resuming;	/* the rest was asked for */
	bool			 settled;	/* first byte seen */
	char			 validator[128];	/* strong ETag, or "" */
	uint64_t		 range_start;
	bool			 private_hit;
	bool			 too_large;
	struct err		 failure;	/* of the sink or the upload */
};

/* exchange_open makes a GET by the rules; add to it before it runs. */
bool	exchange_open(struct exchange *, const struct http_rules *,
	    const char *url, uint64_t limit, const struct http_sink *,
	    struct err *) MUST_USE;
void	exchange_done(struct exchange *);

/* exchange_header adds a header line. */
bool	exchange_header(struct exchange *, const char *name,
	    const char *value, struct err *) MUST_USE;

/* exchange_body makes it a POST; the body must outlive the exchange. */
bool	exchange_body(struct exchange *, const struct http_post *,
	    struct err *) MUST_USE;

/* exchange_begin makes it ready for a try of its own. */
bool	exchange_begin(struct exchange *, struct err *) MUST_USE;

/* exchange_result turns libcurl's code into an error, or true. */
bool	exchange_result(struct exchange *, CURLcode, struct err *) MUST_USE;

/* exchange_passing: may the same request work in a moment? */
bool	exchange_passing(const struct exchange *, CURLcode,
	    const struct err *);

/* Is it what was asked for, or a way to somewhere else? */
bool	exchange_good(const struct exchange *, long status);
bool	exchange_redirected(long status);

/* exchange_retry_after is the seconds of Retry-After, or 0: RFC 9110 10.2.3. */
uint32_t	 exchange_retry_after(const struct exchange *);

/* exchange_doubt says why the body may be no file, or "". */
const char *exchange_doubt(const struct exchange *);

/* exchange_shown is its address for people. */
struct shown exchange_shown(const struct exchange *);

/* exchange_run performs it, with the tries that the rules allow. */
bool	exchange_run(struct exchange *, struct err *) MUST_USE;

/* A sink that appends to a struct buf. */
struct http_sink exchange_buffer(struct buf *);

#endif
