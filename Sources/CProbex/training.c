#include "CProbex.h"

#include <math.h>

static inline __attribute__((always_inline)) void adam(
    float *restrict numbers, float *restrict first, float *restrict second,
    const float *restrict gradient, const float *restrict more, size_t count,
    const probex_adam_step *step) {
  const float beta1 = step->beta1, beta2 = step->beta2, decay = step->decay;
  const float rate = step->rate, scale = step->scale, epsilon = step->epsilon;
  for (size_t i = 0; i < count; i++) {
    const float sum = more ? gradient[i] + more[i] : gradient[i];
    const float change = sum + decay * numbers[i];
    const float mean = beta1 * first[i] + (1 - beta1) * change;
    const float square = beta2 * second[i] + (1 - beta2) * change * change;
    first[i] = mean;
    second[i] = square;
    numbers[i] -= rate * mean / (sqrtf(square) * scale + epsilon);
  }
}

static inline __attribute__((always_inline)) void cut(
    float *restrict change, const float *restrict rectified, size_t count) {
  for (size_t i = 0; i < count; i++) change[i] = rectified[i] > 0 ? change[i] : 0;
}

#if defined(__x86_64__)
#define AVX512 __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma")))
#define AVX2 __attribute__((target("avx2,fma")))

AVX512 static void adam_avx512(
    float *numbers, float *first, float *second, const float *gradient, const float *more,
    size_t count, const probex_adam_step *step) {
  adam(numbers, first, second, gradient, more, count, step);
}

AVX2 static void adam_avx2(
    float *numbers, float *first, float *second, const float *gradient, const float *more,
    size_t count, const probex_adam_step *step) {
  adam(numbers, first, second, gradient, more, count, step);
}

AVX512 static void cut_avx512(float *change, const float *rectified, size_t count) {
  cut(change, rectified, count);
}

AVX2 static void cut_avx2(float *change, const float *rectified, size_t count) {
  cut(change, rectified, count);
}

static int has_avx512(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}

static int has_avx2(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#endif

void probex_adam(
    float *numbers, float *first, float *second, const float *gradient, const float *more,
    size_t count, const probex_adam_step *step) {
#if defined(__x86_64__)
  if (has_avx512()) {
    adam_avx512(numbers, first, second, gradient, more, count, step);
    return;
  }
  if (has_avx2()) {
    adam_avx2(numbers, first, second, gradient, more, count, step);
    return;
  }
#endif
  adam(numbers, first, second, gradient, more, count, step);
}

void probex_cut(float *change, const float *rectified, size_t count) {
#if defined(__x86_64__)
  if (has_avx512()) {
    cut_avx512(change, rectified, count);
    return;
  }
  if (has_avx2()) {
    cut_avx2(change, rectified, count);
    return;
  }
#endif
  cut(change, rectified, count);
}
