import Audio
import Music
import Synchronization

/// The first half of a mix: each part is played, shaped, measured and placed on the buses, and forgotten.
final class PartMixing: Sendable {
  private let session: MixSession
  private let parts: DryParts
  private let buses: Buses
  /// Where singers go, apart from the band.
  private let voices: Buses
  private let lead = Finding<MixSession.Lead?>()
  private let kit = Finding<GainCurve?>()
  private let found: Mutex<[MixSession.Channel?]>

  init(session: MixSession, parts: DryParts, buses: Buses, voices: Buses) {
    self.session = session
    self.parts = parts
    self.buses = buses
    self.voices = voices
    found = Mutex([MixSession.Channel?](repeating: nil, count: session.score.parts.count))
  }

  /// The settings of each part, nil for silent ones.
  var channels: [MixSession.Channel?] { found.withLock { $0 } }

  /// The parts in the order in which to begin them: first those that others wait for, then the most costly, so that
  /// no thread is left with one at the end.
  var order: [Int] {
    let urgent = [session.lead, session.kit].compactMap { $0 }
    let rest = parts.costs.indices.filter { !urgent.contains($0) }
    return urgent.sorted { parts.costs[$0] > parts.costs[$1] }
      + rest.sorted { (parts.costs[$0], $1) > (parts.costs[$1], $0) }
  }

  /// The steps of all parts together.
  var steps: Int {
    parts.steps.reduce(0, +) + parts.steps.count * (session.toneSteps + session.placementSteps)
  }

  func mix(_ index: Int, _ steps: Crew.Steps) throws {
    var sound = try parts.play(index) { try steps.advance() }
    precondition(sound.frames == session.frames && sound.sampleRate == 48_000, "parts of one length at 48 kHz")
    let energies = try Energies(shaping: &sound, by: session.tone(of: index)) { try steps.advance() }
    let channel = try channel(for: index, energies) { try steps.advance(by: 0) }
    guard let channel else { return try steps.advance(by: session.placementSteps) }
    found.withLock { $0[index] = channel }
    try session.place(sound, channel, index: index, on: session.score.parts[index].isSung ? voices : buses) { try steps.advance() }
  }

  /// Settles a part's channel by what was measured; tells the others what they wait for, or waits for it.
  private func channel(
    for index: Int, _ energies: Energies, wait: () throws -> Void
  ) throws -> MixSession.Channel? {
    let loudness = session.loudness(of: index, energies)
    if index == session.lead {
      lead.set(loudness.map { .init(activity: Ducking.activity(weighted: energies.weighted, loudness: $0)) })
    }
    let own = loudness.map { session.compression(of: index, energies, loudness: $0) }
    if index == session.kit { kit.set(own) }
    guard let loudness, let own else { return nil }
    let isDrum = [.drums, .percussion].contains(session.score.parts[index].role)
    let dynamics = isDrum && index != session.kit ? try kit.wait(step: wait) ?? own : own
    let lead = session.lead == nil || index == session.lead ? nil : try lead.wait(step: wait)
    return session.channel(for: index, loudness: loudness, dynamics: dynamics, lead: lead)
  }
}

extension MixSession {
  /// What filters a part.
  func tone(of index: Int) -> Equalizer { ChannelStrip(role: score.parts[index].role).equalizer }

  /// How often filtering a part takes a step.
  var toneSteps: Int { Equalizer.steps(for: frames) }
}
