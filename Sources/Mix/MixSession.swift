import Audio
import Glibc
import Music

/// One song on the desk: what is the same for all its stems.
struct MixSession: Sendable {
  let profile: MixProfile
  let score: Score
  let frames: Int

  /// Frames between two reports of progress.
  private static let stretchFrames = 48_000 * 8
  var stretches: Int { frames / Self.stretchFrames + 1 }

  /// The settings of one stem's channel.
  struct Channel: Sendable {
    var gain: GainCurve
    /// For the band that the leading part needs; nil where this one needn't yield.
    var band: GainCurve?
    var isSilent: Bool
    var send: Float
    var delaySend: Float?
  }

  // MARK: Tone

  /// Filters a stem in place and measures it on the way.
  func shapeTone(of stem: inout StereoBuffer, index: Int, step: () throws -> Void) throws -> Energies {
    let equalizer = ChannelStrip(role: score.parts[index].role).equalizer
    let weighting = Equalizer(Biquad.kWeighting)
    var plainSums = [Float](repeating: 0, count: GainCurve.hops(in: frames))
    var weightedSums = plainSums
    var steps = 0
    try stem.withChannels { left, right in
      var tone = Equalizer.State()
      var ear = Equalizer.State()
      let lag = Equalizer.lag
      var plain = plainSums.mutableSpan
      var weighted = weightedSums.mutableSpan
      for start in stride(from: 0, to: frames + lag, by: Self.stretchFrames) {
        for frame in start..<min(start + Self.stretchFrames, frames + lag) {
          let shaped = tone.advance(frame < frames ? SIMD2(left[frame], right[frame]) : SIMD2(0, 0), equalizer)
          guard frame >= lag else { continue }
          let position = frame - lag
          left[position] = shaped.x
          right[position] = shaped.y
          // Heard three frames late: nothing for a measure over tenths of seconds.
          let heard = ear.advance(shaped, weighting)
          plain[position / GainCurve.hop] += (shaped * shaped).sum()
          weighted[position / GainCurve.hop] += (heard * heard).sum()
        }
        if steps < stretches {
          try step()
          steps += 1
        }
      }
    }
    while steps < stretches {
      try step()
      steps += 1
    }
    return Energies(plain: plainSums, weighted: weightedSums)
  }

  // MARK: Decisions

  /// Levels and dynamics of all stems, from what was measured.
  func settings(for measured: [Energies]) -> [Channel] {
    let loudness = zip(score.parts, measured).map { part, energies in
      // K-weighting is nearly deaf to a sub bass, which the loudspeakers are not.
      Energies.loudness(weighted: part.role == .bass ? energies.plain : energies.weighted)
    }
    let kicks = Ducking.kicks(in: score, frames: frames)
    let beat = 60 / max(score.tempo.first?.quartersPerMinute ?? 120, 30)
    func duck(_ decibels: Double) -> GainCurve? {
      guard decibels > 0, !kicks.isEmpty else { return nil }
      return Ducking.byKick(kicks, decibels: decibels, releaseSeconds: min(0.28, 0.55 * beat), frames: frames)
    }
    let bassDuck = duck(profile.kickDucksBass)
    let harmonyDuck = duck(profile.kickDucksHarmony)
    let lead = score.parts.indices.first { score.parts[$0].role == .vocal && loudness[$0] != nil }
      ?? score.parts.indices.first { score.parts[$0].role == .melody && loudness[$0] != nil }
    let drums = busCompression(of: measured, loudness: loudness)

    return score.parts.indices.map { index in
      let part = score.parts[index]
      let strip = ChannelStrip(role: part.role)
      guard let own = loudness[index] else {
        return Channel(
          gain: GainCurve(frames: frames, gain: 0), band: nil, isSilent: true, send: 0, delaySend: nil)
      }
      let wanted = Mixer.targetLoudness - 6 + (profile.levels[part.role] ?? 0) + part.gainDecibels
      var gain = GainCurve(frames: frames, gain: factor(decibels: min(max(wanted - own, -40), 36)))
      var compressor = strip.compressor
      compressor.ratio = 1 + (compressor.ratio - 1) * profile.compression
      switch part.role {
      case .drums, .percussion: if let drums { gain = gain * drums }
      default:
        gain = gain * compressor.curve(energies: measured[index].plain, loudness: own, frames: frames)
      }
      switch part.role {
      case .bass: if let bassDuck { gain = gain * bassDuck }
      case .chords, .pad, .arpeggio: if let harmonyDuck { gain = gain * harmonyDuck }
      default: break
      }
      var band: GainCurve?
      if strip.yieldsToLead > 0, let lead, lead != index, let leadLoudness = loudness[lead] {
        band = Ducking.byLead(
          weighted: measured[lead].weighted, loudness: leadLoudness, decibels: strip.yieldsToLead, frames: frames)
      }
      let isLead = part.role == .vocal || part.role == .melody
      return Channel(
        gain: gain, band: band, isSilent: false, send: Float(strip.reverbSend * profile.wetness),
        delaySend: isLead ? profile.leadDelayDecibels.map { factor(decibels: $0) } : nil)
    }
  }

