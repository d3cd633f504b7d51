import Glibc

/// The pitch of a sung line at each moment: notes with glides, vibrato, scoops and drift (`singer.md` 4.5). Short notes
/// reach their pitch.
public struct PitchCurve: Sendable, Hashable {
  /// How a singer plays around the notes.
  public struct Manner: Sendable, Hashable {
    /// Longest glide in seconds: 0.09; ballads have up to 0.11 between notes of 0.6 s or more.
    public var longestGlide = 0.09
    /// Hertz.
    public var vibratoRate = 5.4
    /// Semitones to each side; 0 for none.
    public var vibratoDepth = 0.3
    /// Semitones by which longer notes are approached from below.
    public var scoop = 0.3
    /// Standard deviation of a slow drift, in semitones.
    public var drift = 0.03
    /// Semitones added to everything: doubles are some cents beside the lead.
    public var detune = 0.0

    public init() {}
  }

  private struct Piece: Sendable, Hashable {
    let note: SungNote
    /// Whether a syllable starts here; further notes of a melisma are slurred.
    let startsSyllable: Bool
    let glideStart: Double
    let glideSeconds: Double
    var length: Double { note.endSeconds - note.startSeconds }
  }

  private let pieces: [Piece]
  private let manner: Manner
  /// Semitones every 0.15 s.
  private let drift: [Double]
  private static let driftSeconds = 0.15
  /// The stream of `HashNoise` that drift comes from.
  private static let driftStream = 10
  /// Sums of beats fall a little short of half a second.
  private static let tolerance = 1e-6

  public init(_ line: SungLine, manner: Manner, seed: UInt32) {
    self.manner = manner
    var pieces: [Piece] = []
    for notes in line.syllables {
      for (index, note) in notes.enumerated() {
        var glide = 0.03
        if let previous = pieces.last?.note {
          let gap = note.startSeconds - previous.startSeconds
          let length = note.endSeconds - note.startSeconds
          let longest = gap >= 0.6 && length >= 0.6 ? manner.longestGlide : min(manner.longestGlide, 0.09)
          glide = min(max(0.3 * min(gap, length), 0.03), longest)
        }
        pieces.append(
          Piece(
            note: note, startsSyllable: index == 0, glideStart: note.startSeconds - 0.8 * glide, glideSeconds: glide))
      }
    }
    self.pieces = pieces
    let noise = HashNoise(seed: seed)
    drift = (0..<Int(line.durationSeconds / Self.driftSeconds) + 2).map {
      manner.drift * Double(noise(stream: Self.driftStream, sample: $0))
    }
  }

  /// The pitch as a MIDI number with fractions.
  /// - Complexity: O(number of notes).
  public func pitch(at time: Double) -> Double {
    guard var pitch = pieces.first?.note.pitch else { return 60 }
    for (index, piece) in pieces.enumerated() where index > 0 && time >= piece.glideStart {
      let from = pieces[index - 1].note.pitch
      let way = min(max((time - piece.glideStart) / piece.glideSeconds, 0), 1)
      pitch = from + (piece.note.pitch - from) * (0.5 - 0.5 * cos(.pi * way))
    }
    for piece in pieces where piece.startsSyllable && piece.length >= 0.35 - Self.tolerance {
      let since = time - piece.note.startSeconds
      guard since >= -0.02, since < 0.08 else { continue }
      let rest = 1 - min(max(since / 0.08, 0), 1)
      pitch -= manner.scoop * rest * rest
    }
    let vibrato = vibrato(at: time)
    return pitch + manner.vibratoDepth * vibrato.depth * sin(vibrato.angle) + drift(at: time) + manner.detune
  }

  /// How far the vibrato has come up, 0 ... 1, and where in its turn it is.
  func vibrato(at time: Double) -> (depth: Double, angle: Double) {
    for piece in pieces where time > piece.note.startSeconds && time < piece.note.endSeconds {
      guard piece.length >= 0.5 - Self.tolerance else { return (0, 0) }
      let since = time - piece.note.startSeconds
      let depth = min(max((since - 0.25) / 0.3, 0), 1) * min(max((piece.note.endSeconds - time) / 0.06, 0), 1)
      return (depth, 2 * .pi * manner.vibratoRate * since)
    }
    return (0, 0)
  }

  private func drift(at time: Double) -> Double {
    let position = max(time, 0) / Self.driftSeconds
    let index = Int(position)
    guard index + 1 < drift.count else { return drift.last ?? 0 }
    return drift[index] + (drift[index + 1] - drift[index]) * (position - Double(index))
  }

  /// Hertz in each 5-ms frame, 0 where unvoiced.
  public func hertz(voiced isVoiced: [Bool]) -> [Double] {
    isVoiced.indices.map {
      isVoiced[$0] ? Singer.hertz(ofPitch: pitch(at: Double($0) * VoiceSpectra.framePeriod)) : 0
    }
  }
}
