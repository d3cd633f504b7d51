#include "Kernels.h"
#include "Vectors.h"

enum { hop = 16 };

CLONES void kernel_equalize(const double *sections, double *memory, float *left, float *right, long from, long to, long frames) {
  const d8 b0 = LOAD(d8, sections), b1 = LOAD(d8, sections + 8), b2 = LOAD(d8, sections + 16);
  const d8 a1 = LOAD(d8, sections + 24), a2 = LOAD(d8, sections + 32);
  d8 first = LOAD(d8, memory), second = LOAD(d8, memory + 8), output = LOAD(d8, memory + 16);
  for (long frame = from; frame < to; frame++) {
    d8 entering = {0};
    if (frame < frames) {
      entering[0] = left[frame];
      entering[1] = right[frame];
    }
    const d8 input = __builtin_shufflevector(entering, output, 0, 1, 8, 9, 10, 11, 12, 13);
    output = b0 * input + first;
    first = (b1 * input + second) - a1 * output;
    second = b2 * input - a2 * output;
    if (frame >= 3) {
      left[frame - 3] = (float)output[6];
      right[frame - 3] = (float)output[7];
    }
  }
  STORE(memory, first);
  STORE(memory + 8, second);
  STORE(memory + 16, output);
}

CLONES void kernel_equalize_heard(
  const double *sections, double *memory, const double *ear, double *ear_memory, float *left, float *right,
  float *heard_left, float *heard_right, long from, long to, long frames) {
  const d8 b0 = LOAD(d8, sections), b1 = LOAD(d8, sections + 8), b2 = LOAD(d8, sections + 16);
  const d8 a1 = LOAD(d8, sections + 24), a2 = LOAD(d8, sections + 32);
  const d8 c0 = LOAD(d8, ear), c1 = LOAD(d8, ear + 8), c2 = LOAD(d8, ear + 16);
  const d8 d1 = LOAD(d8, ear + 24), d2 = LOAD(d8, ear + 32);
  d8 first = LOAD(d8, memory), second = LOAD(d8, memory + 8), output = LOAD(d8, memory + 16);
  d8 ear1 = LOAD(d8, ear_memory), ear2 = LOAD(d8, ear_memory + 8), heard = LOAD(d8, ear_memory + 16);
  for (long frame = from; frame < to; frame++) {
    d8 entering = {0}, leaving = {0};
    if (frame < frames) {
      entering[0] = left[frame];
      entering[1] = right[frame];
    }
    const d8 input = __builtin_shufflevector(entering, output, 0, 1, 8, 9, 10, 11, 12, 13);
    output = b0 * input + first;
    first = (b1 * input + second) - a1 * output;
    second = b2 * input - a2 * output;
    const float l = (float)output[6], r = (float)output[7];
    if (frame >= 3) {
      left[frame - 3] = l;
      right[frame - 3] = r;
    }
    leaving[0] = l;
    leaving[1] = r;
    const d8 shaped = __builtin_shufflevector(leaving, heard, 0, 1, 8, 9, 10, 11, 12, 13);
    heard = c0 * shaped + ear1;
    ear1 = (c1 * shaped + ear2) - d1 * heard;
    ear2 = c2 * shaped - d2 * heard;
    heard_left[frame - from] = (float)heard[6];
    heard_right[frame - from] = (float)heard[7];
  }
  STORE(memory, first);
  STORE(memory + 8, second);
  STORE(memory + 16, output);
  STORE(ear_memory, ear1);
  STORE(ear_memory + 8, ear2);
  STORE(ear_memory + 16, heard);
}

CLONES float kernel_loudest(const float *left, const float *right, long frames) {
  f16 highest = {0};
  long frame = 0;
  for (; frame + hop <= frames; frame += hop) {
    const f16 l = ABS(LOAD(f16, left + frame)), r = ABS(LOAD(f16, right + frame));
    highest = MAX(highest, MAX(l, r));
  }
  float loudest = 0;
  for (int lane = 0; lane < hop; lane++) loudest = highest[lane] > loudest ? highest[lane] : loudest;
  for (; frame < frames; frame++) {
    const float l = left[frame] < 0 ? -left[frame] : left[frame], r = right[frame] < 0 ? -right[frame] : right[frame];
    loudest = l > loudest ? l : loudest;
    loudest = r > loudest ? r : loudest;
  }
  return loudest;
}

