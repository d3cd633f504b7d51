import Audio
import Foundation

/// A bass line, one note at a time. The note network hardly hears the lowest fundamentals and takes their harmonics for notes; so pitches
/// are the periods of the waveform, by the normalised square difference (McLeod and Wyvill 2005), and onsets are the network's.
///
/// The bass stem has lost lows to the drums' mask, the accompaniment has them still and other instruments too: a period counts by both.
struct BassLine {
  /// What is written: D1 to G3.
  static let range = 26...55
  /// Samples are 5,512.5 Hz after decimation, a frame is one of the network's.
  private static let decimation = 4
  private static let hop = BasicPitch.hop / decimation
  private static let rate = Double(BasicPitch.sampleRate) / Double(decimation)
  /// 90 ms: two periods of the lowest pitch and a half.
  private static let window = 496
  /// The accompaniment's share of a period's weight.
  private static let accompanimentShare: Float = 0.3
  /// What a higher pitch gains a semitone: half a period fits as well as a whole one.
  private static let shortness: Float = 0.005
  /// What a change of pitch costs, in frames of a perfect period.
  private static let change: Float = 2
  /// Frames between a change of pitch and the onset that it belongs to.
  private static let reach = 5
  /// Frames from the first sound of a pitch to its note, where no onset is heard.
  private static let lag = 3
  /// How sure an onset is that moves a note, and one that divides it.
  private static let onset: Float = 0.4
  /// Decibels below the loud frames at which the bass is silent.
  private static let gate: Float = -30
  /// Semitones above the fundamental where the network hears a bass note begin.
  private static let harmonics = [0, 12, 19, 24, 28, 31]

  /// How long the shortest note is, in frames, and how sure an onset must be to divide a note.
  var least = 8
  var divides: Float = 0.5

  /// - Parameters:
  ///   - stem: the bass alone, mono at 22,050 Hz.
  ///   - accompaniment: all but the voice, as long; nil where the stem is all there is.
  ///   - output: what the network gives for the stem.
  func notes(stem: [Float], accompaniment: [Float]?, _ output: BasicPitch.Output, crew: Crew) throws -> [HeardNote] {
    let own = Self.lowPassed(stem, below: accompaniment == nil ? 600 : 500)
    let frames = own.count / Self.hop
    guard frames > 2, output.frames > 2 else { return [] }
    var periods = try Self.periods(of: own, frames: frames, crew: crew)
    if let accompaniment {
      let others = try Self.periods(of: Self.lowPassed(accompaniment, below: 250), frames: frames, crew: crew)
      for index in periods.indices {
        periods[index] = (1 - Self.accompanimentShare) * periods[index] + Self.accompanimentShare * (index < others.count ? others[index] : 0)
      }
    }
    let path = Self.path(through: periods, frames: frames)
    let onsets = Self.onsets(output, frames: frames)
    let isActive = Self.activity(of: own, frames: frames)
    var notes: [HeardNote] = []
    var start = 0
    while start < frames {
      var end = start
      while end < frames, path[end] == path[start] { end += 1 }
      notes += divided(start..<end, pitch: path[start], onsets: onsets, isActive: isActive, periods: periods)
      start = end
    }
    return notes
  }

  /// The notes of a stretch of one pitch: from the onset that begins it, and from each that divides it.
  private func divided(_ stretch: Range<Int>, pitch: Int, onsets: [Float], isActive: [Bool], periods: [Float]) -> [HeardNote] {
    let pitches = Self.range.count
    let frames = isActive.count
    func onset(_ frame: Int) -> Float { onsets[frame * pitches + pitch] }
    let peaks = (max(1, stretch.lowerBound - Self.reach)..<max(1, min(stretch.upperBound, frames - 1))).filter { frame in
      onset(frame) >= Self.onset && onset(frame) > onset(frame - 1) && onset(frame) >= onset(frame + 1)
    }
    let first = peaks.prefix { $0 <= stretch.lowerBound + Self.reach }.max { onset($0) < onset($1) } ?? stretch.lowerBound + Self.lag
    var starts = [first]
    for peak in peaks where peak >= starts[starts.count - 1] + least && peak > first + 5 && onset(peak) >= divides { starts.append(peak) }
    return starts.enumerated().compactMap { index, from in
      var to = index + 1 < starts.count ? starts[index + 1] : stretch.upperBound
      guard to - from >= least, (from..<to).count(where: { isActive[$0] }) * 2 >= to - from else { return nil }
      while to > from + 1, !isActive[to - 1] { to -= 1 }
      let mean = (from..<to).reduce(Float(0)) { $0 + periods[$1 * pitches + pitch] } / Float(to - from)
      return HeardNote(
        startFrame: from, endFrame: to, start: Self.seconds(from), end: Self.seconds(to), midi: Self.range.lowerBound + pitch,
        amplitude: Double(min(max(mean, 0), 1)))
    }
  }

  private static func seconds(_ frame: Int) -> Double { Double(frame * BasicPitch.hop) / Double(BasicPitch.sampleRate) }

