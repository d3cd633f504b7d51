/* What products are computed by. Vector units keep a block of 6 rows x 64 outputs of sums in registers (AVX-512; less in AVX2):
 * for each group of inputs 4 vectors of weights are loaded and 6 elements of x spread, for 24 instructions that multiply and add.
 * AMX keeps 32 rows x 32 outputs in tiles: two of x and two of weights are loaded for four products of 16 x 16 x 16 groups.
 * Weights stay in the first-level cache while all rows go by. */
#include "ProductUnits.h"
#include "Vectors.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

enum {
  panel = kernel_panel,
  /* Elements of 16 outputs for a run of groups. */
  tile = 16 * kernel_run,
};

static kernel_unit limit = kernel_unit_amx;

void kernel_limit_unit(kernel_unit most) { limit = most; }

#define UNROLL _Pragma("clang loop unroll(full)")
#define INLINE static inline __attribute__((always_inline))

/* ---- vectors ---- */

#define BLOCK(name, attributes, element, sum, lanes, width, height, multiply_add)                                       \
  attributes INLINE void name##_##height(                                                                               \
    const kernel_rows *x, long row, const element *weights, long tap_size, long taps, long groups, int adds, sum *sums) {\
    typedef sum vector __attribute__((vector_size(4 * (lanes)), aligned(4)));                                           \
    typedef element elements __attribute__((vector_size(4 * (lanes)), aligned(4)));                                     \
    const long stride = x->stride;                                                                                      \
    for (long start = 0; start < panel; start += (lanes) * (width)) {                                                   \
      sum *to = sums + row * panel + start;                                                                             \
      vector total[height][width] = {0};                                                                                \
      if (adds)                                                                                                         \
        UNROLL for (int r = 0; r < (height); r++)                                                                       \
          UNROLL for (int v = 0; v < (width); v++) memcpy(&total[r][v], to + r * panel + v * (lanes), 4 * (lanes));     \
      for (long tap = 0; tap < taps; tap++)                                                                             \
        for (long first = 0; first < groups; first += kernel_run) {                                                     \
          const element *from = (const element *)x->groups + row * stride + tap * x->tap_stride + first / kernel_run * x->plane;\
          const element *at = weights + tap * tap_size + first * panel + start / 16 * tile + start % 16;                \
          const long count = groups - first < kernel_run ? groups - first : kernel_run;                                 \
          for (long k = 0; k < count; k++) {                                                                            \
            elements w[width];                                                                                          \
            UNROLL for (int v = 0; v < (width); v++) {                                                                  \
              const element *line = at + k * 16 + v * (lanes) / 16 * tile + v * (lanes) % 16;                           \
              memcpy(&w[v], line, 4 * (lanes));                                                                         \
              __builtin_prefetch(line + kernel_run * panel, 0, 3);                                                      \
            }                                                                                                           \
            UNROLL for (int r = 0; r < (height); r++) {                                                                 \
              const elements value = from[r * stride + k] - (elements){0};                                              \
              UNROLL for (int v = 0; v < (width); v++) total[r][v] = multiply_add(value, w[v], total[r][v]);            \
            }                                                                                                           \
          }                                                                                                             \
        }                                                                                                               \
      UNROLL for (int r = 0; r < (height); r++)                                                                         \
        UNROLL for (int v = 0; v < (width); v++) memcpy(to + r * panel + v * (lanes), &total[r][v], 4 * (lanes));       \
    }                                                                                                                   \
  }

#if defined(__x86_64__)
#define HIDE(vector) __asm__ volatile("" : "+v"(vector))
#elif defined(__aarch64__)
#define HIDE(vector) __asm__ volatile("" : "+w"(vector))
#else
#define HIDE(vector) __asm__ volatile("" : "+m"(vector))
#endif

/* Products on registers alone: what a unit does at most. Nobody knows what is in them, so none is left out. */
#define PEAK(name, attributes, element, sum, lanes, multiply_add)                                                       \
  attributes static double name##_peak(long rounds) {                                                                   \
    typedef sum vector __attribute__((vector_size(4 * (lanes)), aligned(4)));                                           \
    typedef element elements __attribute__((vector_size(4 * (lanes)), aligned(4)));                                     \
    vector total[12] = {0};                                                                                             \
    elements a = {0}, w = {0};                                                                                          \
    for (long round = 0; round < rounds; round++) {                                                                     \
      HIDE(a);                                                                                                          \
      HIDE(w);                                                                                                          \
      UNROLL for (int v = 0; v < 12; v++) total[v] = multiply_add(a, w, total[v]);                                      \
    }                                                                                                                   \
    UNROLL for (int v = 0; v < 12; v++) HIDE(total[v]);                                                                 \
    return 12 * 2.0 * (lanes) * (double)rounds;                                                                         \
  }

