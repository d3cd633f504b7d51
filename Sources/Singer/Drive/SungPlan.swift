/// How the sound of the voice network lies to its symbols.
public struct NetworkTiming: Sendable, Hashable {
  /// Half-frames by which the sound of a symbol comes before the symbol.
  public var lead: Int
  /// Whether a stress mark is heard as the beginning of its vowel: then it is on the beat, else before it.
  public var stressIsVowel: Bool
  /// Whether vowels are carried: speech swallows the weak ones, and its last dies away.
  public var holdsVowels: Bool
  /// Whether what was sung is moved so that each vowel begins on its note; else the plan's 25 ms are all there is.
  public var alignsVowels: Bool

  /// As it is heard. Over 170 syllables of English and Spanish by a woman and a man, the sound changes to the vowel's 65 ms
  /// before the vowel's symbol where there is no stress mark, and by the whole length of the mark earlier where there is one.
  public static let heard = NetworkTiming(lead: 5, stressIsVowel: true, holdsVowels: true, alignsVowels: true)
  /// As `singer.md` 3.2 to 3.4 has it, and with it the golden data.
  public static let specified = NetworkTiming(lead: 0, stressIsVowel: false, holdsVowels: false, alignsVowels: false)
}

/// How long each symbol of a sung line lasts (`singer.md` 3.2): vowels start on the beat and are held, consonants keep
/// their natural length and come before it.
public struct SungPlan: Sendable, Hashable {
  /// Frames a second: one lasts 25 ms.
  public static let framesPerSecond = 40.0

  /// A symbol and its frames. A rest holds a space or the full stop, so a token may occur twice.
  public struct Step: Sendable, Hashable {
    public var token: Int
    public var frames: Int
  }

  public private(set) var steps: [Step] = []
  /// Frames of all steps.
  public private(set) var frames = 0
  /// The times of the symbols are those at which they are to be heard: `NetworkTiming.lead` is not in them.
  public let timing: NetworkTiming

  /// - Throws: `SingerError.badNaturalSpeech` where there is not one duration for each token.
  public init(_ line: SungLine, naturalFrames: [Int], timing: NetworkTiming = .heard) throws {
    self.timing = timing
    guard naturalFrames.count == line.tokens.count else {
      throw SingerError.badNaturalSpeech("\(line.tokens.count) tokens, \(naturalFrames.count) durations")
    }
    let tokens = line.tokens
    var lengths = zip(tokens, naturalFrames).map { token, natural in
      switch token.role {
      case .onset, .coda: min(max(natural, 1), 6)
      case .stress: min(natural, 3)
      default: 1
      }
    }
    let syllables = Self.syllables(of: tokens, count: line.syllables.count, stressIsVowel: timing.stressIsVowel)
    let starts = line.syllables.map { Int((($0.first?.startSeconds ?? 0) * Self.framesPerSecond).rounded()) }
    let ends = line.syllables.map { $0.last?.endSeconds ?? 0 }
    func sum(_ indices: [Int]) -> Int { indices.reduce(0) { $0 + lengths[$1] } }

    /// Frames left for the vowels of a syllable whose vowels start now, and where what comes before the next begins.
    func room(_ number: Int) -> (free: Int, next: Int) {
      let end = Int((ends[number] * Self.framesPerSecond).rounded())
      let codas = sum(syllables[number].codas)
      guard number + 1 < syllables.count else { return (end - frames - codas, end) }
      let next = starts[number + 1] - sum(syllables[number + 1].before)
      let isRest = (line.syllables[number + 1].first?.startSeconds ?? 0) - ends[number] > 0.08
      return ((isRest ? min(next, end) : next) - frames - codas, next)
    }

    let last = syllables.count - 1
    emit(0, max(1, starts[0] - sum(syllables[0].before)))
    for (number, syllable) in syllables.enumerated() {
      for index in syllable.before { emit(index, lengths[index]) }
      var (free, next) = room(number)
      if free < 2 {
        for index in syllable.codas { lengths[index] = 1 }
        (free, next) = room(number)
      }
      if free < 2, number < last {
        for index in syllables[number + 1].onsets { lengths[index] = 1 }
        (free, next) = room(number)
      }
      let glide = free > 4 ? min(max(free / 6, 2), 5) : 1
      var held = free
      for index in syllable.after where index != syllable.nucleus {
        switch tokens[index].role {
        case .glide, .nucleus: lengths[index] = glide
        case .length: lengths[index] = 1
        case .stress: lengths[index] = min(lengths[index], max(1, free / 3))
        default: continue
        }
        held -= lengths[index]
      }
      if let nucleus = syllable.nucleus { lengths[nucleus] = max(2, held) }
      for index in syllable.after { emit(index, lengths[index]) }
      if number < last, frames < next {
        let space = syllables[number + 1].before.first { tokens[$0].role == .space }
        emit(space ?? tokens.count - 2, next - frames)
      }
    }
    emit(tokens.count - 2, 8)
    emit(tokens.count - 1, max(4, Int(Self.framesPerSecond * line.durationSeconds) - frames))
  }

