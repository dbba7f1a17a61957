/* pulse - see pulse.h. All threads write here: they beat for one process. */
#include <stdatomic.h>

#include "keys/pulse.h"

static atomic_ulong beats;
static atomic_uint within;
static _Atomic(const char *) module;
static _Atomic(int64_t) limit;

struct pulse
pulse_in(const char *path, int64_t ms)
{
	atomic_store(&module, path);
	atomic_store(&limit, ms);
	atomic_fetch_add(&within, 1);
	atomic_fetch_add(&beats, 1);
	return (struct pulse){ .within = true };
}

void
pulse_out(struct pulse *p)
{
	if (!p->within)
		return;
	p->within = false;
	atomic_fetch_add(&beats, 1);
	atomic_fetch_sub(&within, 1);
}

struct keystore_pulse
keystore_pulse(void)
{
	return (struct keystore_pulse){
		.beats = atomic_load(&beats),
		.module = atomic_load(&within) > 0 ? atomic_load(&module) :
		    NULL,
		.limit = atomic_load(&limit),
	};
}
