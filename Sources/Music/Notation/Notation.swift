/// A score as it is written down: onsets and lengths on the grid of notes that have a name, cut at bar lines, with ties
/// and triplets. What a player does beyond that (early releases, ringing strings, lateness) isn't written.
///
/// A part is one line of chords and rests: a note that still sounds when the next one starts is written up to there.
struct Notation {
  /// A written note, chord or rest. Lengths add up to full bars.
  struct Element: Hashable {
    var startTick: Int
    var durationTicks: Int
    /// Which of the part's notes are written here, lowest first; none for a rest.
    var notes: [Int]
    /// Whether it continues the element before it (the later ones of tied notes).
    var isContinuation = false
    /// Whether a tie leads to the next element.
    var isTied = false
    /// Whether it belongs to a quarter beat in triplets: written one and a half times as long.
    var isTriplet = false

    var isRest: Bool { notes.isEmpty }
    /// The length of the note value that is written.
    var writtenTicks: Int { isTriplet ? durationTicks * 3 / 2 : durationTicks }
  }

  let score: Score
  var barTicks: Int { max(score.meter.ticksPerBar, 1) }
  /// Bars of the score, the last of them perhaps not full in a sample's score.
  var barCount: Int { max(1, (score.lengthTicks + barTicks - 1) / barTicks) }

  /// The bars of a part.
  /// - Parameter cuts: ticks at which an element must begin, because something else is written there (a chord, a tempo).
  func bars(of part: Part, cuts: [Int] = []) -> [[Element]] {
    let limit = barCount * barTicks
    let triplets = tripletBeats(of: part, limit: limit)
    let events = self.events(of: part, triplets: triplets, limit: limit)
    let sortedCuts = Set(cuts).sorted()
    var bars = [[Element]](repeating: [], count: barCount)
    var now = 0
    func write(_ start: Int, _ end: Int, _ notes: [Int]) {
      var isFirst = true
      for piece in pieces(start, end, triplets: triplets, cuts: sortedCuts, isRest: notes.isEmpty) {
        let element = Element(
          startTick: piece.lowerBound, durationTicks: piece.count, notes: notes,
          isContinuation: !isFirst && !notes.isEmpty, isTied: piece.upperBound < end && !notes.isEmpty,
          isTriplet: triplets.contains(piece.lowerBound / Score.ticksPerQuarter))
        bars[piece.lowerBound / barTicks].append(element)
        isFirst = false
      }
    }
    for event in events {
      if event.start > now { write(now, event.start, []) }
      write(event.start, event.end, event.notes)
      now = event.end
    }
    if now < limit { write(now, limit, []) }
    return bars
  }

  /// Where each of the part's notes is written, by its place in the part; nil for notes outside the score.
  func writtenSpans(of part: Part) -> [Range<Int>?] {
    var spans = [Range<Int>?](repeating: nil, count: part.notes.count)
    let limit = barCount * barTicks
    for event in events(of: part, triplets: tripletBeats(of: part, limit: limit), limit: limit) {
      for note in event.notes { spans[note] = event.start..<event.end }
    }
    return spans
  }

  private struct Event {
    var start: Int
    var end: Int
    var notes: [Int]
  }

  /// Quarter beats whose onsets fit three in the time of two better than powers of two.
  private func tripletBeats(of part: Part, limit: Int) -> Set<Int> {
    var errors: [Int: (binary: Int, triplet: Int)] = [:]
    for note in part.notes where note.startTick >= 0 && note.startTick < limit {
      let place = note.startTick % Score.ticksPerQuarter
      let beat = note.startTick / Score.ticksPerQuarter
      let old = errors[beat] ?? (0, 0)
      errors[beat] = (old.binary + Self.distance(place, 120), old.triplet + Self.distance(place, 160))
    }
    return Set(errors.filter { $0.value.triplet * 2 < $0.value.binary }.keys)
  }

  private static func distance(_ tick: Int, _ grid: Int) -> Int { min(tick % grid, grid - tick % grid) }

