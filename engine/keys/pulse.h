/*
 * pulse - whether modules are called, and still answer (inside of keys/ only;
 * others see struct keystore_pulse).
 *
 *	PULSE(token);
 *
 * stands among the variables of a function that works with a token, until it
 * returns. Within, each further one is a beat: a step of the work was reached.
 * pulse_in is for a module that is only being loaded; its path must stay.
 */
#ifndef KEYS_PULSE_H
#define KEYS_PULSE_H

#include "keys/pkcs11.h"

struct pulse {
	bool	within;
};

struct pulse	pulse_in(const char *module, int64_t limit);
void		pulse_out(struct pulse *);

static inline void
pulse_done(struct pulse *p)
{
	pulse_out(p);
}

#define PULSE(token)							\
	__attribute__((unused)) CLEANUP(pulse_done)			\
	    struct pulse pulse_ = pulse_in((token)->module->path,	\
	    (token)->limit)

#endif
