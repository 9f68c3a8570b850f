#include "CProbex.h"

#include <string.h>

void probex_decode_float16_portable(const void *source, float *destination, size_t count) {
  const unsigned char *bytes = source;
  for (size_t i = 0; i < count; i++) {
    uint16_t half = (uint16_t)(bytes[2 * i] | (bytes[2 * i + 1] << 8));
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    uint32_t exponent = (half >> 10) & 0x1fu;
    uint32_t fraction = half & 0x3ffu;
    uint32_t bits;
    if (exponent == 0x1fu) {
      /* Infinity, or NaN: quieted, as the F16C instruction does. */
      bits = sign | 0x7f800000u | (fraction << 13) | (fraction ? 0x00400000u : 0);
    } else if (exponent != 0) {
      bits = sign | ((exponent + 112u) << 23) | (fraction << 13);
    } else if (fraction != 0) {
      /* Subnormal: shift the leading one into the implicit place. */
      uint32_t shift = (uint32_t)__builtin_clz(fraction) - 21u;
      bits = sign | ((113u - shift) << 23) | (((fraction << shift) & 0x3ffu) << 13);
    } else {
      bits = sign;
    }
    memcpy(&destination[i], &bits, sizeof bits);
  }
}

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx,f16c"))) static void decode_f16c(
    const unsigned char *source, float *destination, size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    __m128i halves = _mm_loadu_si128((const __m128i *)(source + 2 * i));
    _mm256_storeu_ps(destination + i, _mm256_cvtph_ps(halves));
  }
  probex_decode_float16_portable(source + 2 * i, destination + i, count - i);
}

void probex_decode_float16(const void *source, float *destination, size_t count) {
  if (__builtin_cpu_supports("f16c") && __builtin_cpu_supports("avx")) {
    decode_f16c(source, destination, count);
  } else {
    probex_decode_float16_portable(source, destination, count);
  }
}
#else
void probex_decode_float16(const void *source, float *destination, size_t count) {
  probex_decode_float16_portable(source, destination, count);
}
#endif
