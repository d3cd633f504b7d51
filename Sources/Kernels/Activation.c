/* What networks do to each element, and the statistics that they normalise by. */
#include "Activation.h"
#include "Vectors.h"

CLONES void kernel_normalize(const float *in, float *out, long count, float mean, float scale, float shift) {
  for (long i = 0; i < count; i++) out[i] = (in[i] - mean) * scale + shift;
}

CLONES void kernel_leaky_relu(
  const float *in, float *out, long count, float mean, float scale, float shift, float slope) {
  for (long i = 0; i < count; i++) {
    const float x = (in[i] - mean) * scale + shift;
    out[i] = x > 0 ? x : x * slope;
  }
}

/* pi in three parts, the first two of few bits, so that whole multiples of them are exact. */
#define PI1 3.140625f
#define PI2 9.67502593994140625e-4f
#define PI3 1.509957990978376432e-7f

/* sin(u)^2 */
static inline __attribute__((always_inline)) float squared_sine(float u) {
  const float magic = 12582912; /* 1.5 x 2^23: adding it rounds to a whole number */
  const float turns = (u * 0.318309886183790672f + magic) - magic;
  const float r = ((u - turns * PI1) - turns * PI2) - turns * PI3;
  const float s = r * r;
  /* sin r on [-pi/2, pi/2], its series to r^11 with the last terms fitted. */
  const float sine =
    r + r * s * (-1.66666666e-1f + s * (8.33333042e-3f + s * (-1.98407964e-4f + s * (2.75223007e-6f + s * -2.38419414e-8f))));
  return sine * sine;
}

CLONES void kernel_snake(
  const float *in, float *out, long count, float mean, float scale, float shift, float alpha, float factor) {
  for (long i = 0; i < count; i++) {
    const float x = (in[i] - mean) * scale + shift;
    out[i] = x + squared_sine(x * alpha) * factor;
  }
}

CLONES void kernel_snake_row(const float *in, float *out, long count, const float *alpha, const float *factor) {
  for (long i = 0; i < count; i++) out[i] = in[i] + squared_sine(in[i] * alpha[i]) * factor[i];
}

CLONES void kernel_add(const float *in, float *sum, long count) {
  for (long i = 0; i < count; i++) sum[i] += in[i];
}

typedef double d8 __attribute__((vector_size(64)));
typedef float f8 __attribute__((vector_size(32)));
#define WIDEN(from) ({ f8 value; memcpy(&value, (from), sizeof value); __builtin_convertvector(value, d8); })

CLONES void kernel_moments(const float *in, long count, double *mean, double *variance) {
  /* Sums of doubles: in fp32 the squares of a long row would lose the variance. */
  d8 sum[4] = {{0}}, squares[4] = {{0}};
  const double origin = count > 0 ? in[0] : 0;
  long i = 0;
  for (; i + 32 <= count; i += 32)
    for (int k = 0; k < 4; k++) {
      const d8 x = WIDEN(in + i + 8 * k) - origin;
      sum[k] += x;
      squares[k] += x * x;
    }
  double total = 0, total_squares = 0;
  for (int k = 0; k < 4; k++)
    for (int lane = 0; lane < 8; lane++) {
      total += sum[k][lane];
      total_squares += squares[k][lane];
    }
  for (; i < count; i++) {
    const double x = in[i] - origin;
    total += x;
    total_squares += x * x;
  }
  const double middle = count > 0 ? total / count : 0, spread = count > 0 ? total_squares / count - middle * middle : 0;
  *mean = middle + origin;
  *variance = spread > 0 ? spread : 0;
}