CLONES void kernel_dip(const double *section, double *memory, const float *keep, float *left, float *right, long hops) {
  const double b0 = section[0], b1 = section[1], b2 = section[2], a1 = section[3], a2 = section[4];
  double left1 = memory[0], right1 = memory[1], left2 = memory[2], right2 = memory[3];
  for (long index = 0; index < hops; index++) {
    const float away = 1 - keep[index];
    for (long frame = index * hop; frame < (index + 1) * hop; frame++) {
      const double l = left[frame], r = right[frame];
      const double lBand = b0 * l + left1, rBand = b0 * r + right1;
      left1 = (b1 * l + left2) - a1 * lBand;
      right1 = (b1 * r + right2) - a1 * rBand;
      left2 = b2 * l - a2 * lBand;
      right2 = b2 * r - a2 * rBand;
      left[frame] -= (float)lBand * away;
      right[frame] -= (float)rBand * away;
    }
  }
  memory[0] = left1;
  memory[1] = right1;
  memory[2] = left2;
  memory[3] = right2;
}

static const f16 steps = {0, 1 / 16.f, 2 / 16.f, 3 / 16.f, 4 / 16.f, 5 / 16.f, 6 / 16.f, 7 / 16.f, 8 / 16.f, 9 / 16.f,
                          10 / 16.f, 11 / 16.f, 12 / 16.f, 13 / 16.f, 14 / 16.f, 15 / 16.f};

CLONES void kernel_place(
  const float *left, const float *right, const float *points, const float matrix[4], float *out_left, float *out_right,
  long hops) {
  for (long index = 0; index < hops; index++) {
    const f16 gain = points[index] + steps * (points[index + 1] - points[index]);
    const f16 l = LOAD(f16, left + index * hop) * gain, r = LOAD(f16, right + index * hop) * gain;
    const f16 newLeft = l * matrix[0] + r * matrix[1], newRight = l * matrix[2] + r * matrix[3];
    STORE(out_left + index * hop, newLeft);
    STORE(out_right + index * hop, newRight);
  }
}

CLONES void kernel_ramp(float *channel, const float *points, long hops) {
  for (long index = 0; index < hops; index++) {
    const f16 gain = points[index] + steps * (points[index + 1] - points[index]);
    const f16 changed = LOAD(f16, channel + index * hop) * gain;
    STORE(channel + index * hop, changed);
  }
}

CLONES void kernel_add_rounded(float *sum, const float *channel, float gain, long frames) {
  /* Floats between 8 and 16 are multiples of 2^-20. */
  const float grid = 12;
  for (long frame = 0; frame < frames; frame++) sum[frame] += (channel[frame] * gain + grid) - grid;
}

CLONES void kernel_energies(const float *left, const float *right, float *energies, long hops) {
  for (long index = 0; index < hops; index++) {
    const f16 l = LOAD(f16, left + index * hop), r = LOAD(f16, right + index * hop);
    f16 s = l * l + r * r;
    s += __builtin_shufflevector(s, s, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
    s += __builtin_shufflevector(s, s, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
    energies[index] += (s[0] + s[1]) + (s[2] + s[3]);
  }
}

CLONES void kernel_peaks(const float *taps, long count, const float *channel, float *peaks, long hops) {
  for (long index = 0; index < hops; index++) {
    const float *at = channel + index * hop;
    f16 between[4] = {{0}, {0}, {0}, {0}};
    for (long tap = 0; tap < count; tap++) {
      const f16 x = LOAD(f16, at + count / 2 - tap);
      for (int phase = 0; phase < 4; phase++) between[phase] += x * taps[4 * tap + phase];
    }
    f16 highest = ABS(LOAD(f16, at));
    for (int phase = 0; phase < 4; phase++) highest = MAX(highest, ABS(between[phase]));
    float peak = 0;
    for (int lane = 0; lane < hop; lane++) peak = highest[lane] > peak ? highest[lane] : peak;
    peaks[index] = peak;
  }
}
