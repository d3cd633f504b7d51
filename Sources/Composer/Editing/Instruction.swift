import Music

/// What a sentence asks to be done to a score: "the chorus a third higher", "replace the piano with strings".
///
/// The verbs are English; instruments, keys and tempi are read by the lexicon in its languages.
enum Instruction: Hashable, Sendable {
  /// All parts but drums; a whole number of octaves moves the leading part alone.
  case transpose(semitones: Int)
  case moveTo(Key)
  case reharmonise
  case newMelody
  /// Less or more going on; in the parts of these instruments, or in all that accompany.
  case simpler([String])
  case busier([String])
  case replace(old: [String], new: String)
  case add([String])
  case remove([String])
  /// Felt beats a minute, nil where only a direction is given; then `factor`.
  case tempo(bpm: Double?, factor: Double)
  case louder([String])
  case softer([String])

  /// What can be asked for, as shown to somebody whose words were not understood.
  static let help = """
    Ask for one thing: transpose up or down (semitones, a third, an octave) or to a key; reharmonise; another melody; simpler \
    or busier; louder or softer; replace, add or remove an instrument; faster, slower or a tempo in BPM.
    """

  init?(_ sentence: String, lexicon: Lexicon) {
    let reading = PromptReading(sentence, lexicon: lexicon)
    let folded = FoldedText.fold(sentence)
    let words = folded.split { !$0.isLetter && !$0.isNumber && $0 != "#" }.map(String.init)
    func says(_ stems: String...) -> Bool { words.contains { word in stems.contains { word.hasPrefix($0) } } }
    let named = reading.instruments + reading.excluded

    if says("reharmon") || (says("chord", "harmon") && says("other", "different", "new", "chang", "another", "rewrit", "richer")) {
      self = .reharmonise
    } else if says("melod", "tune", "hook", "topline"), says("other", "different", "new", "chang", "another", "rewrit", "regenerat") {
      self = .newMelody
    } else if let replacement = Self.replacement(folded, named: named, lexicon: lexicon, says: says) {
      self = replacement
    } else if says("transpos", "higher", "lower", "octave", "semitone", "pitch") || (reading.key != nil && !says("faster", "slower")) {
      if let key = reading.key, !says("semitone", "octave") { self = .moveTo(key) } else {
        guard let semitones = Self.semitones(folded, words: words) else { return nil }
        self = .transpose(semitones: semitones)
      }
    } else if let bpm = reading.bpm {
      self = .tempo(bpm: bpm, factor: 1)
    } else if says("faster", "quicker", "speed") || (says("tempo") && says("up", "increase", "rais")) {
      self = .tempo(bpm: nil, factor: 1.12)
    } else if says("slower", "slow") || (says("tempo") && says("down", "reduc", "lower")) {
      self = .tempo(bpm: nil, factor: 0.89)
    } else if says("simpl", "sparse", "fewer", "calm", "thin", "minimal") || folded.contains("less busy") || folded.contains("less dense") {
      self = .simpler(named)
    } else if says("busi", "dens", "complex", "lively", "livel", "fuller", "energ", "intens") || folded.contains("more notes") {
      self = .busier(named)
    } else if says("loud", "strong", "forte", "punch") {
      self = .louder(named)
    } else if says("soft", "quiet", "gentl", "piano dynamics") {
      self = .softer(named)
    } else if !reading.excluded.isEmpty || (says("remov", "drop", "delet", "cut", "mute") && !named.isEmpty) {
      self = .remove(named)
    } else if !reading.instruments.isEmpty {
      self = .add(reading.instruments)
    } else {
      return nil
    }
  }

  /// "replace the piano with strings", "strings instead of piano", "swap piano for organ".
  private static func replacement(
    _ folded: String, named: [String], lexicon: Lexicon, says: (String...) -> Bool
  ) -> Instruction? {
    func instruments(_ text: Substring) -> [String] {
      let reading = PromptReading(String(text), lexicon: lexicon)
      return reading.instruments + reading.excluded
    }
    func split(_ separator: String) -> (Substring, Substring)? {
      folded.firstRange(of: separator).map { (folded[..<$0.lowerBound], folded[$0.upperBound...]) }
    }
    if let (new, old) = split(" instead of "), let wanted = instruments(new).first { return .replace(old: instruments(old), new: wanted) }
    guard says("replac", "swap", "chang", "exchang", "substitut", "turn", "switch") else { return nil }
    for separator in [" with ", " by ", " for ", " to ", " into "] {
      if let (old, new) = split(separator), let wanted = instruments(new).first, !instruments(old).isEmpty {
        return .replace(old: instruments(old), new: wanted)
      }
    }
    return nil
  }

  private static func semitones(_ folded: String, words: [String]) -> Int? {
    let down = words.contains { ["down", "lower", "downward", "downwards", "below"].contains($0) }
    let numbers = ["a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "half": 1]
    let amount = words.compactMap { Int($0) }.first ?? words.compactMap { numbers[$0] }.first ?? 1
    let steps: [(String, Int)] = [
      ("octave", 12), ("fifth", 7), ("fourth", 5), ("major third", 4), ("third", 3), ("half step", 1), ("semitone", 1),
      ("whole step", 2), ("whole tone", 2), ("tone", 2), ("step", 2),
    ]
    guard let (name, size) = steps.first(where: { folded.contains($0.0) }) else {
      return words.contains { ["higher", "lower", "up", "down"].contains($0) } ? (down ? -2 : 2) : nil
    }
    let counted = ["semitone", "tone", "step", "octave", "half step", "whole step", "whole tone"].contains(name)
    let total = counted ? size * amount : size
    guard (1...36).contains(total) else { return nil }
    return down ? -total : total
  }
}
