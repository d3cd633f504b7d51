/// How one stroke on a sampled drum differs from the next, so that a row of equal ones doesn't sound like a machine:
/// a little harder or softer, tighter or looser, brighter or duller. The same for the same stroke of the same song.
struct StrokeVariation {
  /// Steps of MIDI velocity, at most 5 either way.
  let velocity: Int
  /// At most 10 either way.
  let cents: Float
  /// Of the filter that darkens soft strokes: up to 500 down.
  let filterCents: Float

  init(of note: Performance.Note) {
    var noise = Noise(seed: note.index &* 104_729 &+ note.key)
    _ = noise.next()
    // Right and left hand take turns: the left is the weaker.
    let hand: Float = note.index % 2 == 0 ? 1 : -1
    velocity = Int((2 * hand + 3 * noise.next()).rounded())
    cents = 3 * hand + 7 * noise.next()
    filterCents = -250 + 100 * hand + 150 * noise.next()
  }
}
