#include "CProbex.h"

#include <string.h>

/* Indices of non-zero weights are gathered for so many rows at a time, without a branch: whether a
 * rectified response is zero is a coin toss that no predictor learns. */
enum { BLOCK = 512 };

static inline __attribute__((always_inline)) void sum_rows(
    const float *weights, size_t count, const float *rows, size_t columns, float *restrict result) {
  memset(result, 0, columns * sizeof *result);
  for (size_t start = 0; start < count; start += BLOCK) {
    size_t end = count - start < BLOCK ? count : start + BLOCK;
    size_t places[BLOCK], used = 0, i = 0;
    for (size_t k = start; k < end; k++) {
      places[used] = k;
      used += weights[k] != 0;
    }
    /* Four rows at a time, so that the result is read and written once for four. */
    for (; i + 4 <= used; i += 4) {
      const float wa = weights[places[i]], wb = weights[places[i + 1]];
      const float wc = weights[places[i + 2]], wd = weights[places[i + 3]];
      const float *a = rows + places[i] * columns, *b = rows + places[i + 1] * columns;
      const float *c = rows + places[i + 2] * columns, *d = rows + places[i + 3] * columns;
      for (size_t j = 0; j < columns; j++) {
        result[j] += (wa * a[j] + wb * b[j]) + (wc * c[j] + wd * d[j]);
      }
    }
    for (; i < used; i++) {
      const float weight = weights[places[i]];
      const float *row = rows + places[i] * columns;
      for (size_t j = 0; j < columns; j++) result[j] += weight * row[j];
    }
  }
}

#if defined(__x86_64__)
__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma")))
static void sum_rows_avx512(
    const float *weights, size_t count, const float *rows, size_t columns, float *result) {
  sum_rows(weights, count, rows, columns, result);
}

__attribute__((target("avx2,fma"))) static void sum_rows_avx2(
    const float *weights, size_t count, const float *rows, size_t columns, float *result) {
  sum_rows(weights, count, rows, columns, result);
}
#endif

void probex_sum_rows(
    const float *weights, size_t count, const float *rows, size_t columns, float *result) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")) {
    sum_rows_avx512(weights, count, rows, columns, result);
    return;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    sum_rows_avx2(weights, count, rows, columns, result);
    return;
  }
#endif
  sum_rows(weights, count, rows, columns, result);
}
