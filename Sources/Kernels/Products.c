/* Packed matrix products. A block of 6 rows x 64 outputs of sums stays in registers (AVX-512; 6 x 16 in AVX2): for each group of
 * inputs 4 vectors of weights are loaded and 6 elements of x spread, for 24 instructions that multiply and add. */
#include "Products.h"
#include "Vectors.h"
#include <math.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum {
  panel = kernel_panel,
  strip = 6,
  /* Groups of inputs in one go: a panel of 256 KB then stays in the second-level cache, and 96 rows of x with it. */
  depth = 1024,
  band = 96,
};

#define UNROLL _Pragma("clang loop unroll(full)")
#define INLINE static inline __attribute__((always_inline))

/* ---- packing ---- */

static uint32_t bf16_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  if ((bits & 0x7fffffff) > 0x7f800000) return bits >> 16 | 0x40;
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

#define AT(k) weight[n * output_stride + (k) * input_stride]
#define PACK(group, element)                                                                                            \
  for (long k = 0; k < inputs; k += (group))                                                                            \
    for (long n = 0; n < panel; n++) to[k / (group) * panel + n] = n < outputs ? (element) : 0

void kernel_pack_fp32(
  const float *weight, long output_stride, long input_stride, long outputs, long inputs, float *to) {
  PACK(1, AT(k));
}

void kernel_pack_bf16(
  const float *weight, long output_stride, long input_stride, long outputs, long inputs, uint32_t *to) {
  PACK(2, bf16_bits(AT(k)) | (k + 1 < inputs ? bf16_bits(AT(k + 1)) << 16 : 0));
}

void kernel_pack_bf16_bits(
  const uint16_t *weight, long output_stride, long input_stride, long outputs, long inputs, uint32_t *to) {
  PACK(2, (uint32_t)AT(k) | (k + 1 < inputs ? (uint32_t)AT(k + 1) << 16 : 0));
}

void kernel_pack_int8(
  const float *weight, long output_stride, long input_stride, long outputs, long inputs, uint32_t *to, float *scales,
  int32_t *sums) {
  memset(to, 0, sizeof *to * panel * ((inputs + 3) / 4));
  for (long n = 0; n < panel; n++) {
    float largest = 0;
    for (long k = 0; n < outputs && k < inputs; k++) largest = fmaxf(largest, fabsf(AT(k)));
    scales[n] = largest / 127;
    sums[n] = 0;
    const float inverse = largest > 0 ? 127 / largest : 0;
    for (long k = 0; n < outputs && k < inputs; k++) {
      const int32_t whole = (int32_t)rintf(AT(k) * inverse);
      sums[n] += whole;
      to[k / 4 * panel + n] |= (uint32_t)(uint8_t)(int8_t)whole << 8 * (k % 4);
    }
  }
}

CLONES void kernel_round_bf16(const float *x, long inputs, uint32_t *row) {
  const long pairs = inputs / 2;
  for (long i = 0; i < pairs; i++) {
    uint32_t low, high;
    memcpy(&low, x + 2 * i, 4);
    memcpy(&high, x + 2 * i + 1, 4);
    low = (low + 0x7fff + (low >> 16 & 1)) >> 16;
    high = (high + 0x7fff + (high >> 16 & 1)) & 0xffff0000;
    row[i] = low | high;
  }
  if (inputs % 2) row[pairs] = bf16_bits(x[inputs - 1]);
}

CLONES float kernel_round_int8(const float *x, long inputs, uint32_t *row) {
  float largest = 0;
  for (long k = 0; k < inputs; k++) {
    const float size = x[k] < 0 ? -x[k] : x[k];
    largest = size > largest ? size : largest;
  }
  /* Adding 1.5 x 2^23 rounds to a whole number, which then is the lowest bits. */
  const float inverse = largest > 0 ? 127 / largest : 0, magic = 12582912 + 128;
  for (long k = 0; k + 4 <= inputs; k += 4) {
    uint32_t bytes = 0;
    for (int j = 0; j < 4; j++) {
      const float shifted = x[k + j] * inverse + magic;
      uint32_t bits;
      memcpy(&bits, &shifted, 4);
      bytes |= (bits & 0xff) << 8 * j;
    }
    row[k / 4] = bytes;
  }
  if (inputs % 4) {
    uint32_t bytes = 0x80808080;
    for (long k = inputs / 4 * 4; k < inputs; k++) {
      const uint32_t byte = (uint32_t)(128 + (int32_t)rintf(x[k] * inverse)) & 0xff;
      bytes = (bytes & ~(0xffu << 8 * (k % 4))) | byte << 8 * (k % 4);
    }
    row[inputs / 4] = bytes;
  }
  return largest / 127;
}

/* ---- blocks ---- */

