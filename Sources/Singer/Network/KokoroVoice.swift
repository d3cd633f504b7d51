import Checkpoint
import Packs
import Foundation

/// The network and the styles of a voice pack, as the singer sees them.
struct KokoroVoice: VoiceNetwork {
  private let kokoro: Kokoro
  /// `[510, 256]` by name: row r is the style of an utterance of r + 1 symbols.
  private let styles: [String: [Float]]

  private static let rows = 510

  /// - Throws: `CheckpointError`.
  init(_ pack: VoicePack, clock: SingingClock) throws {
    kokoro = try Kokoro(weights: SafetensorsFile(path: pack.network.path), clock: clock)
    let file = try SafetensorsFile(path: pack.styles.path)
    var styles: [String: [Float]] = [:]
    for name in pack.pack.manifest.items { styles[name] = try file.floats(name, shape: [Self.rows, Kokoro.styleCount]) }
    self.styles = styles
  }

  struct Text {
    var natural: Kokoro.Natural
  }

  func read(_ tokens: [Token], _ voice: VoiceType) throws -> (speech: NaturalSpeech, text: Text) {
    let natural = kokoro.natural(ids: tokens.map(\.id), style: try style(voice, tokens))
    return (
      try NaturalSpeech(frames: natural.frames, pitch: natural.f0, energy: natural.energy), Text(natural: natural)
    )
  }

  func sound(
    _ text: Text, tokens: [Token], _ voice: VoiceType, plan: SungPlan, controls: SungControls, noise: HashNoise
  ) throws -> [Float] {
    kokoro.sound(
      text: text.natural.text, plan: plan.steps.map { ($0.token, $0.frames) }, f0: controls.pitch, energy: controls.energy,
      style: try style(voice, tokens), noise: noise)
  }

  /// The row for the number of symbols, pads not counted.
  private func style(_ voice: VoiceType, _ tokens: [Token]) throws -> [Float] {
    let row = min(max(tokens.count - 2, 1), Self.rows) - 1
    return try voice.style { name in
      guard let pack = styles[name] else { throw SingerError.badLine("the voice pack has no voice \(name)") }
      return Array(pack[row * Kokoro.styleCount..<(row + 1) * Kokoro.styleCount])
    }
  }
}
