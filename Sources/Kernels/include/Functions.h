/* Elementary functions of many numbers at once, to some 2e-7 of the true value: what spectra of a voice are taken through.
 * No version reorders or fuses arithmetic: all give the same bits. */
#ifndef CANTIGA_FUNCTIONS_H
#define CANTIGA_FUNCTIONS_H

/* factor x log(max(in, 0) + floor), floor >= 1e-37. */
void kernel_log(const double *in, double *out, long count, double floor, double factor);
/* e^in, for -87 < in < 88 (beyond, what it is there). */
void kernel_exp(const double *in, double *out, long count);
/* Logarithms of magnitudes and angles, the k-th by turn x k more, to real and imaginary parts, in place. |angle| < 10,000. */
void kernel_polar(double *real, double *imaginary, long count, double turn);
/* 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), in place. */
void kernel_gelu(float *values, long count);
/* 0.5 x (1 + erf(x / sqrt 2)), in place. */
void kernel_exact_gelu(float *values, long count);

/* Transforms of length 20 under a periodic Hann window, 5 samples from one to the next, of `count` frames: to 11 rows of
 * magnitudes and 11 of phases in -pi ... pi, each `stride` apart. signal: 5 x count + 15 samples. */
void kernel_forward20(const float *signal, float *magnitudes, float *phases, long stride, long count);

/* Inverse transforms of length 20 of `count` frames: 11 rows of log magnitudes (at most 10) and 11 of numbers whose sines are
 * the phases, each `stride` apart, to 20 rows of samples, `count` apart. */
void kernel_inverse20(const float *log_magnitudes, const float *phases, long stride, float *samples, long count);

#endif
