import Glibc

extension VoiceSpectra {
  /// Lifts the vowels of a line that are lost to 10 dB below its usual vowel.
  ///
  /// The voice network whispers some vowels whatever pitch and energy it is given, as speech does, the last of a line above all: Estonian
  /// "tähti" ended 32 dB down. The envelope of a whispered vowel is that of the vowel, so it is made louder and given back its tone.
  /// The first 30 ms and the last 70 ms are left more and more alone, since consonants reach into them; and so is every vowel that can be heard.
  /// - Parameter vowels: frames of each vowel, in order.
  mutating func carry(vowels: [Range<Int>]) {
    let held = vowels.map { $0.clamped(to: 0..<frames) }.filter { $0.count > Self.carryAttack + Self.carryRelease }
    let levels = (0..<frames).map { frame in 10 * log10(envelope[frame * bins..<(frame + 1) * bins].reduce(1e-20, +)) }
    let usualOfEach = held.map { levels[$0].sorted()[$0.count / 2] }
    guard let usual = usualOfEach.isEmpty ? nil : usualOfEach.sorted()[held.count / 2] else { return }
    let least = usual - 10
    for (vowel, own) in zip(held, usualOfEach) where own < least {
      for (place, frame) in vowel.enumerated() {
        let free = min(1, Double(place + 1) / Double(Self.carryAttack), Double(vowel.count - place) / Double(Self.carryRelease))
        // Over 25 ms, so that no single frame is picked out.
        let near = (frame - 2..<frame + 3).clamped(to: vowel)
        let lift = min(max(least - levels[near].reduce(0, +) / Double(near.count), 0), 30) * free
        guard lift > 0 else { continue }
        let (power, noise) = (pow(10, lift / 10), Vocoder.noiseLimitInNucleus - 0.3 * min(1, lift / 12))
        for index in frame * bins..<(frame + 1) * bins {
          envelope[index] *= power
          aperiodicity[index] = min(aperiodicity[index], noise)
        }
      }
    }
  }

  /// In frames.
  private static let carryAttack = 6
  private static let carryRelease = 14
}
