/*
 * worker - the mains of the two processes that touch the bytes of artifacts.
 *
 * Each has nothing but the channel and the descriptors that come with its job
 * (wire/worker.h), does that one job, and ends. What it says is an answer or
 * an error; its exit code is 0 if it could say it.
 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

/* worker_main resolves, signs, describes, judges and strips artifacts. */
int	worker_main(int argc, char **argv);

/* checker_main only checks what a worker made: JOB_CHECK. */
int	checker_main(int argc, char **argv);

#endif
