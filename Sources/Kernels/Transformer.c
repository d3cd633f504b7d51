/* What transformers do between their matrix products. */
#include "Transformer.h"
#include "Vectors.h"

/* e^x by 2^n times a polynomial on [-ln 2 / 2, ln 2 / 2] (Cephes' expf); 0 below -87, e^88 above. Adding 1.5 x 2^23 rounds. */
#define EXP(argument) \
  ({ \
    const f16 given = (argument), low = (f16){0} - 87.0f, high = (f16){0} + 88.0f; \
    const f16 bounded = MIN(MAX(given, low), high); \
    const f16 turns = (bounded * 1.44269504088896341f + 12582912.0f) - 12582912.0f; \
    const f16 r = (bounded - turns * 0.693359375f) - turns * -2.12194440e-4f; \
    f16 p = r * 1.9875691500e-4f + 1.3981999507e-3f; \
    p = p * r + 8.3334519073e-3f; \
    p = p * r + 4.1665795894e-2f; \
    p = p * r + 1.6666665459e-1f; \
    p = p * r + 5.0000001201e-1f; \
    p = p * r * r + r + 1.0f; \
    p *= (f16)((__builtin_convertvector(turns, i16) + 127) << 23); \
    (f16)((i16)p & ~(given < low)); \
  })

/* One number of sixteen, by halves. */
#define FOLD(vector, combine) \
  ({ \
    f16 all = (vector); \
    all = combine(all, __builtin_shufflevector(all, all, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)); \
    all = combine(all, __builtin_shufflevector(all, all, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11)); \
    all = combine(all, __builtin_shufflevector(all, all, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)); \
    all = combine(all, __builtin_shufflevector(all, all, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)); \
    all[0]; \
  })
#define ADD(a, b) ((a) + (b))
#define SUM(vector) FOLD(vector, ADD)

/* The last count % 16 elements, and the way back. */
#define LOAD_TAIL(from, count) ({ f16 value = {0}; memcpy(&value, (from), (count) * sizeof(float)); value; })
#define STORE_TAIL(to, value, count) memcpy((to), &(value), (count) * sizeof(float))

CLONES void kernel_rms_norm(
  const float *in, float *out, long rows, long columns, long stride, const float *weight, float epsilon,
  const float *scale, const float *shift) {
  for (long row = 0; row < rows; row++) {
    const float *x = in + row * stride;
    float *y = out + row * stride;
    f16 squares = {0};
    long i = 0;
    for (; i + 16 <= columns; i += 16) {
      const f16 v = LOAD(f16, x + i);
      squares += v * v;
    }
    const f16 tail = LOAD_TAIL(x + i, columns - i);
    squares += tail * tail;
    const float factor = 1 / __builtin_sqrtf(SUM(squares) / columns + epsilon);
    if (scale)
      for (i = 0; i < columns; i++) y[i] = x[i] * factor * weight[i] * (1 + scale[i]) + shift[i];
    else
      for (i = 0; i < columns; i++) y[i] = x[i] * factor * weight[i];
  }
}

CLONES void kernel_rotate(float *features, const float *cosine, const float *sine, long half) {
  for (long i = 0; i < half; i++) {
    const float a = features[i], b = features[i + half];
    features[i] = a * cosine[i] - b * sine[i];
    features[i + half] = b * cosine[i] + a * sine[i];
  }
}

CLONES void kernel_silu_multiply(float *gate, const float *up, long count) {
  long i = 0;
  for (; i + 16 <= count; i += 16) {
    const f16 x = LOAD(f16, gate + i), y = LOAD(f16, up + i);
    const f16 result = x / (EXP(-x) + 1.0f) * y;
    STORE(gate + i, result);
  }
  const f16 x = LOAD_TAIL(gate + i, count - i), y = LOAD_TAIL(up + i, count - i);
  const f16 result = x / (EXP(-x) + 1.0f) * y;
  STORE_TAIL(gate + i, result, count - i);
}

CLONES void kernel_silu(float *values, long count) {
  long i = 0;
  for (; i + 16 <= count; i += 16) {
    const f16 x = LOAD(f16, values + i), result = x / (EXP(-x) + 1.0f);
    STORE(values + i, result);
  }
  const f16 x = LOAD_TAIL(values + i, count - i), result = x / (EXP(-x) + 1.0f);
  STORE_TAIL(values + i, result, count - i);
}

CLONES float kernel_softmax_piece(float *scores, long count, long from, long to, float *highest, float *sum) {
  if (from >= to) {
    memset(scores, 0, count * sizeof(float));
    return 1;
  }
  memset(scores, 0, from * sizeof(float));
  memset(scores + to, 0, (count - to) * sizeof(float));
  float *s = scores + from;
  const long n = to - from;
  float top = *highest;
  f16 tops[2] = {(f16){0} + top, (f16){0} + top};
  long i = 0;
  for (; i + 32 <= n; i += 32) {
    const f16 x = LOAD(f16, s + i), y = LOAD(f16, s + i + 16);
    tops[0] = MAX(x, tops[0]);
    tops[1] = MAX(y, tops[1]);
  }
  tops[0] = MAX(tops[1], tops[0]);
  top = FOLD(tops[0], MAX);
  for (; i < n; i++) top = s[i] > top ? s[i] : top;
  f16 sums = {0};
  for (i = 0; i + 16 <= n; i += 16) {
    const f16 weight = EXP(LOAD(f16, s + i) - top);
    STORE(s + i, weight);
    sums += weight;
  }
  if (i < n) {
    f16 weight = EXP(LOAD_TAIL(s + i, n - i) - top);
    for (int lane = n - i; lane < 16; lane++) weight[lane] = 0;
    STORE_TAIL(s + i, weight, n - i);
    sums += weight;
  }
  const f16 before = EXP((f16){0} + *highest - top);
  const float factor = *sum > 0 ? before[0] : 0;
  *sum = *sum * factor + SUM(sums);
  *highest = top;
  return factor;
}

CLONES void kernel_scale(float *x, float factor, long count) {
  for (long i = 0; i < count; i++) x[i] *= factor;
}
