/* registry - the ways of telling: see notify.h. */
#include "notify/notify.h"

const struct channel_row notice_channels[] = {
	{ "webhook", "application/json", webhook_render },
};
const size_t notice_channel_count = COUNT(notice_channels);

const struct channel_row *
notice_channel_find(struct span name)
{
	for (size_t i = 0; i < COUNT(notice_channels); i++)
		if (span_is(name, notice_channels[i].name))
			return &notice_channels[i];
	return NULL;
}
