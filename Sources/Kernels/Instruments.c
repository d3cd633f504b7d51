#include "Instruments.h"
#include "Vectors.h"

enum { block = 16 };

static const f16 counts = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

/* x without its whole part, for x >= 0. */
#define FRACTION(x) ({ f16 whole = __builtin_convertvector(__builtin_convertvector((x), i16), f16); (x) - whole; })

/* The phase after a block. */
static inline float moved(float phase, float increment) {
  const float after = phase + increment * block;
  return after - (float)(int)after;
}

CLONES void kernel_saws(
  const float *increments, const float *gains, long voices, float *phases, float *left, float *right, long blocks) {
  const f16 zero = {0};
  for (long index = 0; index < blocks; index++) {
    f16 l = zero, r = zero;
    for (long voice = 0; voice < voices; voice++) {
      const float increment = increments[voice], inverse = 1 / increment;
      const f16 turned = phases[voice] + counts * increment;
      const f16 phase = FRACTION(turned);
      const f16 rising = phase * inverse, falling = (phase - 1) * inverse;
      const f16 after = SELECT(phase < increment, rising + rising - rising * rising - 1, zero);
      const f16 before = SELECT(phase > 1 - increment, falling * falling + falling + falling + 1, zero);
      const f16 saw = phase + phase - 1 - after - before;
      l += saw * gains[voice];
      r += saw * gains[voices + voice];
      phases[voice] = moved(phases[voice], increment);
    }
    STORE(left + index * block, l);
    STORE(right + index * block, r);
  }
}

CLONES void kernel_squares(const float *increments, float gain, long voices, float *phases, float *channel, long blocks) {
  for (long index = 0; index < blocks; index++) {
    f16 sum = {0};
    for (long voice = 0; voice < voices; voice++) {
      const f16 turned = phases[voice] + counts * increments[voice];
      const f16 phase = FRACTION(turned);
      const f16 up = {gain, gain, gain, gain, gain, gain, gain, gain, gain, gain, gain, gain, gain, gain, gain, gain};
      sum += SELECT(phase < 0.5f, -up, up);
      phases[voice] = moved(phases[voice], increments[voice]);
    }
    STORE(channel + index * block, sum);
  }
}

/* A factor's powers from 0 to 16. */
static inline void powers(float factor, float *to) {
  to[0] = 1;
  for (int frame = 0; frame < block; frame++) to[frame + 1] = to[frame] * factor;
}

CLONES void kernel_skin(const float settings[5], float state[3], float *channel, long blocks) {
  const float step = settings[0], sweep = settings[1], drive = settings[4];
  float swept[block + 1], faded[block + 1], summed[block];
  powers(settings[2], swept);
  powers(settings[3], faded);
  float sum = 0;
  for (int frame = 0; frame < block; frame++) summed[frame] = sum += swept[frame];
  const f16 distance = LOAD(f16, summed), amplitude = LOAD(f16, faded);
  float phase = state[0], left = state[1], loudness = state[2];
  for (long index = 0; index < blocks; index++) {
    const f16 turned = phase + counts * step + distance * (sweep * left);
    /* The sine as in Waves.sine: half a turn off, folded to a quarter on each side. */
    f16 x = FRACTION(turned) - 0.5f;
    x = SELECT(x > 0.25f, 0.5f - x, SELECT(x < -0.25f, -0.5f - x, x));
    const f16 t = x * 6.28318531f, t2 = t * t;
    const f16 sine = -t * (1 + t2 * (-0.16666655f + t2 * (0.00833216f + t2 * -0.00019515f)));
    const f16 driven = sine * (amplitude * (loudness * drive));
    const f16 high = {3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3};
    const f16 limited = MAX(MIN(driven, high), -high), square = limited * limited;
    const f16 sample = limited * (27 + square) / (27 + 9 * square);
    STORE(channel + index * block, sample);
    const float after = phase + step * block + summed[block - 1] * (sweep * left);
    phase = after - (float)(int)after;
    left *= swept[block];
    loudness *= faded[block];
  }
  state[0] = phase;
  state[1] = left;
  state[2] = loudness;
}