  /// Every fourth sample below a frequency: a Butterworth filter of second order there and back, so that nothing is delayed.
  private static func lowPassed(_ samples: [Float], below frequency: Double) -> [Float] {
    let warped = tan(.pi * frequency / Double(BasicPitch.sampleRate))
    let scale = 1 / (1 + 2.0.squareRoot() * warped + warped * warped)
    let gain = warped * warped * scale
    let (a1, a2) = (2 * (warped * warped - 1) * scale, (1 - 2.0.squareRoot() * warped + warped * warped) * scale)
    func filtered(_ input: some Sequence<Double>) -> [Double] {
      var (x1, x2, y1, y2) = (0.0, 0.0, 0.0, 0.0)
      return input.map { x in
        let y = gain * (x + 2 * x1 + x2) - a1 * y1 - a2 * y2
        (x2, x1, y2, y1) = (x1, x, y1, y)
        return y
      }
    }
    let back = filtered(filtered(samples.lazy.map { $0.isFinite ? Double($0) : 0 }).reversed())
    return stride(from: 0, to: back.count, by: decimation).map { Float(back[back.count - 1 - $0]) }
  }

  /// How well each pitch's period fits each frame, -1...1: [frames x pitches].
  private static func periods(of samples: [Float], frames: Int, crew: Crew) throws -> [Float] {
    let lags = range.map { rate / (440 * pow(2, Double($0 - 69) / 12)) }
    let longest = Int(lags[0]) + 2
    let padded = [Float](repeating: 0, count: window / 4) + samples + [Float](repeating: 0, count: window + longest + hop)
    var squares = [0.0]
    squares.reserveCapacity(padded.count + 1)
    for sample in padded { squares.append(squares[squares.count - 1] + Double(sample * sample)) }
    let chunk = 256
    let sums = squares
    let parts = try crew.map((frames + chunk - 1) / chunk) { part -> [Float] in
      var values: [Float] = []
      for frame in part * chunk..<min(frames, (part + 1) * chunk) {
        let start = frame * hop
        guard start + window + longest < padded.count else {
          values += [Float](repeating: 0, count: lags.count)
          continue
        }
        func likeness(_ lag: Int) -> Float {
          var sum: Float = 0
          for index in start..<start + window { sum += padded[index] * padded[index + lag] }
          let energy = sums[start + window] - sums[start] + sums[start + window + lag] - sums[start + lag]
          return energy > 1e-9 ? Float(2 * Double(sum) / energy) : 0
        }
        for lag in lags {
          let whole = Int(lag)
          let rest = Float(lag - Double(whole))
          values.append((1 - rest) * likeness(whole) + rest * likeness(whole + 1))
        }
      }
      return values
    }
    return parts.flatMap { $0 }
  }

  /// The line of pitches that fits best and changes no more than it must: one a frame, from 0 (Viterbi 1967).
  private static func path(through periods: [Float], frames: Int) -> [Int] {
    let pitches = range.count
    var scores = [Float](repeating: 0, count: pitches)
    var from = [UInt8](repeating: 0, count: frames * pitches)
    for frame in 0..<frames {
      let best = scores.indices.max { scores[$0] < scores[$1] } ?? 0
      let moved = scores[best] - change
      for pitch in 0..<pitches {
        let stays = scores[pitch] >= moved
        from[frame * pitches + pitch] = UInt8(stays ? pitch : best)
        scores[pitch] = (stays ? scores[pitch] : moved) + periods[frame * pitches + pitch] + shortness * Float(pitch)
      }
    }
    var pitch = scores.indices.max { scores[$0] < scores[$1] } ?? 0
    var path = [Int](repeating: 0, count: frames)
    for frame in (0..<frames).reversed() {
      path[frame] = pitch
      pitch = Int(from[frame * pitches + pitch])
    }
    return path
  }

  /// How sure the network is that a pitch begins, by itself or by a harmonic: [frames x pitches], in the time of the samples.
  private static func onsets(_ output: BasicPitch.Output, frames: Int) -> [Float] {
    let pitches = range.count
    var onsets = [Float](repeating: 0, count: frames * pitches)
    var heard = 0
    for frame in 0..<frames {
      while heard + 1 < output.frames, BasicPitch.seconds(heard) < seconds(frame) { heard += 1 }
      for pitch in 0..<pitches {
        for harmonic in harmonics {
          let key = range.lowerBound + pitch + harmonic - 21
          guard key >= 0, key < BasicPitch.pitches else { continue }
          onsets[frame * pitches + pitch] = max(onsets[frame * pitches + pitch], output.onset[heard * BasicPitch.pitches + key])
        }
      }
    }
    return onsets
  }

  /// Whether the bass sounds in each frame.
  private static func activity(of samples: [Float], frames: Int) -> [Bool] {
    let levels = (0..<frames).map { frame -> Float in
      let stretch = max(0, frame * hop - window / 4)..<min(samples.count, frame * hop + 3 * window / 4)
      let square = stretch.reduce(Float(0)) { $0 + samples[$1] * samples[$1] } / Float(window)
      return 10 * log10(square + 1e-12)
    }
    let loud = levels.sorted()[min(frames - 1, frames * 95 / 100)]
    return levels.map { $0 > max(loud + gate, -90) }
  }
}

extension NoteListener {
  /// The line of a bass.
  /// - Parameters:
  ///   - samples: the bass alone, mono at 22,050 Hz.
  ///   - accompaniment: all but the voice, as long; nil where the bass is all there is.
  func bass(in samples: [Float], accompaniment: [Float]?, _ line: BassLine, crew: Crew) throws -> [HeardNote] {
    try line.notes(stem: samples, accompaniment: accompaniment, network(samples, crew: crew), crew: crew)
  }
}

extension BassLine {
  /// As asked for; what the request leaves open is what suits a bass.
  init(_ thresholds: NoteEvents.Thresholds, isOnsetAsked: Bool, isLeastAsked: Bool) {
    self.init()
    if isOnsetAsked { divides = max(Self.onset, thresholds.onset) }
    if isLeastAsked { least = thresholds.least }
  }
}
