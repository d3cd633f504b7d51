import Audio
import Glibc
import Music

/// One song on the desk: what is decided about each of its parts.
struct MixSession: Sendable {
  let profile: MixProfile
  let score: Score
  let frames: Int
  /// The part that the others make room for: the first with a tune in it, sung if there is one.
  let lead: Int?
  /// The part whose dynamics all drums share, so that the kit stays one kit.
  let kit: Int?
  private let bassDuck: GainCurve?
  private let harmonyDuck: GainCurve?

  /// How far the lead pushes the middle of a part down, in decibels: twice as far where there are words to be understood.
  private func yields(_ index: Int) -> Double {
    guard let lead, index != lead, !score.parts[index].isSung else { return 0 }
    let role = score.parts[index].role
    let usual = ChannelStrip(role: role).yieldsToLead
    guard score.parts[lead].isSung else { return usual }
    return [.drums, .percussion, .melody].contains(role) ? 3 : 2 * usual
  }

  /// What is made known about the lead and the kit to those who mix the other parts.
  struct Lead: Sendable {
    /// How much it is there in each hop, 0...1.
    var activity: [Float]
  }

  /// The settings of one part's channel.
  struct Channel: Sendable {
    var gain: GainCurve
    /// What the lead does where this part must make room for it.
    var lead: Lead?
    var send: Float
    var delaySend: Float?
  }

  init(profile: MixProfile, score: Score, frames: Int) {
    self.profile = profile
    self.score = score
    self.frames = frames
    func first(_ role: Part.Role) -> Int? {
      score.parts.indices.first { score.parts[$0].role == role && !score.parts[$0].notes.isEmpty }
    }
    lead = first(.vocal) ?? first(.melody)
    kit = first(.drums) ?? first(.percussion)
    let kicks = Ducking.kicks(in: score, frames: frames)
    let beat = 60 / max(score.tempo.first?.quartersPerMinute ?? 120, 30)
    func duck(_ decibels: Double) -> GainCurve? {
      guard decibels > 0, !kicks.isEmpty else { return nil }
      return Ducking.byKick(kicks, decibels: decibels, releaseSeconds: min(0.28, 0.55 * beat), frames: frames)
    }
    bassDuck = duck(profile.kickDucksBass)
    harmonyDuck = duck(profile.kickDucksHarmony)
  }

  func space(of role: Part.Role) -> Reverb.Space {
    ChannelStrip(role: role).usesDrumSpace ? profile.drumSpace : profile.space
  }

  /// All spaces that the song's parts stand in.
  var spaces: [Reverb.Space] {
    score.parts.reduce(into: []) { spaces, part in
      let space = space(of: part.role)
      if !spaces.contains(space) { spaces.append(space) }
    }
  }

  /// The loudness of a part where it plays; nil for silence.
  func loudness(of index: Int, _ energies: Energies) -> Double? {
    // K-weighting is nearly deaf to a sub bass, which the loudspeakers are not.
    Energies.loudness(weighted: score.parts[index].role == .bass ? energies.plain : energies.weighted)
  }

  /// What the compressor does to a part.
  func compression(of index: Int, _ energies: Energies, loudness: Double) -> GainCurve {
    let role = score.parts[index].role
    var compressor = ChannelStrip(role: role).compressor
    compressor.ratio = 1 + (compressor.ratio - 1) * profile.compression
    return compressor.curve(energies: energies.plain, loudness: loudness, frames: frames)
  }

  /// Level, dynamics and place of a part.
  func channel(for index: Int, loudness: Double, dynamics: GainCurve, lead: Lead?) -> Channel {
    let part = score.parts[index]
    let strip = ChannelStrip(role: part.role)
    let wanted = Mixer.targetLoudness - 6 + (profile.levels[part.role] ?? 0) + part.gainDecibels
    var gain = dynamics
    gain.multiply(by: factor(decibels: min(max(wanted - loudness, -40), 36)))
    switch part.role {
    case .bass: if let bassDuck { gain.multiply(by: bassDuck) }
    case .chords, .pad, .arpeggio: if let harmonyDuck { gain.multiply(by: harmonyDuck) }
    default: break
    }
    let isLead = part.role == .vocal || part.role == .melody
    return Channel(
      gain: gain, lead: yields(index) > 0 ? lead : nil,
      send: Float(strip.reverbSend * profile.wetness),
      delaySend: isLead ? profile.leadDelayDecibels.map { factor(decibels: $0) } : nil)
  }