#define BLOCKS(name, attributes, element, sum, lanes, width, multiply_add)                                              \
  PEAK(name, attributes, element, sum, lanes, multiply_add)                                                             \
  BLOCK(name, attributes, element, sum, lanes, width, 1, multiply_add)                                                  \
  BLOCK(name, attributes, element, sum, lanes, width, 2, multiply_add)                                                  \
  BLOCK(name, attributes, element, sum, lanes, width, 3, multiply_add)                                                  \
  BLOCK(name, attributes, element, sum, lanes, width, 4, multiply_add)                                                  \
  BLOCK(name, attributes, element, sum, lanes, width, 5, multiply_add)                                                  \
  BLOCK(name, attributes, element, sum, lanes, width, 6, multiply_add)                                                  \
  attributes static void name(                                                                                          \
    const kernel_rows *x, const void *w, long tap_size, long taps, long groups, long height, int adds, void *sums) {    \
    long row = 0;                                                                                                       \
    for (; row + 6 <= height; row += 6) name##_6(x, row, w, tap_size, taps, groups, adds, sums);                        \
    switch (height - row) {                                                                                             \
    case 1: name##_1(x, row, w, tap_size, taps, groups, adds, sums); break;                                             \
    case 2: name##_2(x, row, w, tap_size, taps, groups, adds, sums); break;                                             \
    case 3: name##_3(x, row, w, tap_size, taps, groups, adds, sums); break;                                             \
    case 4: name##_4(x, row, w, tap_size, taps, groups, adds, sums); break;                                             \
    case 5: name##_5(x, row, w, tap_size, taps, groups, adds, sums); break;                                             \
    default: break;                                                                                                     \
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

#define UNIT(kind, name) ((product_unit){kind, name, kind == kernel_unit_amx ? 256 : 128, name##_peak})

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
     _mm256_and_si256((__m256i)(a), _mm256_set1_epi16(255)), _mm256_srai_epi16(_mm256_slli_epi16((__m256i)(w), 8), 8)) +\
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

/* Lines of the weights that come next to fetch into the second-level cache with each run, so that all are there in time. */
static long fetched(long height) { return 32 / ((height + 31) / 32) + 1; }

/* Goes through a run of groups of x and of the weights at a time. */
#define TILE_STEPS(more)                                                                                                \
  for (long tap = 0; tap < taps; tap++)                                                                                 \
    for (long k = 0; k < groups; k += kernel_run) {                                                                     \
      const uint32_t *from = start + tap * x->tap_stride + k / kernel_run * x->plane;                                   \
      const uint32_t *at = weights + tap * tap_size + k * panel;                                                        \
      for (long line = 0; line < lines; line++, ahead += 16) _mm_prefetch(ahead, _MM_HINT_T1);                          \
      more                                                                                                              \
    }

#define TILES(name, attributes, product)                                                                                \
  attributes INLINE void name##_strip(                                                                                  \
    const kernel_rows *x, long row, const uint32_t *weights, long tap_size, long taps, long groups, int is_tall, int adds,\
    const uint32_t *ahead, long lines, uint32_t *to) {                                                                  \
    const uint32_t *start = x->groups + row * x->stride;                                                                \
    const long stride = x->stride;                                                                                      \
    if (adds) {                                                                                                         \
      _tile_loadd(0, to, panel * 4);                                                                                    \
      _tile_loadd(1, to + 16, panel * 4);                                                                               \
      if (is_tall) {                                                                                                    \
        _tile_loadd(2, to + 16 * panel, panel * 4);                                                                     \
        _tile_loadd(3, to + 16 * panel + 16, panel * 4);                                                                \
      }                                                                                                                 \
    } else {                                                                                                            \
      _tile_zero(0);                                                                                                    \
      _tile_zero(1);                                                                                                    \
      if (is_tall) {                                                                                                    \
        _tile_zero(2);                                                                                                  \
        _tile_zero(3);                                                                                                  \
      }                                                                                                                 \
    }                                                                                                                   \
    if (is_tall) {                                                                                                      \
      TILE_STEPS(_tile_loadd(4, from, stride * 4); _tile_loadd(6, at, 64); product(0, 4, 6);                            \
                 _tile_loadd(7, at + tile, 64); product(1, 4, 7);                                                       \
                 _tile_loadd(5, from + 16 * stride, stride * 4); product(2, 5, 6); product(3, 5, 7);)                   \
      _tile_stored(2, to + 16 * panel, panel * 4);                                                                      \
      _tile_stored(3, to + 16 * panel + 16, panel * 4);                                                                 \
    } else {                                                                                                            \
      TILE_STEPS(_tile_loadd(4, from, stride * 4); _tile_loadd(6, at, 64); product(0, 4, 6);                            \
                 _tile_loadd(7, at + tile, 64); product(1, 4, 7);)                                                      \
    }                                                                                                                   \
    _tile_stored(0, to, panel * 4);                                                                                     \
    _tile_stored(1, to + 16, panel * 4);                                                                                \
  }                                                                                                                     \
  attributes static void name(                                                                                          \
    const kernel_rows *x, const void *w, long tap_size, long taps, long groups, long height, int adds, void *sums) {    \
    const tile_config configs[2] = {config_for(32), config_for(height % 32)};                                           \
    const long runs = taps * (groups / kernel_run), lines = fetched(height);                                            \
    const uint32_t *ahead = (const uint32_t *)w + runs * kernel_run * panel;                                            \
    for (long half = 0; half < 2; half++)                                                                               \
      for (long row = 0; row < height; row += 32, ahead += runs * lines * 16) {                                         \
        const int is_last = height - row < 32;                                                                          \
        if (row == 0 || is_last) _tile_loadconfig(configs + is_last);                                                   \
        name##_strip(                                                                                                   \
          x, row, (const uint32_t *)w + half * 2 * tile, tap_size, taps, groups, height - row > 16, adds, ahead, lines, \
          (uint32_t *)sums + row * panel + half * 32);                                                                  \
      }                                                                                                                 \
    _tile_release();                                                                                                    \
  }                                                                                                                     \
  attributes static double name##_peak(long rounds) {                                                                   \
    const tile_config config = config_for(32);                                                                          \
    _tile_loadconfig(&config);                                                                                          \
    _tile_zero(0);                                                                                                      \
    _tile_zero(1);                                                                                                      \
    _tile_zero(2);                                                                                                      \
    _tile_zero(3);                                                                                                      \
    _tile_zero(4);                                                                                                      \
    _tile_zero(5);                                                                                                      \
    _tile_zero(6);                                                                                                      \
    _tile_zero(7);                                                                                                      \
    for (long round = 0; round < rounds; round++) {                                                                     \
      product(0, 4, 6);                                                                                                 \
      product(1, 4, 7);                                                                                                 \
      product(2, 5, 6);                                                                                                 \
      product(3, 5, 7);                                                                                                 \
    }                                                                                                                   \
    _tile_release();                                                                                                    \
    return 4 * 2.0 * 16 * 16 * 16 * (double)rounds;                                                                     \
  }

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
    if (has_avx512) return UNIT(kernel_unit_avx512, fp32_avx512);
    if (has_avx2) return UNIT(kernel_unit_avx2, fp32_avx2);
    return UNIT(kernel_unit_plain, fp32_plain);
  case kernel_bf16:
    if (has_avx512 && __builtin_cpu_supports("avx512bf16")) return UNIT(kernel_unit_avx512, bf16_avx512);
    if (has_avx2) return UNIT(kernel_unit_avx2, bf16_avx2);
    return UNIT(kernel_unit_plain, bf16_plain);
  default:
    if (has_avx512 && __builtin_cpu_supports("avx512vnni")) return UNIT(kernel_unit_avx512, int8_avx512);
    if (has_avx2 && __builtin_cpu_supports("avxvnni")) return UNIT(kernel_unit_avx2, int8_avxvnni);
    if (has_avx2) return UNIT(kernel_unit_avx2, int8_avx2);
    return UNIT(kernel_unit_plain, int8_plain);
  }
}