  private func events(of part: Part, triplets: Set<Int>, limit: Int) -> [Event] {
    var groups: [Int: [Int]] = [:]
    for (index, note) in part.notes.enumerated() where note.startTick >= 0 && note.startTick < limit {
      let beat = note.startTick / Score.ticksPerQuarter
      let grid = triplets.contains(beat) ? 160 : 120
      let onset = min((note.startTick + grid / 2) / grid * grid, limit - grid)
      groups[onset, default: []].append(index)
    }
    let onsets = groups.keys.sorted()
    return onsets.enumerated().map { place, onset in
      let notes = (groups[onset] ?? []).sorted {
        (part.notes[$0].pitch.midi, $0) < (part.notes[$1].pitch.midi, $1)
      }
      let next = place + 1 < onsets.count ? onsets[place + 1] : limit
      let sounding = notes.map { min(part.notes[$0].startTick + min(part.notes[$0].durationTicks, limit), limit) }
      var end = written(end: sounding.max() ?? next, of: onset, next: next, triplets: triplets)
      if part.playsDrumKit {
        // A stroke has no length: it is written up to the next one in its beat.
        end = min(next, (onset / Score.ticksPerQuarter + 1) * Score.ticksPerQuarter)
      }
      return Event(start: onset, end: end, notes: notes)
    }
  }

  /// Where a note is written to end: on the grid, without a short rest that only says how it was played.
  private func written(end: Int, of onset: Int, next: Int, triplets: Set<Int>) -> Int {
    let quarter = Score.ticksPerQuarter
    let startsInTriplet = triplets.contains(onset / quarter)
    var grid = startsInTriplet ? 160 : onset % 480 == 0 ? 480 : onset % 240 == 0 ? 240 : 120
    var result = max(onset + grid, (end - 60 + grid - 1) / grid * grid)
    if triplets.contains(result / quarter) != startsInTriplet, result % quarter != 0 {
      grid = quarter
      result = (result + grid - 1) / grid * grid
    }
    if result >= next { return next }
    return next - result <= 240 && result - onset >= 480 ? next : result
  }

  /// Cuts a span into lengths that a single note value can have, at bar lines and where the metre wants to be seen.
  private func pieces(_ start: Int, _ end: Int, triplets: Set<Int>, cuts: [Int], isRest: Bool) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var now = start
    while now < end {
      var stop = min(end, (now / barTicks + 1) * barTicks)
      if let cut = Self.first(in: cuts, after: now), cut < stop { stop = cut }
      let beat = now / Score.ticksPerQuarter
      if triplets.contains(beat) {
        stop = min(stop, (beat + 1) * Score.ticksPerQuarter)
        stop = now + Self.longestValue(atMost: (stop - now) * 3 / 2) * 2 / 3
      } else {
        if !triplets.isEmpty, let triplet = (beat + 1..<max(beat + 2, stop / Score.ticksPerQuarter + 1))
          .first(where: { triplets.contains($0) }) {
          stop = min(stop, triplet * Score.ticksPerQuarter)
        }
        stop = metricStop(now, stop, isRest: isRest)
      }
      result.append(now..<max(stop, now + 1))
      now = max(stop, now + 1)
    }
    return result
  }

  private func metricStop(_ start: Int, _ end: Int, isRest: Bool) -> Int {
    let place = start % barTicks
    let length = end - start
    if place == 0, length == barTicks, isRest || Self.isValue(length) { return end }
    let group = score.meter.isCompound ? 1440 : score.meter.beats % 2 == 0 ? 1920 : barTicks
    let isWithinGroup = place / group == (place + length - 1) / group
    let startsOnBeat = place % score.meter.ticksPerFeltBeat == 0
    if Self.isValue(length), startsOnBeat || isWithinGroup,
      isWithinGroup || place % group == 0 || !score.meter.isCompound && length == 1920,
      !isRest || startsOnBeat || place / 960 == (place + length - 1) / 960 {
      return end
    }
    let groupEnd = start - place % group + group
    if groupEnd < end { return place % group == 0 ? start + Self.longestValue(atMost: (end - start) / group * group) : metricStop(start, groupEnd, isRest: isRest) }
    let beatTicks = score.meter.ticksPerFeltBeat
    let beatEnd = start - place % beatTicks + beatTicks
    if !startsOnBeat, beatEnd < end { return metricStop(start, beatEnd, isRest: isRest) }
    return start + Self.longestValue(atMost: length)
  }

  private static func first(in sorted: [Int], after tick: Int) -> Int? {
    var low = 0
    var high = sorted.count
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] <= tick { low = middle + 1 } else { high = middle }
    }
    return low < sorted.count ? sorted[low] : nil
  }

  /// Plain and dotted note values, longest first, in ticks.
  static let values = [5760, 3840, 2880, 1920, 1440, 960, 720, 480, 360, 240, 180, 120, 90, 60, 30]

  static func isValue(_ ticks: Int) -> Bool { values.contains(ticks) }

  /// The longest note value that fits; what is shorter than any is given back as it is.
  static func longestValue(atMost ticks: Int) -> Int { values.first { $0 <= ticks } ?? ticks }
}
