#include "Functions.h"
#include "Vectors.h"
#include <math.h>

typedef float f8 __attribute__((vector_size(32)));

#define SPREAD(x) ((f16){} + (x))

/* Vectors go in and out by address: by value they would be passed differently on each kind of processor. */
#define INLINE static inline __attribute__((always_inline))

/* e^x: x = n log 2 + r, a polynomial for r, n into the exponent. */
INLINE void exponential(f16 *value) {
  const f16 x = MAX(MIN(*value, SPREAD(88.0f)), SPREAD(-87.0f));
  const f16 magic = SPREAD(12582912.0f);
  const f16 shifted = x * 1.44269504f + magic, n = shifted - magic;
  const f16 r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  const f16 series =
    ((((1.9875691500e-4f * r + 1.3981999507e-3f) * r + 8.3334519073e-3f) * r + 4.1665795894e-2f) * r + 1.6666665459e-1f) * r +
    5.0000001201e-1f;
  const f16 mantissa = series * r * r + r + 1;
  *value = (f16)((i16)mantissa + (((i16)shifted - (i16)magic) << 23));
}

/* log x of a positive normal number: x = 2^n m with m around 1, a polynomial for m - 1. */
INLINE void logarithm(f16 *value) {
  const i16 bits = (i16)*value;
  const i16 n = (bits - 0x3f3504f3) >> 23;
  const f16 m = (f16)(bits - (n << 23)) - 1, exponent = __builtin_convertvector(n, f16), s = m * m;
  const f16 series =
    ((((((((7.0376836292e-2f * m - 1.1514610310e-1f) * m + 1.1676998740e-1f) * m - 1.2420140846e-1f) * m + 1.4249322787e-1f) * m -
        1.6668057665e-1f) * m + 2.0000714765e-1f) * m - 2.4999993993e-1f) * m + 3.3333331174e-1f) * m;
  *value = ((series * s + exponent * -2.12194440e-4f) - 0.5f * s) + m + exponent * 0.693359375f;
}

/* Sine and cosine: x = j pi / 2 + r, a polynomial each for r. */
INLINE void circle(const f16 *value, f16 *sine, f16 *cosine) {
  const f16 x = *value, magic = SPREAD(12582912.0f);
  const f16 shifted = x * 0.636619772f + magic, j = shifted - magic;
  const i16 quadrant = (i16)shifted - (i16)magic;
  const f16 r = ((x - j * 1.5703125f) - j * 4.83751296997e-4f) - j * 7.54978995489e-8f;
  const f16 s = r * r;
  const f16 small_sine = ((-1.9515295891e-4f * s + 8.3321608736e-3f) * s - 1.6666654611e-1f) * s * r + r;
  const f16 small_cosine = ((2.443315711809948e-5f * s - 1.388731625493765e-3f) * s + 4.166664568298827e-2f) * s * s - 0.5f * s + 1;
  const i16 odd = -(quadrant & 1);
  *sine = (f16)((i16)SELECT(odd, small_cosine, small_sine) ^ ((quadrant & 2) << 30));
  *cosine = (f16)((i16)SELECT(odd, small_sine, small_cosine) ^ (((quadrant + 1) & 2) << 30));
}

/* Sixteen doubles as floats and back. */
#define NARROW(from)                                                                                                    \
  ({ d8 low = LOAD(d8, (from)), high = LOAD(d8, (from) + 8);                                                            \
     __builtin_shufflevector(                                                                                           \
       __builtin_convertvector(low, f8), __builtin_convertvector(high, f8), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15); })
#define WIDEN_LOW(x) __builtin_convertvector(__builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7), d8)
#define WIDEN_HIGH(x) __builtin_convertvector(__builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15), d8)

/* Does the last argument for 16 numbers at a time; the last ones lie in a block that is filled up with zeros. */
#define IN_SIXTEENS(type, count, values, ...)                                                                           \
  long at = 0;                                                                                                          \
  for (; at + 16 <= (count); at += 16) { type *values = in_out + at; __VA_ARGS__; }                                     \
  if (at < (count)) {                                                                                                   \
    type rest[16] = {0};                                                                                                \
    memcpy(rest, in_out + at, sizeof(type) * (unsigned long)((count) - at));                                            \
    type *values = rest;                                                                                                \
    __VA_ARGS__;                                                                                                            \
    memcpy(in_out + at, rest, sizeof(type) * (unsigned long)((count) - at));                                            \
  }

CLONES void kernel_log(const double *in, double *out, long count, double floor, double factor) {
  for (long i = 0; i < count; i++) out[i] = (in[i] > 0 ? in[i] : 0) + floor;
  double *in_out = out;
  IN_SIXTEENS(double, count, values, {
    f16 y = NARROW(values);
    logarithm(&y);
    const d8 low = WIDEN_LOW(y) * factor, high = WIDEN_HIGH(y) * factor;
    STORE(values, low);
    STORE(values + 8, high);
  })
}

CLONES void kernel_exp(const double *in, double *out, long count) {
  if (in != out) memcpy(out, in, sizeof *out * (unsigned long)count);
  double *in_out = out;
  IN_SIXTEENS(double, count, values, {
    f16 y = NARROW(values);
    exponential(&y);
    const d8 low = WIDEN_LOW(y), high = WIDEN_HIGH(y);
    STORE(values, low);
    STORE(values + 8, high);
  })
}

