/* Packed matrix products. Vector units keep a block of 6 rows x 64 outputs of sums in registers (AVX-512; less in AVX2): for each
 * group of inputs 4 vectors of weights are loaded and 6 elements of x spread, for 24 instructions that multiply and add. AMX keeps
 * 32 rows x 32 outputs in tiles: two of x and two of weights are loaded for four products of 16 x 16 x 16 groups. */
#include "Products.h"
#include "Transformer.h"
#include "Vectors.h"
#include <math.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

enum {
  panel = kernel_panel,
  /* Rows of a block at most: their sums stay in the second-level cache. */
  tall = 192,
  /* Groups of inputs in one go: a panel of 384 KB then stays in the second-level cache. */
  depth = 1536,
};

#define UNROLL _Pragma("clang loop unroll(full)")
#define INLINE static inline __attribute__((always_inline))

/* ---- blocks ---- */

/* sums[height][64] of a panel, for rows and taps as `kernel_rows` and `kernel_weights` have them. */
typedef void block(
  const void *x, long stride, long tap_stride, const void *weights, long taps, long groups, long height, void *sums);

#define BLOCK(name, attributes, element, sum, lanes, width, height, multiply_add)                                       \
  attributes INLINE void name##_##height(                                                                               \
    const element *x, long stride, long tap_stride, const element *weights, long taps, long groups, sum *sums) {        \
    typedef sum vector __attribute__((vector_size(4 * (lanes)), aligned(4)));                                           \
    typedef element elements __attribute__((vector_size(4 * (lanes)), aligned(4)));                                     \
    for (long start = 0; start < panel; start += (lanes) * (width)) {                                                   \
      vector total[height][width] = {0};                                                                                \
      const element *at = weights + start;                                                                              \
      for (long tap = 0; tap < taps; tap++) {                                                                           \
        const element *from = x + tap * tap_stride;                                                                     \
        for (long k = 0; k < groups; k++, at += panel) {                                                                \
          elements w[width];                                                                                            \
          UNROLL for (int v = 0; v < (width); v++) {                                                                    \
            memcpy(&w[v], at + v * (lanes), 4 * (lanes));                                                               \
            __builtin_prefetch(at + 8 * panel + v * (lanes), 0, 3);                                                     \
          }                                                                                                             \
          UNROLL for (int r = 0; r < (height); r++) {                                                                   \
            const elements value = from[r * stride + k] - (elements){0};                                                \
            UNROLL for (int v = 0; v < (width); v++) total[r][v] = multiply_add(value, w[v], total[r][v]);              \
          }                                                                                                             \
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
    const void *x, long stride, long tap_stride, const void *w, long taps, long groups, long height, void *sums) {      \
    switch (height) {                                                                                                   \
    case 1: name##_1(x, stride, tap_stride, w, taps, groups, sums); break;                                              \
    case 2: name##_2(x, stride, tap_stride, w, taps, groups, sums); break;                                              \
    case 3: name##_3(x, stride, tap_stride, w, taps, groups, sums); break;                                              \
    case 4: name##_4(x, stride, tap_stride, w, taps, groups, sums); break;                                              \
    case 5: name##_5(x, stride, tap_stride, w, taps, groups, sums); break;                                              \
    default: name##_6(x, stride, tap_stride, w, taps, groups, sums);                                                    \
    }                                                                                                                   \
  }

#define FUSED(a, w, c) __builtin_elementwise_fma(a, w, c)
#define SEPARATE(a, w, c) ((a) * (w) + (c))
/* Two of bfloat16 in fp32 arithmetic, the first first. */
#define AS_FLOATS(vector, bits) ((__typeof__(vector))(bits))
#define LOWER(c, a) AS_FLOATS(c, (a) << 16)
#define UPPER(c, a) AS_FLOATS(c, (a) & 0xffff0000)
#define WIDENED_FUSED(a, w, c) FUSED(UPPER(c, a), UPPER(c, w), FUSED(LOWER(c, a), LOWER(c, w), c))
#define WIDENED(a, w, c) ((c) + LOWER(c, a) * LOWER(c, w) + UPPER(c, a) * UPPER(c, w))
/* Four products of whole numbers. */
#define SIGNED(w, shift) ((__typeof__(w))((w) << (24 - (shift))) >> 24)
#define BYTES(a, w, c)                                                                                                  \
  ((c) + ((a) & 0xff) * SIGNED(w, 0) + ((a) >> 8 & 0xff) * SIGNED(w, 8) + ((a) >> 16 & 0xff) * SIGNED(w, 16) +          \
   ((a) >> 24 & 0xff) * SIGNED(w, 24))

typedef struct {
  kernel_unit unit;
  block *block;
  /* Rows of a block. */
  long height;
} product_unit;

#if defined(__x86_64__)
#define AVX512 __attribute__((target("avx512f,fma")))
#define AVX2 __attribute__((target("avx2,fma")))
#define BF16 __attribute__((target("avx512f,avx512bf16")))
#define VNNI __attribute__((target("avx512f,avx512vnni")))
#define AVXVNNI __attribute__((target("avx2,avxvnni")))
#define DOT_BF16(a, w, c) ((__typeof__(c))_mm512_dpbf16_ps((__m512)(c), (__m512bh)(a), (__m512bh)(w)))
#define DOT_INT8(a, w, c) ((__typeof__(c))_mm512_dpbusd_epi32((__m512i)(c), (__m512i)(a), (__m512i)(w)))
#define DOT_INT8_256(a, w, c) ((__typeof__(c))_mm256_dpbusd_avx_epi32((__m256i)(c), (__m256i)(a), (__m256i)(w)))
/* Bytes with even and with odd places as numbers of 16 bits. */
#define PAIRS_256(a, w, c)                                                                                              \
  ((c) +                                                                                                                \
   (__typeof__(c))_mm256_madd_epi16(                                                                                    \
     _mm256_and_si256((__m256i)(a), _mm256_set1_epi16(255)), _mm256_srai_epi16(_mm256_slli_epi16((__m256i)(w), 8), 8)) + \
   (__typeof__(c))_mm256_madd_epi16(_mm256_srli_epi16((__m256i)(a), 8), _mm256_srai_epi16((__m256i)(w), 8)))
BLOCKS(fp32_avx512, AVX512, float, float, 16, 4, FUSED)
BLOCKS(fp32_avx2, AVX2, float, float, 8, 2, FUSED)
BLOCKS(fp32_plain, , float, float, 4, 2, SEPARATE)
BLOCKS(bf16_avx512, BF16, uint32_t, float, 16, 4, DOT_BF16)
BLOCKS(bf16_avx2, AVX2, uint32_t, float, 8, 1, WIDENED_FUSED)
BLOCKS(bf16_plain, , uint32_t, float, 4, 1, WIDENED)
BLOCKS(int8_avx512, VNNI, uint32_t, int32_t, 16, 4, DOT_INT8)
BLOCKS(int8_avxvnni, AVXVNNI, uint32_t, int32_t, 8, 2, DOT_INT8_256)
BLOCKS(int8_avx2, AVX2, uint32_t, int32_t, 8, 1, PAIRS_256)
BLOCKS(int8_plain, , int32_t, int32_t, 4, 1, BYTES)

/* ---- tiles ---- */

/* What _tile_loadconfig reads (Intel 64 manual, volume 1, 18.2). */
typedef struct {
  uint8_t palette, start_row, reserved[14];
  uint16_t bytes[16];
  uint8_t rows[16];
} tile_config;

/* Tiles 0 and 1: sums of the upper rows; 2 and 3: of the lower; 4 and 5: upper and lower rows of x; 6 and 7: weights. */
static tile_config config_for(long height) {
  tile_config config = {.palette = 1};
  const uint8_t upper = (uint8_t)(height < 16 ? height : 16), lower = (uint8_t)(height > 16 ? height - 16 : 0);
  const uint8_t rows[8] = {upper, upper, lower, lower, upper, lower, 16, 16};
  for (int tile = 0; tile < 8; tile++) {
    config.rows[tile] = rows[tile];
    config.bytes[tile] = rows[tile] ? 64 : 0;
  }
  return config;
}

/* Weights of half a panel for `quick` groups stay in the first-level cache while all rows go by; the sums wait in the second. */
enum { quick = 128 };

#define TILE_STEPS(more)                                                                                                  for (long tap = first_tap; tap < last_tap; tap++, at += (groups - (last - first)) * panel)                                for (long k = first; k < last; k += 16, at += 16 * panel) {                                                               const uint32_t *from = rows_of_x + tap * tap_stride + k;                                                                more                                                                                                                  }

#define TILES(name, attributes, product)                                                                                  attributes INLINE void name##_strip(                                                                                      const uint32_t *rows_of_x, long stride, long tap_stride, const uint32_t *at, long first_tap, long last_tap, long first,     long last, long groups, int is_tall, int adds, uint32_t *to) {                                                          if (adds) {                                                                                                               _tile_loadd(0, to, panel * 4);                                                                                          _tile_loadd(1, to + 16, panel * 4);                                                                                     if (is_tall) {                                                                                                            _tile_loadd(2, to + 16 * panel, panel * 4);                                                                             _tile_loadd(3, to + 16 * panel + 16, panel * 4);                                                                      }                                                                                                                     } else {                                                                                                                  _tile_zero(0);                                                                                                          _tile_zero(1);                                                                                                          if (is_tall) {                                                                                                            _tile_zero(2);                                                                                                          _tile_zero(3);                                                                                                        }                                                                                                                     }                                                                                                                       if (is_tall) {                                                                                                            TILE_STEPS(_tile_loadd(4, from, stride * 4); _tile_loadd(6, at, panel * 4); product(0, 4, 6);                                      _tile_loadd(7, at + 16, panel * 4); product(1, 4, 7); _tile_loadd(5, from + 16 * stride, stride * 4);                   product(2, 5, 6); product(3, 5, 7);)                                                                         _tile_stored(2, to + 16 * panel, panel * 4);                                                                            _tile_stored(3, to + 16 * panel + 16, panel * 4);                                                                     } else {                                                                                                                  TILE_STEPS(_tile_loadd(4, from, stride * 4); _tile_loadd(6, at, panel * 4); product(0, 4, 6);                                      _tile_loadd(7, at + 16, panel * 4); product(1, 4, 7);)                                                     }                                                                                                                       _tile_stored(0, to, panel * 4);                                                                                         _tile_stored(1, to + 16, panel * 4);                                                                                  }                                                                                                                       attributes static void name(                                                                                              const void *x, long stride, long tap_stride, const void *w, long taps, long groups, long height, void *sums) {          const tile_config configs[2] = {config_for(32), config_for(height % 32)};                                               const long step = groups < quick ? groups : quick, tap_step = groups < quick ? quick / groups : 1;                      for (long tap = 0; tap < taps; tap += tap_step)                                                                           for (long k = 0; k < groups; k += step)                                                                                   for (long half = 0; half < panel; half += panel / 2)                                                                      for (long row = 0; row < height; row += 32) {                                                                             const int is_last = height - row < 32;                                                                                  if (row == 0 || is_last) _tile_loadconfig(configs + is_last);                                                           name##_strip(                                                                                                             (const uint32_t *)x + row * stride, stride, tap_stride,                                                                 (const uint32_t *)w + (tap * groups + k) * panel + half, tap, tap + tap_step < taps ? tap + tap_step : taps, k,               k + step < groups ? k + step : groups, groups, height - row > 16, tap > 0 || k > 0,                                     (uint32_t *)sums + row * panel + half);                                                                             }                                                                                                                 _tile_release();                                                                                                      }

TILES(bf16_amx, __attribute__((target("amx-tile,amx-bf16"))), _tile_dpbf16ps)
TILES(int8_amx, __attribute__((target("amx-tile,amx-int8"))), _tile_dpbusd)

/* Linux gives tiles to a process that asks for them (Documentation/arch/x86/xstate.rst). */
static int may_use_tiles(void) {
#if defined(__linux__)
  static int known;
  if (!known) {
    enum { arch_req_xcomp_perm = 0x1023, xfeature_xtiledata = 18 };
    known = syscall(SYS_arch_prctl, arch_req_xcomp_perm, xfeature_xtiledata) == 0 ? 1 : -1;
  }
  return known > 0;
#else
  return 0;
#endif
}

static product_unit vector_unit(kernel_precision precision, kernel_unit most) {
  const int has_avx2 = most >= kernel_unit_avx2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const int has_avx512 = most >= kernel_unit_avx512 && __builtin_cpu_supports("avx512f");
  switch (precision) {
  case kernel_fp32:
    if (has_avx512) return (product_unit){kernel_unit_avx512, fp32_avx512, 6};
    if (has_avx2) return (product_unit){kernel_unit_avx2, fp32_avx2, 6};
    return (product_unit){kernel_unit_plain, fp32_plain, 6};
  case kernel_bf16:
    if (has_avx512 && __builtin_cpu_supports("avx512bf16")) return (product_unit){kernel_unit_avx512, bf16_avx512, 6};
    if (has_avx2) return (product_unit){kernel_unit_avx2, bf16_avx2, 6};
    return (product_unit){kernel_unit_plain, bf16_plain, 6};
  default:
    if (has_avx512 && __builtin_cpu_supports("avx512vnni")) return (product_unit){kernel_unit_avx512, int8_avx512, 6};
    if (has_avx2 && __builtin_cpu_supports("avxvnni")) return (product_unit){kernel_unit_avx2, int8_avxvnni, 6};
    if (has_avx2) return (product_unit){kernel_unit_avx2, int8_avx2, 6};
    return (product_unit){kernel_unit_plain, int8_plain, 6};
  }
}

static product_unit unit_for(kernel_precision precision, long groups, kernel_unit most) {
  if (groups % 16 == 0 && most >= kernel_unit_amx) {
    if (precision == kernel_bf16 && __builtin_cpu_supports("amx-bf16") && may_use_tiles())
      return (product_unit){kernel_unit_amx, bf16_amx, tall};
    if (precision == kernel_int8 && __builtin_cpu_supports("amx-int8") && may_use_tiles())
      return (product_unit){kernel_unit_amx, int8_amx, tall};
  }
  return vector_unit(precision, most);
}
#else
BLOCKS(fp32_plain, , float, float, 4, 2, FUSED)
BLOCKS(bf16_plain, , uint32_t, float, 4, 1, WIDENED)
BLOCKS(int8_plain, , int32_t, int32_t, 4, 1, BYTES)
static product_unit unit_for(kernel_precision precision, long groups, kernel_unit most) {
  (void)groups, (void)most;
  block *const blocks[] = {fp32_plain, bf16_plain, int8_plain};
  return (product_unit){kernel_unit_plain, blocks[precision], 6};
}
#endif

kernel_unit kernel_unit_for(kernel_precision precision) { return unit_for(precision, 16, kernel_unit_amx).unit; }

/* ---- products ---- */

static inline long smaller(long a, long b) { return a < b ? a : b; }

/* Whole sums to floats: 128 was added to each input, so 128 times the sum of the weights comes off. */
CLONES static void scale(int32_t *sums, const float *scales, const int32_t *weight_sums, float step) {
  for (long n = 0; n < panel; n++) {
    const float scaled = (float)(sums[n] - 128 * weight_sums[n]) * (step * scales[n]);
    memcpy(sums + n, &scaled, 4);
  }
}

/* A row of sums into y. */
CLONES static void finish(
  const float *sums, const float *bias, kernel_finish how, const float *factor, float *y, long count) {
  static const float zeros[panel];
  if (!bias) bias = zeros;
  switch (how) {
  case kernel_finish_add:
    for (long n = 0; n < count; n++) y[n] += sums[n] + bias[n];
    break;
  case kernel_finish_add_scaled:
    for (long n = 0; n < count; n++) y[n] += factor[n] * (sums[n] + bias[n]);
    break;
  default:
    for (long n = 0; n < count; n++) y[n] = sums[n] + bias[n];
  }
}

/* Sums of one panel over some taps and groups of x, in floats. */
static void sum_panel(
  product_unit unit, kernel_precision precision, const kernel_rows *x, const kernel_weights *w, long row, long height, long n,
  long tap, long taps, long k, long groups, float *sums) {
  unit.block(
    x->groups + row * x->stride + tap * x->tap_stride + k, x->stride, x->tap_stride,
    w->panels + ((n / panel * w->taps + tap) * w->groups + k) * panel, taps, groups, height, sums);
  if (precision == kernel_int8)
    for (long r = 0; r < height; r++) scale((int32_t *)sums + r * panel, w->scales + n, w->sums + n, x->steps[row + r]);
}

void kernel_multiply(
  kernel_precision precision, const kernel_rows *x, const kernel_weights *w, const kernel_result *y, long first_row, long rows,
  long first_panel, long panels) {
  const product_unit unit = unit_for(precision, w->groups, w->most);
  float sums[2][tall * panel] __attribute__((aligned(64)));
  const long end = first_row + rows;
  if (y->finish == kernel_finish_swiglu) {
    for (long p = first_panel; p + 1 < first_panel + panels; p += 2)
      for (long row = first_row; row < end; row += unit.height) {
        const long height = smaller(unit.height, end - row), n = p * panel;
        for (long half = 0; half < 2; half++)
          sum_panel(unit, precision, x, w, row, height, n + half * panel, 0, w->taps, 0, w->groups, sums[half]);
        for (long r = 0; r < height; r++) {
          kernel_silu_multiply(sums[0] + r * panel, sums[1] + r * panel, panel);
          memcpy(
            y->values + (row + r) * y->stride + n / 2, sums[0] + r * panel,
            sizeof(float) * (unsigned long)smaller(panel, (w->outputs - n) / 2));
        }
      }
    return;
  }
  /* Whole taps at a time, or parts of one. The sum of each goes into y before the next; whole numbers must be summed up at once. */
  const long step = precision == kernel_int8 || w->groups <= depth ? w->groups : depth;
  const long tap_step = precision == kernel_int8 ? w->taps : w->groups > depth ? 1 : depth / w->groups;
  for (long tap = 0; tap < w->taps; tap += tap_step)
    for (long k = 0; k < w->groups; k += step) {
      const int is_first = tap == 0 && k == 0;
      const kernel_finish how = y->finish == kernel_finish_store && !is_first ? kernel_finish_add : y->finish;
      for (long n = first_panel * panel; n < (first_panel + panels) * panel; n += panel)
        for (long row = first_row; row < end; row += unit.height) {
          const long height = smaller(unit.height, end - row);
          sum_panel(
            unit, precision, x, w, row, height, n, tap, smaller(tap_step, w->taps - tap), k, smaller(step, w->groups - k), sums[0]);
          for (long r = 0; r < height; r++)
            finish(
              sums[0] + r * panel, w->bias && is_first ? w->bias + n : 0, how, y->factor ? y->factor + n : 0,
              y->values + (row + r) * y->stride + n, smaller(panel, w->outputs - n));
        }
    }
}

/* ---- attention ---- */

enum { keys_at_once = 256, queries_at_once = 32 };

void kernel_attend(
  kernel_precision precision, const kernel_memory *memory, const uint32_t *queries, long stride, long rows, const long *from,
  const long *to, float factor, float *out, long out_stride) {
  const long group = precision == kernel_fp32 ? 1 : 2;
  const long key_groups = memory->size / group, value_groups = (memory->count + panel - 1) / panel * panel / group;
  const product_unit key_unit = unit_for(precision, key_groups, kernel_unit_amx), value_unit = unit_for(precision, value_groups, kernel_unit_amx);
  const long tallest = smaller(queries_at_once, smaller(key_unit.height, value_unit.height));
  float scores[queries_at_once * keys_at_once] __attribute__((aligned(64)));
  uint32_t weights[queries_at_once * keys_at_once] __attribute__((aligned(64)));
  float sums[queries_at_once * panel] __attribute__((aligned(64)));
  float highest[queries_at_once], total[queries_at_once];
  for (long first = 0; first < rows; first += tallest) {
    const long height = smaller(tallest, rows - first);
    long lowest = memory->count, last = 0;
    for (long r = 0; r < height; r++) {
      float *row = out + (first + r) * out_stride;
      memset(row, 0, sizeof(float) * (unsigned long)memory->size);
      highest[r] = -INFINITY;
      total[r] = 0;
      if (from[first + r] >= to[first + r]) continue;
      lowest = smaller(lowest, from[first + r]);
      last = to[first + r] > last ? to[first + r] : last;
    }
    for (long key = lowest / panel * panel; key < last; key += keys_at_once) {
      /* Whole panels; keys beyond the last are zeros, and get no weight. */
      const long count = smaller(keys_at_once, (last - key + panel - 1) / panel * panel), groups = count / group;
      for (long n = 0; n < count; n += panel) {
        key_unit.block(
          queries + first * stride, stride, 0, memory->keys + (key + n) * key_groups, 1, key_groups, height, sums);
        for (long r = 0; r < height; r++)
          memcpy(scores + r * keys_at_once + n, sums + r * panel, sizeof(float) * panel);
      }
      for (long r = 0; r < height; r++) {
        float *row = scores + r * keys_at_once;
        kernel_scale(row, factor, count);
        long begin = from[first + r] - key, end = to[first + r] - key;
        begin = begin < 0 ? 0 : smaller(begin, count);
        end = end < begin ? begin : smaller(end, count);
        const float before = kernel_softmax_piece(row, count, begin, end, highest + r, total + r);
        if (before != 1) kernel_scale(out + (first + r) * out_stride, before, memory->size);
        if (precision == kernel_fp32) memcpy(weights + r * keys_at_once, row, sizeof(float) * (unsigned long)count);
        else kernel_round_bf16(row, count, weights + r * keys_at_once);
      }
      for (long n = 0; n < memory->size; n += panel) {
        value_unit.block(
          weights, keys_at_once, 0, memory->values + (n / panel * value_groups + key / group) * panel, 1, groups, height, sums);
        for (long r = 0; r < height; r++)
          finish(sums + r * panel, 0, kernel_finish_add, 0, out + (first + r) * out_stride + n, smaller(panel, memory->size - n));
      }
    }
    for (long r = 0; r < height; r++)
      if (total[r] > 0) kernel_scale(out + (first + r) * out_stride, 1 / total[r], memory->size);
  }
}