product_unit product_unit_for(kernel_precision precision, long groups, kernel_unit most) {
  if (most > limit) most = limit;
  if (groups % 16 == 0 && most >= kernel_unit_amx) {
    if (precision == kernel_bf16 && __builtin_cpu_supports("amx-bf16") && may_use_tiles())
      return UNIT(kernel_unit_amx, bf16_amx);
    if (precision == kernel_int8 && __builtin_cpu_supports("amx-int8") && may_use_tiles())
      return UNIT(kernel_unit_amx, int8_amx);
  }
  return vector_unit(precision, most);
}
#else
BLOCKS(fp32_plain, , float, float, 4, 2, FUSED)
BLOCKS(bf16_plain, , uint32_t, float, 4, 1, WIDENED)
BLOCKS(int8_plain, , int32_t, int32_t, 4, 1, BYTES)
product_unit product_unit_for(kernel_precision precision, long groups, kernel_unit most) {
  (void)groups, (void)most;
  switch (precision) {
  case kernel_fp32: return UNIT(kernel_unit_plain, fp32_plain);
  case kernel_bf16: return UNIT(kernel_unit_plain, bf16_plain);
  default: return UNIT(kernel_unit_plain, int8_plain);
  }
}
#endif

kernel_unit kernel_unit_for(kernel_precision precision) { return product_unit_for(precision, 16, kernel_unit_amx).unit; }

double kernel_peak(kernel_precision precision, long rounds) {
  /* A product and a sum for each input of a group. */
  const double inputs = precision == kernel_fp32 ? 1 : precision == kernel_bf16 ? 2 : 4;
  return inputs * product_unit_for(precision, 16, kernel_unit_amx).peak(rounds);
}