CLONES void kernel_polar(double *real, double *imaginary, long count, double turn) {
  const d8 steps = {0, 1, 2, 3, 4, 5, 6, 7};
  for (long at = 0; at < count; at += 16) {
    double re[16], im[16];
    const long length = count - at < 16 ? count - at : 16;
    const unsigned long bytes = sizeof *re * (unsigned long)length;
    if (length < 16) {
      memset(re, 0, sizeof re);
      memset(im, 0, sizeof im);
    }
    memcpy(re, real + at, length < 16 ? bytes : sizeof re);
    memcpy(im, imaginary + at, length < 16 ? bytes : sizeof im);
    const d8 low = LOAD(d8, im) + turn * (steps + (double)at), high = LOAD(d8, im + 8) + turn * (steps + (double)(at + 8));
    STORE(im, low);
    STORE(im + 8, high);
    const f16 angle = NARROW(im);
    f16 sine, cosine, magnitude = NARROW(re);
    circle(&angle, &sine, &cosine);
    exponential(&magnitude);
    const f16 x = magnitude * cosine, y = magnitude * sine;
    const d8 x_low = WIDEN_LOW(x), x_high = WIDEN_HIGH(x), y_low = WIDEN_LOW(y), y_high = WIDEN_HIGH(y);
    STORE(re, x_low);
    STORE(re + 8, x_high);
    STORE(im, y_low);
    STORE(im + 8, y_high);
    memcpy(real + at, re, length < 16 ? bytes : sizeof re);
    memcpy(imaginary + at, im, length < 16 ? bytes : sizeof im);
  }
}

CLONES void kernel_gelu(float *in_out, long count) {
  IN_SIXTEENS(float, count, values, {
    const f16 x = LOAD(f16, values);
    /* 0.5 (1 + tanh u) = 1 / (1 + e^-2u) */
    f16 power = -1.595769122f * (x + 0.044715f * x * x * x);
    exponential(&power);
    const f16 y = x / (1 + power);
    STORE(values, y);
  })
}

CLONES void kernel_exact_gelu(float *in_out, long count) {
  IN_SIXTEENS(float, count, values, {
    const f16 x = LOAD(f16, values);
    const f16 z = ABS(x) * 0.70710678118654752f, t = 1 / (1 + 0.3275911f * z);
    /* erf z = 1 - P(t) e^-z^2 (Abramowitz, Stegun 7.1.26), to 1.5e-7. */
    const f16 series = ((((1.061405429f * t - 1.453152027f) * t + 1.421413741f) * t - 0.284496736f) * t + 0.254829592f) * t;
    f16 power = -z * z;
    exponential(&power);
    const f16 tail = 0.5f * series * power;
    const f16 y = x * SELECT(x > 0, 1 - tail, tail);
    STORE(values, y);
  })
}

CLONES void kernel_inverse20(const float *log_magnitudes, const float *phases, long stride, float *samples, long count) {
  float cosines[20], sines[20];
  for (int k = 0; k < 20; k++) {
    cosines[k] = (float)cos(2 * 3.14159265358979323846 * k / 20);
    sines[k] = (float)sin(2 * 3.14159265358979323846 * k / 20);
  }
  for (long at = 0; at < count; at += 16) {
    const long length = count - at < 16 ? count - at : 16;
    f16 real[11], imaginary[11];
    for (int bin = 0; bin < 11; bin++) {
      f16 a = {0}, b = {0};
      memcpy(&a, log_magnitudes + bin * stride + at, sizeof(float) * (unsigned long)length);
      memcpy(&b, phases + bin * stride + at, sizeof(float) * (unsigned long)length);
      f16 phase, unused, sine, cosine;
      circle(&b, &phase, &unused);
      circle(&phase, &sine, &cosine);
      f16 magnitude = MIN(a, SPREAD(10.0f));
      exponential(&magnitude);
      magnitude *= bin == 0 || bin == 10 ? 0.05f : 0.1f;
      real[bin] = magnitude * cosine;
      imaginary[bin] = magnitude * sine;
    }
    for (int k = 0; k < 20; k++) {
      f16 value = k % 2 == 0 ? real[0] + real[10] : real[0] - real[10];
      for (int bin = 1; bin < 10; bin++) value += real[bin] * cosines[bin * k % 20] - imaginary[bin] * sines[bin * k % 20];
      memcpy(samples + k * count + at, &value, sizeof(float) * (unsigned long)length);
    }
  }
}

CLONES void kernel_forward20(const float *signal, float *magnitudes, float *phases, long stride, long count) {
  /* A row for each sample of the frame, bins side by side. */
  double window[20], cosines[20][16] = {{0}}, sines[20][16] = {{0}};
  for (int k = 0; k < 20; k++) {
    window[k] = 0.5 - 0.5 * cos(2 * 3.14159265358979323846 * k / 20);
    for (int bin = 0; bin < 11; bin++) {
      cosines[k][bin] = cos(2 * 3.14159265358979323846 * (bin * k % 20) / 20);
      sines[k][bin] = sin(2 * 3.14159265358979323846 * (bin * k % 20) / 20);
    }
  }
  for (long frame = 0; frame < count; frame++) {
    d8 real[2] = {{0}}, imaginary[2] = {{0}};
    for (int k = 0; k < 20; k++) {
      const double x = (double)signal[5 * frame + k] * window[k];
      for (int half = 0; half < 2; half++) {
        real[half] += x * LOAD(d8, cosines[k] + 8 * half);
        imaginary[half] -= x * LOAD(d8, sines[k] + 8 * half);
      }
    }
    for (int bin = 0; bin < 11; bin++) {
      const double re = real[bin / 8][bin % 8];
      /* +0 for the two real bins, so that a negative one has the phase +pi. */
      const double im = bin == 0 || bin == 10 ? 0 : imaginary[bin / 8][bin % 8];
      magnitudes[bin * stride + frame] = (float)sqrt(re * re + im * im);
      phases[bin * stride + frame] = atan2f((float)im, (float)re);
    }
  }
}
