/* about - what an engine's signer tells of itself: see wire/signer.h. */
#include "signer/requests.h"

static struct json *
token_describe(const struct keystore_terms *terms, const struct keystore *s)
{
	const struct token_names names = keystore_names(s);
	struct json *v = json_map();

	json_put_text(v, "module", terms->module);
	json_put_span(v, "label", names.label);
	json_put_span(v, "serial", names.serial);
	json_put_span(v, "manufacturer", names.manufacturer);
	json_put_span(v, "model", names.model);
	json_put_span(v, "firmware", names.firmware);
	return v;
}

static struct json *
tokens_describe(const struct signer *s)
{
	struct json *list = json_list();

	for (size_t i = 0; i < s->token_count; i++)
		if (s->tokens[i].away.what == NULL)
			json_add(list, token_describe(s->tokens[i].terms,
			    s->tokens[i].store));
	return list;
}

bool
on_about(struct signer *s, struct span body, struct arena *a,
    struct buf *answer, struct err *e)
{
	const struct sandbox_report none = { .role = SANDBOX_SIGNER };
	CLEANUP(json_done) struct json *v = json_map();
	CLEANUP(buf_done) struct buf text = { 0 };

	(void)a;
	if (body.len != 0)
		return wire_malformed(e, "about");
	json_put_text(v, "session", s->session);
	json_put(v, "tokens", tokens_describe(s));
	json_put(v, "process", sandbox_describe(s->terms->sandbox == NULL ?
	    &none : s->terms->sandbox));
	json_write(v, &text);
	text_body_write(buf_span(&text), answer);
	return true;
}