  /// One gain for all drums together, so that the kit stays one kit.
  private func busCompression(of measured: [Energies], loudness: [Double?]) -> GainCurve? {
    let members = score.parts.indices.filter {
      (score.parts[$0].role == .drums || score.parts[$0].role == .percussion) && loudness[$0] != nil
    }
    guard let first = members.first else { return nil }
    var together = Energies(hops: measured[first].plain.count)
    for index in members {
      let power = Float(pow(10, (-20 - (loudness[index] ?? 0)) / 10 * 1))
        * Float(pow(10, (profile.levels[score.parts[index].role] ?? 0) / 10))
      for hop in together.plain.indices {
        together.plain[hop] += measured[index].plain[hop] * power
        together.weighted[hop] += measured[index].weighted[hop] * power
      }
    }
    guard let level = Energies.loudness(weighted: together.weighted) else { return nil }
    var compressor = ChannelStrip(role: .drums).compressor
    compressor.ratio = 1 + (compressor.ratio - 1) * profile.compression
    return compressor.curve(energies: together.plain, loudness: level, frames: frames)
  }

  // MARK: Placement

  private static let block = 256

  /// Applies the channel's settings and gives the stem its place and its room, in place.
  func place(_ stem: inout StereoBuffer, _ channel: Channel, index: Int, step: () throws -> Void) throws {
    var steps = 0
    func reach(_ frame: Int) throws {
      while steps < stretches, frame >= min((steps + 1) * Self.stretchFrames, frames) {
        try step()
        steps += 1
      }
    }
    if channel.isSilent {
      stem = StereoBuffer(frames: frames)
      try reach(frames)
      return
    }
    let part = score.parts[index]
    let strip = ChannelStrip(role: part.role)
    let (panLeft, panRight) = Self.balance(part.pan)
    var reverb = Reverb(strip.usesDrumSpace ? profile.drumSpace : profile.space)
    let quarter = 60 / max(score.tempo.first?.quartersPerMinute ?? 120, 30)
    var delay = channel.delaySend.map { _ in TempoDelay(seconds: min(quarter * 0.75, 0.95), feedback: 0.32) }
    let rumble = Equalizer([.highPass(26)])
    var rumbled = Equalizer.State()
    let middleBand = Equalizer([.bandPass(2300, q: 0.6)])
    var banded = Equalizer.State()
    let nothing = SIMD2<Float>(0, 0)
    var waiting = (nothing, nothing, nothing)
    var left = [Float](repeating: 0, count: Self.block)
    var right = left
    let lag = Equalizer.lag
    let hopStep: Float = 1 / Float(GainCurve.hop)

    for start in stride(from: 0, to: frames + lag, by: Self.block) {
      let count = min(Self.block, frames + lag - start)
      var blockLeft = left.mutableSpan
      var blockRight = right.mutableSpan
      for offset in 0..<Self.block {
        let frame = start + offset
        guard frame < frames else {
          blockLeft[offset] = 0
          blockRight[offset] = 0
          continue
        }
        let hop = frame / GainCurve.hop
        let within = Float(frame % GainCurve.hop) * hopStep
        let from = channel.gain.points[hop]
        let gain = from + (channel.gain.points[hop + 1] - from) * within
        let middle = (stem.left[frame] + stem.right[frame]) * 0.5 * gain
        let side = (stem.left[frame] - stem.right[frame]) * 0.5 * gain * strip.width
        var placed = SIMD2((middle + side) * panLeft, (middle - side) * panRight)
        if let band = channel.band {
          let keep = band.points[hop]
          // The band comes out three frames late, so the rest waits for it.
          let through = banded.advance(placed, middleBand)
          (waiting.0, waiting.1, waiting.2, placed) = (placed, waiting.0, waiting.1, waiting.2)
          placed -= through * (1 - keep)
        }
        blockLeft[offset] = placed.x
        blockRight[offset] = placed.y
      }
      if let send = channel.delaySend { delay?.process(&blockLeft, &blockRight, send: send) }
      reverb.process(&blockLeft, &blockRight, send: channel.send)
      stem.withChannels { outLeft, outRight in
        for offset in 0..<count {
          let output = rumbled.advance(SIMD2(blockLeft[offset], blockRight[offset]), rumble)
          let frame = start + offset - lag
          if frame >= 0 {
            outLeft[frame] = output.x
            outRight[frame] = output.y
          }
        }
      }
      try reach(start)
    }
    try reach(frames)
  }

  /// Equal power, 1 in the middle; a part is never quite gone on one side.
  private static func balance(_ pan: Double) -> (left: Float, right: Float) {
    let angle = (min(max(pan, -1), 1) * 0.8 + 1) * .pi / 4
    return (Float(cos(angle) * 2.0.squareRoot()), Float(sin(angle) * 2.0.squareRoot()))
  }
}