/* HEIGHT rows of x with one panel, `groups` groups of inputs; sums [HEIGHT][64] in the accumulator's type. */
#define BLOCK(name, attributes, element, sum, lanes, width, height, multiply_add)                                       \
  attributes INLINE void name##_##height(                                                                               \
    const element *x, long x_stride, const element *weights, long groups, sum *sums) {                                  \
    typedef sum vector __attribute__((vector_size(4 * (lanes)), aligned(4)));                                           \
    typedef element elements __attribute__((vector_size(4 * (lanes)), aligned(4)));                                     \
    for (long start = 0; start < panel; start += (lanes) * (width)) {                                                   \
      vector total[height][width] = {0};                                                                                \
      for (long k = 0; k < groups; k++) {                                                                               \
        const element *at = weights + k * panel + start;                                                                \
        elements w[width];                                                                                              \
        UNROLL for (int v = 0; v < (width); v++) {                                                                      \
          memcpy(&w[v], at + v * (lanes), 4 * (lanes));                                                                 \
          __builtin_prefetch(at + 8 * panel + v * (lanes), 0, 3);                                                       \
        }                                                                                                               \
        UNROLL for (int r = 0; r < (height); r++) {                                                                     \
          const elements value = x[r * x_stride + k] - (elements){0};                                                   \
          UNROLL for (int v = 0; v < (width); v++) total[r][v] = multiply_add(value, w[v], total[r][v]);                \
        }                                                                                                               \
      }                                                                                                                 \
      UNROLL for (int r = 0; r < (height); r++)                                                                         \
        UNROLL for (int v = 0; v < (width); v++)                                                                        \
          memcpy(sums + r * panel + start + v * (lanes), &total[r][v], 4 * (lanes));                                    \
    }                                                                                                                   \
  }

#define BLOCKS(name, attributes, element, sum, lanes, width, multiply_add)                                              \
  BLOCK(name, attributes, element, sum, lanes, width, 1, multiply_add)                                                  \
  BLOCK(name, attributes, element, sum, lanes, width, 2, multiply_add)                                                  \
  BLOCK(name, attributes, element, sum, lanes, width, 3, multiply_add)                                                  \
  BLOCK(name, attributes, element, sum, lanes, width, 4, multiply_add)                                                  \
  BLOCK(name, attributes, element, sum, lanes, width, 5, multiply_add)                                                  \
  BLOCK(name, attributes, element, sum, lanes, width, 6, multiply_add)                                                  \
  attributes static void name(                                                                                          \
    const void *x, long x_stride, const void *weights, long groups, long height, void *sums) {                          \
    switch (height) {                                                                                                   \
    case 1: name##_1(x, x_stride, weights, groups, sums); break;                                                        \
    case 2: name##_2(x, x_stride, weights, groups, sums); break;                                                        \
    case 3: name##_3(x, x_stride, weights, groups, sums); break;                                                        \
    case 4: name##_4(x, x_stride, weights, groups, sums); break;                                                        \
    case 5: name##_5(x, x_stride, weights, groups, sums); break;                                                        \
    default: name##_6(x, x_stride, weights, groups, sums);                                                              \
    }                                                                                                                   \
  }

typedef void block(const void *, long, const void *, long, long, void *);

#define FUSED(a, w, c) __builtin_elementwise_fma(a, w, c)
#define SEPARATE(a, w, c) ((a) * (w) + (c))
/* Two of bfloat16 in fp32 arithmetic, the first first. */
#define AS_FLOATS(vector, bits) ((__typeof__(vector))(bits))
#define WIDENED(a, w, c)                                                                                                \
  ((c) + AS_FLOATS(c, (a) << 16) * AS_FLOATS(c, (w) << 16) + AS_FLOATS(c, (a) & 0xffff0000) * AS_FLOATS(c, (w) & 0xffff0000))
/* Four products of whole numbers. */
#define SIGNED(w, shift) ((__typeof__(w))((w) << (24 - (shift))) >> 24)
#define BYTES(a, w, c)                                                                                                  \
  ((c) + ((a) & 0xff) * SIGNED(w, 0) + ((a) >> 8 & 0xff) * SIGNED(w, 8) + ((a) >> 16 & 0xff) * SIGNED(w, 16) +          \
   ((a) >> 24 & 0xff) * SIGNED(w, 24))

#if defined(__x86_64__)
#define AVX512 __attribute__((target("avx512f,fma")))
#define AVX2 __attribute__((target("avx2,fma")))
#define BF16 __attribute__((target("avx512f,avx512bf16")))
#define VNNI __attribute__((target("avx512f,avx512vnni")))
#define DOT_BF16(a, w, c) ((__typeof__(c))_mm512_dpbf16_ps((__m512)(c), (__m512bh)(a), (__m512bh)(w)))
#define DOT_INT8(a, w, c) ((__typeof__(c))_mm512_dpbusd_epi32((__m512i)(c), (__m512i)(a), (__m512i)(w)))
BLOCKS(fp32_avx512, AVX512, float, float, 16, 4, FUSED)
BLOCKS(fp32_avx2, AVX2, float, float, 8, 2, FUSED)
BLOCKS(fp32_plain, , float, float, 4, 2, SEPARATE)
BLOCKS(bf16_native, BF16, uint32_t, float, 16, 4, DOT_BF16)
BLOCKS(bf16_avx2, AVX2, uint32_t, float, 8, 1, WIDENED)
BLOCKS(bf16_plain, , uint32_t, float, 4, 1, WIDENED)
BLOCKS(int8_native, VNNI, uint32_t, int32_t, 16, 4, DOT_INT8)
BLOCKS(int8_avx2, AVX2, int32_t, int32_t, 8, 1, BYTES)
BLOCKS(int8_plain, , int32_t, int32_t, 4, 1, BYTES)

