/* CProbex: the few C functions that Swift cannot express. Nothing else belongs here. */
#ifndef CPROBEX_H
#define CPROBEX_H

#include <stddef.h>
#include <stdint.h>

/*
 * Decodes `count` IEEE 754 half-precision numbers, little-endian as stored, to
 * single precision. Exact for every input: subnormals, infinities and NaN
 * payloads included. `source` need not be aligned; the ranges must not overlap.
 * Uses the F16C instructions where the processor has them (checked at run time),
 * otherwise integer arithmetic with the same result.
 */
void probex_decode_float16(const void *source, float *destination, size_t count);

/* The integer path of probex_decode_float16, for tests that compare both. */
void probex_decode_float16_portable(const void *source, float *destination, size_t count);

/*
 * result[j] = sum over k of weights[k] · rows[k · columns + j], for j below `columns`. Rows whose
 * weight is zero are not read, which BLAS cannot do: after a ReLU that is half of them, and the
 * time is that of reading the others. Uses the widest vectors of the processor, checked at run
 * time; the order of summation does not depend on them, fused multiply-add does. `result` must not
 * overlap the inputs.
 */
void probex_sum_rows(
    const float *weights, size_t count, const float *rows, size_t columns, float *result);

/* What a step of Adam needs beside the numbers: both corrections for the start are in `rate`, the
 * learning rate / (1 - beta1^t), and `scale`, 1 / sqrt(1 - beta2^t). */
typedef struct {
  float beta1, beta2, decay, rate, scale, epsilon;
} probex_adam_step;

/*
 * One step of Adam for `count` numbers in one pass: memory is all of its time. The gradient is
 * gradient[i] + more[i], where `more` may be null. Neither range overlaps another. Uses the widest
 * vectors of the processor, checked at run time.
 */
void probex_adam(
    float *numbers, float *first, float *second, const float *gradient, const float *more,
    size_t count, const probex_adam_step *step);

/* Sets change[i] to 0 where rectified[i] is not above 0: the way back through a ReLU. */
void probex_cut(float *change, const float *rectified, size_t count);

/*
 * A descriptor that becomes readable when process `pid` ends, or -1 with errno
 * set (ESRCH: no such process; ENOSYS: kernel older than 5.3). `syscall` is
 * variadic, so Swift cannot call it. The caller closes the descriptor.
 */
int probex_pidfd_open(int pid);

/* Gives memory that was freed back to the kernel (glibc keeps it otherwise); costs milliseconds. */
void probex_release_free_memory(void);

/*
 * The text of Protocol/openrpc.json as it was when this was compiled, and its length in bytes in
 * `*count`. It stays valid for ever.
 */
const unsigned char *probex_openrpc(size_t *count);

#endif