  /// A line spoken in its natural time, its first vowel on the first note; the other notes don't count.
  /// - Throws: `SingerError.badNaturalSpeech` where there is not one duration for each token.
  public init(speaking line: SungLine, naturalFrames: [Int], timing: NetworkTiming = .heard) throws {
    self.timing = timing
    guard naturalFrames.count == line.tokens.count else {
      throw SingerError.badNaturalSpeech("\(line.tokens.count) tokens, \(naturalFrames.count) durations")
    }
    let vowel = max(line.tokens.firstIndex { $0.role == .nucleus || (timing.stressIsVowel && $0.role == .stress) } ?? 1, 1)
    let before = naturalFrames[1..<vowel].reduce(0, +)
    let start = Int((line.startSeconds * Self.framesPerSecond).rounded())
    for (index, frames) in naturalFrames.enumerated() { emit(index, index == 0 ? max(1, start - before) : frames) }
  }

  private mutating func emit(_ token: Int, _ count: Int) {
    steps.append(Step(token: token, frames: count))
    frames += count
  }

  private struct Syllable {
    /// Space and onset, and a stress mark that is not the vowel's: what comes before the beat.
    var before: [Int] = []
    var onsets: [Int] = []
    /// Vowels, length marks and coda.
    var after: [Int] = []
    var codas: [Int] = []
    /// What is held.
    var nucleus: Int?
  }

  private static func syllables(of tokens: [Token], count: Int, stressIsVowel: Bool) -> [Syllable] {
    var result = [Syllable](repeating: Syllable(), count: count)
    for (index, token) in tokens.enumerated() {
      guard let number = token.syllable, result.indices.contains(number) else { continue }
      switch token.role {
      case .space: result[number].before.append(index)
      case .stress where !stressIsVowel: result[number].before.append(index)
      case .onset:
        result[number].before.append(index)
        result[number].onsets.append(index)
      default:
        result[number].after.append(index)
        if token.role == .coda { result[number].codas.append(index) }
        if token.role == .nucleus, result[number].nucleus == nil { result[number].nucleus = index }
      }
    }
    return result
  }

  /// The vowels in each 5-ms frame: where the voice is known to have a pitch.
  public func nucleusMask(_ line: SungLine) -> [Bool] {
    steps.flatMap { step in
      let isNucleus =
        switch line.tokens[step.token].role {
        case .nucleus, .glide, .length: true
        case .stress: timing.stressIsVowel
        default: false
        }
      return [Bool](repeating: isNucleus, count: 5 * step.frames)
    }
  }

  /// When the held vowel of each syllable sounds, in seconds; nil for a syllable without one.
  public func vowels(_ line: SungLine) -> [Range<Double>?] {
    var result = [Range<Double>?](repeating: nil, count: line.syllables.count)
    for (syllable, frames) in vowelFrames(line) {
      guard let syllable, result[syllable] == nil else { continue }
      result[syllable] =
        Double(frames.lowerBound) / Self.framesPerSecond..<Double(frames.upperBound) / Self.framesPerSecond
    }
    return result
  }

  /// Where each syllable is planned to sound; nil for one without a vowel.
  func syllables(_ line: SungLine) -> [VowelAlignment.Syllable?] {
    var places = [VowelAlignment.Syllable?](repeating: nil, count: line.syllables.count)
    let vowels = vowels(line)
    var start = 0.0
    for step in steps {
      let end = start + Double(step.frames) / Self.framesPerSecond
      let token = line.tokens[step.token]
      if let number = token.syllable, let vowel = vowels[number], token.role != .space {
        var place = places[number] ?? VowelAlignment.Syllable(start: start, vowel: vowel.lowerBound, coda: end, end: end)
        if token.role != .coda { place.coda = end }
        place.end = end
        places[number] = place
      }
      start = end
    }
    return places
  }

  /// The frames of each vowel, with the stress mark that is its beginning, in order.
  func vowelFrames(_ line: SungLine) -> [(syllable: Int?, frames: Range<Int>)] {
    var result: [(syllable: Int?, frames: Range<Int>)] = []
    var frame = 0
    var marked: Int?
    for step in steps {
      let token = line.tokens[step.token]
      if token.role == .nucleus { result.append((token.syllable, (marked ?? frame)..<(frame + step.frames))) }
      marked = timing.stressIsVowel && token.role == .stress ? frame : nil
      frame += step.frames
    }
    return result
  }
}