static int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
static int has_bf16(void) { return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bf16"); }
int kernel_has_int8(void) { return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vnni"); }

static block *choose_fp32(void) {
  return __builtin_cpu_supports("avx512f") ? fp32_avx512 : has_avx2() ? fp32_avx2 : fp32_plain;
}
static block *choose_bf16(void) { return has_bf16() ? bf16_native : has_avx2() ? bf16_avx2 : bf16_plain; }
static block *choose_int8(void) { return kernel_has_int8() ? int8_native : has_avx2() ? int8_avx2 : int8_plain; }
#else
BLOCKS(fp32_plain, , float, float, 4, 2, FUSED)
BLOCKS(bf16_plain, , uint32_t, float, 4, 1, WIDENED)
BLOCKS(int8_plain, , int32_t, int32_t, 4, 1, BYTES)
int kernel_has_int8(void) { return 0; }
static block *choose_fp32(void) { return fp32_plain; }
static block *choose_bf16(void) { return bf16_plain; }
static block *choose_int8(void) { return int8_plain; }
#endif

/* ---- products ---- */

static inline long smaller(long a, long b) { return a < b ? a : b; }

/* A row of sums into y. */
CLONES static void finish(const float *sums, const float *bias, int adds, float *y, long count) {
  if (bias && adds)
    for (long n = 0; n < count; n++) y[n] += sums[n] + bias[n];
  else if (bias)
    for (long n = 0; n < count; n++) y[n] = sums[n] + bias[n];
  else if (adds)
    for (long n = 0; n < count; n++) y[n] += sums[n];
  else
    memcpy(y, sums, sizeof(float) * (unsigned long)count);
}

/* In floats, whatever the elements of 4 bytes stand for. */
static void multiply(
  block *sum_block, const uint32_t *x, long x_stride, const uint32_t *panels, long rows, long groups, long outputs,
  const float *bias, int adds, float *y, long y_stride) {
  float sums[strip * panel] __attribute__((aligned(64)));
  for (long k = 0; k < groups; k += depth) {
    const long count = smaller(depth, groups - k);
    for (long top = 0; top < rows; top += band)
      for (long n = 0; n < outputs; n += panel)
        for (long row = top; row < smaller(top + band, rows); row += strip) {
          const long height = smaller(strip, smaller(top + band, rows) - row);
          sum_block(x + row * x_stride + k, x_stride, panels + n * groups + k * panel, count, height, sums);
          for (long r = 0; r < height; r++)
            finish(
              sums + r * panel, bias && k == 0 ? bias + n : 0, adds || k > 0, y + (row + r) * y_stride + n,
              smaller(panel, outputs - n));
        }
  }
}

void kernel_multiply_fp32(
  const float *x, long x_stride, const float *panels, long rows, long inputs, long outputs, const float *bias, int adds,
  float *y, long y_stride) {
  multiply(
    choose_fp32(), (const uint32_t *)x, x_stride, (const uint32_t *)panels, rows, inputs, outputs, bias, adds, y, y_stride);
}

void kernel_multiply_bf16(
  const uint32_t *x, long x_stride, const uint32_t *panels, long rows, long inputs, long outputs, const float *bias,
  int adds, float *y, long y_stride) {
  multiply(choose_bf16(), x, x_stride, panels, rows, (inputs + 1) / 2, outputs, bias, adds, y, y_stride);
}

/* Whole sums to floats: 128 was added to each input, so 128 times the sum of the weights comes off. */
CLONES static void scale(
  const int32_t *totals, const float *scales, const int32_t *weight_sums, float step, float *sums, long count) {
  for (long n = 0; n < count; n++) sums[n] = (float)(totals[n] - 128 * weight_sums[n]) * (step * scales[n]);
}

void kernel_multiply_int8(
  const uint32_t *x, long x_stride, const float *steps, const uint32_t *panels, const float *scales, const int32_t *sums,
  long rows, long inputs, long outputs, const float *bias, int adds, float *y, long y_stride) {
  block *const sum_block = choose_int8();
  const long groups = (inputs + 3) / 4;
  int32_t totals[strip * panel] __attribute__((aligned(64)));
  float scaled[panel];
  for (long top = 0; top < rows; top += band)
    for (long n = 0; n < outputs; n += panel)
      for (long row = top; row < smaller(top + band, rows); row += strip) {
        const long height = smaller(strip, smaller(top + band, rows) - row), count = smaller(panel, outputs - n);
        sum_block(x + row * x_stride, x_stride, panels + n * groups, groups, height, totals);
        for (long r = 0; r < height; r++) {
          scale(totals + r * panel, scales + n, sums + n, steps[row + r], scaled, count);
          finish(scaled, bias ? bias + n : 0, adds, y + (row + r) * y_stride + n, count);
        }
      }
}
