#include "Transforms.h"
#include "Vectors.h"
#include <math.h>

/* A real transform of size N is a complex one of size N / 2 and N / 4 rotations. Tables: for each radix-4 pass over
 * sub-transforms of length n the powers 1 ... 3 of exp(-2 pi i p / n), p < n / 4, as six rows; then cosine and sine
 * of 2 pi k / N, k <= N / 2. */
static long passes_count(long complex_size) {
  long count = 0;
  for (long n = complex_size; n >= 4; n /= 4) count += 6 * (n / 4);
  return count;
}

long kernel_fft_tables_count(long size) { return passes_count(size / 2) + 2 * (size / 2 + 1); }

long kernel_fft_memory_count(long size) { return 2 * size; }

void kernel_fft_tables(long size, double *tables) {
  const double turn = 2 * 3.14159265358979323846;
  for (long n = size / 2; n >= 4; n /= 4)
    for (long power = 1; power <= 3; power++) {
      for (long p = 0; p < n / 4; p++) *tables++ = cos(turn * (double)(power * p) / (double)n);
      for (long p = 0; p < n / 4; p++) *tables++ = -sin(turn * (double)(power * p) / (double)n);
    }
  for (long k = 0; k <= size / 2; k++) *tables++ = cos(turn * (double)k / (double)size);
  for (long k = 0; k <= size / 2; k++) *tables++ = sin(turn * (double)k / (double)size);
}

/* One pass: sub-transforms of length 4 m, interleaved `stride` times. */
static inline __attribute__((always_inline)) void pass4(
  long m, long stride, const double *restrict w, const double *restrict re, const double *restrict im,
  double *restrict out_re, double *restrict out_im) {
  const double *restrict w1r = w, *restrict w1i = w + m, *restrict w2r = w + 2 * m, *restrict w2i = w + 3 * m;
  const double *restrict w3r = w + 4 * m, *restrict w3i = w + 5 * m;
  const long quarter = stride * m;
  for (long p = 0; p < m; p++) {
    const double c1 = w1r[p], s1 = w1i[p], c2 = w2r[p], s2 = w2i[p], c3 = w3r[p], s3 = w3i[p];
    for (long q = 0; q < stride; q++) {
      const long i = stride * p + q, o = 4 * stride * p + q;
      const double ar = re[i], ai = im[i], br = re[i + quarter], bi = im[i + quarter];
      const double cr = re[i + 2 * quarter], ci = im[i + 2 * quarter], dr = re[i + 3 * quarter], di = im[i + 3 * quarter];
      const double sum_ac_r = ar + cr, sum_ac_i = ai + ci, dif_ac_r = ar - cr, dif_ac_i = ai - ci;
      const double sum_bd_r = br + dr, sum_bd_i = bi + di, dif_bd_r = br - dr, dif_bd_i = bi - di;
      out_re[o] = sum_ac_r + sum_bd_r;
      out_im[o] = sum_ac_i + sum_bd_i;
      const double t1r = dif_ac_r + dif_bd_i, t1i = dif_ac_i - dif_bd_r;
      out_re[o + stride] = c1 * t1r - s1 * t1i;
      out_im[o + stride] = c1 * t1i + s1 * t1r;
      const double t2r = sum_ac_r - sum_bd_r, t2i = sum_ac_i - sum_bd_i;
      out_re[o + 2 * stride] = c2 * t2r - s2 * t2i;
      out_im[o + 2 * stride] = c2 * t2i + s2 * t2r;
      const double t3r = dif_ac_r - dif_bd_i, t3i = dif_ac_i + dif_bd_r;
      out_re[o + 3 * stride] = c3 * t3r - s3 * t3i;
      out_im[o + 3 * stride] = c3 * t3i + s3 * t3r;
    }
  }
}

/* Forward complex transform of n values at (re, im); the result lies there when it returns 0, else at (re2, im2). */
static inline __attribute__((always_inline)) int transform(
  long n, const double *w, double *re, double *im, double *re2, double *im2) {
  int moved = 0;
  long stride = 1;
  for (; n >= 4; n /= 4) {
    if (stride == 1) pass4(n / 4, 1, w, re, im, re2, im2);
    else if (stride == 4) pass4(n / 4, 4, w, re, im, re2, im2);
    else pass4(n / 4, stride & ~15L, w, re, im, re2, im2);
    w += 6 * (n / 4);
    stride *= 4;
    double *swap = re; re = re2; re2 = swap;
    swap = im; im = im2; im2 = swap;
    moved ^= 1;
  }
  if (n == 2) {
    for (long q = 0; q < stride; q++) {
      const double ar = re[q], ai = im[q], br = re[q + stride], bi = im[q + stride];
      re2[q] = ar + br;
      im2[q] = ai + bi;
      re2[q + stride] = ar - br;
      im2[q + stride] = ai - bi;
    }
    moved ^= 1;
  }
  return moved;
}

CLONES void kernel_fft_forward(long size, const double *tables, double *memory, const double *x, double *re, double *im) {
  const long m = size / 2;
  const double *restrict c = tables + passes_count(m), *restrict s = c + m + 1;
  double *a = memory, *b = memory + m;
  for (long k = 0; k < m; k++) {
    a[k] = x[2 * k];
    b[k] = x[2 * k + 1];
  }
  if (transform(m, tables, a, b, memory + 2 * m, memory + 3 * m)) {
    a = memory + 2 * m;
    b = memory + 3 * m;
  }
  const double *restrict zr = a, *restrict zi = b;
  double *restrict xr = re, *restrict xi = im;
  xr[0] = zr[0] + zi[0];
  xi[0] = 0;
  xr[m] = zr[0] - zi[0];
  xi[m] = 0;
  for (long k = 1; k < m; k++) {
    const double er = 0.5 * (zr[k] + zr[m - k]), ei = 0.5 * (zi[k] - zi[m - k]);
    const double or = 0.5 * (zi[k] + zi[m - k]), oi = 0.5 * (zr[m - k] - zr[k]);
    xr[k] = er + (c[k] * or + s[k] * oi);
    xi[k] = ei + (c[k] * oi - s[k] * or);
  }
}

CLONES void kernel_fft_inverse(long size, const double *tables, double *memory, const double *re, const double *im, double *x) {
  const long m = size / 2;
  const double *restrict c = tables + passes_count(m), *restrict s = c + m + 1;
  const double *restrict xr = re, *restrict xi = im;
  double *restrict zr = memory, *restrict zi = memory + m;
  const double scale = 0.5 / (double)m;
  zr[0] = scale * (xr[0] + xr[m]);
  zi[0] = scale * (xr[0] - xr[m]);
  for (long k = 1; k < m; k++) {
    const double er = xr[k] + xr[m - k], ei = xi[k] - xi[m - k];
    const double dr = xr[k] - xr[m - k], di = xi[k] + xi[m - k];
    const double or = c[k] * dr - s[k] * di, oi = c[k] * di + s[k] * dr;
    zr[k] = scale * (er - oi);
    zi[k] = scale * (ei + or);
  }
  /* Real and imaginary parts change places: the forward transform is then the inverse one. */
  const double *odd = memory + m, *even = memory;
  if (transform(m, tables, memory + m, memory, memory + 3 * m, memory + 2 * m)) {
    odd = memory + 3 * m;
    even = memory + 2 * m;
  }
  for (long k = 0; k < m; k++) {
    x[2 * k] = even[k];
    x[2 * k + 1] = odd[k];
  }
}