  // MARK: Placement

  private static let block = 256 * Hops.frames

  /// Applies a channel's settings to a part and adds it to the buses.
  /// - Parameter step: called for each second of sound.
  func place(_ stem: StereoBuffer, _ channel: Channel, index: Int, on buses: Buses, step: () throws -> Void) throws {
    let part = score.parts[index]
    let strip = ChannelStrip(role: part.role)
    let space = space(of: part.role)
    let quarter = 60 / max(score.tempo.first?.quartersPerMinute ?? 120, 30)
    var delay = channel.delaySend.map { _ in TempoDelay(seconds: min(quarter * 0.75, 0.95), feedback: 0.32) }
    var dip = DynamicDip(.bandPass(2300, q: 0.6))
    let depth = 1 - factor(decibels: -yields(index))
    let keep = channel.lead.map { lead in lead.activity.map { 1 - depth * $0 } }
    var output = StereoBuffer(frames: Self.block)
    // After so much silence echoes and filters have died away too.
    let ringing = delay == nil ? 2 * Self.block : 48_000 * 12
    var quiet = ringing
    var secondsDone = 0
    let matrix = Self.matrix(width: strip.width, pan: part.pan)

    for start in stride(from: 0, to: frames, by: Self.block) {
      let count = min(Self.block, frames - start)
      let left = stem.left.span.extracting(start..<start + count)
      let right = stem.right.span.extracting(start..<start + count)
      quiet = Hops.loudest(left, right) < 1e-7 ? quiet + count : 0
      if quiet < ringing {
        let first = start / Hops.frames
        let hops = Hops.count(in: count) * Hops.frames
        if hops < output.frames { output = StereoBuffer(frames: hops) }
        // The last hop may be partly filled.
        let padding = [Float](repeating: 0, count: hops - count)
        let ending = padding.isEmpty ? nil : StereoBuffer(left: stem.left[start...] + padding, right: stem.right[start...] + padding)
        output.withChannels { outLeft, outRight in
          if let ending {
            Hops.place(
              ending.left.span, ending.right.span, along: channel.gain.points, from: first, matrix: matrix, into: &outLeft, &outRight)
          } else {
            Hops.place(left, right, along: channel.gain.points, from: first, matrix: matrix, into: &outLeft, &outRight)
          }
          if let keep { dip.process(&outLeft, &outRight, keep: keep, from: first) }
          if let send = channel.delaySend { delay?.process(&outLeft, &outRight, send: send) }
        }
        buses.add(output, at: start, send: channel.send, to: space)
      }
      while secondsDone < Self.seconds(in: start + count) {
        try step()
        secondsDone += 1
      }
    }
    while secondsDone < Self.seconds(in: frames) + 1 {
      try step()
      secondsDone += 1
    }
  }

  /// Steps that `place` counts.
  var placementSteps: Int { Self.seconds(in: frames) + 1 }

  private static func seconds(in frames: Int) -> Int { frames / 48_000 }

  /// Width and place as a mixture of the channels: equal power, 1 in the middle; a part is never quite gone on one
  /// side.
  private static func matrix(width: Float, pan: Double) -> SIMD4<Float> {
    let angle = (min(max(pan, -1), 1) * 0.8 + 1) * .pi / 4
    let left = Float(cos(angle) * 2.0.squareRoot())
    let right = Float(sin(angle) * 2.0.squareRoot())
    let (same, other) = ((1 + width) / 2, (1 - width) / 2)
    return SIMD4(left * same, left * other, right * other, right * same)
  }
}
