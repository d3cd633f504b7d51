/// Reads the lines of an ABC tune: fields, directives, comments; music lines go to `ABCReader+Music.swift`.
struct ABCReader {
  var tune = ABCTune()
  var problems: [ABCError.Problem] = []
  /// The unit note length in tune units, where `L:` was given.
  var unitLength: Int?
  var voices: [ABCVoiceState] = []
  var current = 0
  var noteCount = 0
  var isInBody = false
  /// Whether an accidental counts for its letter in every octave, in its own, or for its note alone.
  var propagation = "pitch"
  private var hasStarted = false

  static func read(_ text: String) throws(ABCError) -> ABCTune {
    guard text.utf8.count <= ABCLimits.bytes else {
      throw ABCError(problems: [
        .init(kind: .limit, line: 1, column: 1, message: "The score is longer than \(ABCLimits.bytes / 1_000_000) MB.")
      ])
    }
    var reader = ABCReader()
    var lineNumber = 0
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      lineNumber += 1
      if reader.problems.count >= ABCLimits.problems { break }
      if !reader.read(line: line, number: lineNumber) { break }
    }
    reader.finish(lineNumber: max(lineNumber, 1))
    guard reader.problems.isEmpty else { throw ABCError(problems: reader.problems) }
    return reader.tune
  }

  mutating func report(_ kind: ABCError.Problem.Kind = .syntax, at place: ABCTune.Place, _ message: String) {
    guard problems.count < ABCLimits.problems else { return }
    problems.append(.init(kind: kind, line: place.line, column: place.column, message: message))
  }

  /// - Returns: whether to read on: false at the second tune of a book.
  private mutating func read(line: Substring, number: Int) -> Bool {
    if line.hasPrefix("%%") || line.hasPrefix("I:") {
      directive(line.dropFirst(2), number: number)
      return true
    }
    var content = line
    if let comment = Self.comment(in: line) { content = line[..<comment] }
    while let last = content.last, last.isWhitespace { content.removeLast() }
    guard !content.isEmpty else { return true }
    if let field = Self.field(content) {
      if field == "X" {
        if hasStarted { return false }
        hasStarted = true
        return true
      }
      self.field(field, Substring(content.dropFirst(2)), line: number)
      return true
    }
    if content.hasPrefix("+:") { return true }
    if content.hasPrefix("\\") && !isInBody { return true }
    guard isInBody else {
      if hasStarted { report(at: .init(line: number, column: 1), "This is no field of a tune's header, which ends with K:.") }
      return true
    }
    music(content, line: number)
    return true
  }

  /// Where a comment begins: at a percent sign that no backslash escapes.
  private static func comment(in line: Substring) -> Substring.Index? {
    var isEscaped = false
    for index in line.indices {
      if line[index] == "%", !isEscaped { return index }
      isEscaped = line[index] == "\\" && !isEscaped
    }
    return nil
  }

  /// The letter of a field's line: one letter and a colon that is no bar line.
  private static func field(_ line: Substring) -> Character? {
    guard let letter = line.first, letter.isASCII, letter.isLetter, line.dropFirst().first == ":" else { return nil }
    let rest = line.dropFirst(2)
    return rest.first == "|" || rest.first == ":" ? nil : letter
  }

  mutating func field(_ letter: Character, _ value: Substring, line: Int) {
    let text = value.trimmingSpaces
    let place = ABCTune.Place(line: line, column: 1)
    switch letter {
    case "T" where !isInBody && tune.title.isEmpty: tune.title = String(text.replacing("\\%", with: "%").prefix(1000))
    case "M": meter(text, at: place)
    case "L": length(text, at: place)
    case "Q": tempo(text, at: place)
    case "K": key(text, at: place)
    case "V": voice(text, at: place)
    case "P" where isInBody: mark(.section(String(text.replacing("\\%", with: "%").prefix(100))))
    case "w" where isInBody: lyrics(value, line: line)
    default: break
    }
  }

  // MARK: Header

  private mutating func meter(_ text: String, at place: ABCTune.Place) {
    let meter: Meter?
    switch text {
    case "C": meter = .fourFour
    case "C|": meter = Meter(beats: 2, unit: 2)
    case "none", "": meter = nil
    default:
      let numbers = text.split(separator: "/").map { $0.split(separator: "+") }
      guard numbers.count == 2, let unit = Int(numbers[1].joined().trimmingSpaces), [1, 2, 4, 8, 16, 32].contains(unit)
      else { return report(at: place, "“\(text.prefix(40))” is no metre. Write M:4/4, for example.") }
      let beats = numbers[0].reduce(0) { sum, figure in
        sum + min(Int(String(figure.filter { $0 != "(" && $0 != ")" }).trimmingSpaces) ?? 1000, 1000)
      }
      guard (1...64).contains(beats) else { return report(at: place, "“\(text.prefix(40))” is no metre. Write M:4/4, for example.") }
      meter = Meter(beats: beats, unit: unit)
    }
    guard !isInBody || meter == tune.meter else {
      return report(.unsupported, at: place, "The metre changes to \(text.prefix(20)) here; a score has one metre throughout.")
    }
    tune.meter = meter
  }

  private mutating func length(_ text: String, at place: ABCTune.Place) {
    let numbers = text.split(separator: "/").map { Int($0.trimmingSpaces) }
    guard let first = numbers.first, first == 1, numbers.count <= 2,
      let unit = numbers.count == 2 ? numbers[1] : 1, [1, 2, 4, 8, 16, 32, 64, 128].contains(unit)
    else { return report(at: place, "“\(text.prefix(40))” is no unit length. Write L:1/8, for example.") }
    unitLength = ABCTune.unitsPerWhole / unit
  }

  /// Without `L:`, an eighth; a sixteenth in metres shorter than three quarters of a whole note.
  var defaultUnit: Int {
    if let unitLength { return unitLength }
    guard let meter = tune.meter else { return ABCTune.unitsPerWhole / 8 }
    return ABCTune.unitsPerWhole / (meter.beats * 4 < meter.unit * 3 ? 16 : 8)
  }

  mutating func tempo(_ text: String, at place: ABCTune.Place) {
    guard let qpm = quartersPerMinute(text) else {
      if text.contains("\"") || text.isEmpty { return }  // Words alone: "Allegro".
      return report(at: place, "“\(text.prefix(40))” is no tempo. Write Q:1/4=120, for example.")
    }
    guard qpm >= 5, qpm <= 2000 else {
      return report(at: place, "A tempo of \(text.prefix(40)) is outside what a score can hold (5 to 2000 quarters a minute).")
    }
    if isInBody, voices.contains(where: { !$0.bars.isEmpty || !$0.bar.events.isEmpty }) {
      mark(.tempo(qpm))
    } else {
      tune.quartersPerMinute = qpm
    }
  }

  private func quartersPerMinute(_ text: String) -> Double? {
    var rest = text
    while let open = rest.firstIndex(of: "\"") {
      guard let close = rest[rest.index(after: open)...].firstIndex(of: "\"") else { return nil }
      rest.removeSubrange(open...close)
    }
    let sides = rest.split(separator: "=", omittingEmptySubsequences: false).map(\.trimmingSpaces)
    guard let number = sides.last.flatMap(Double.init), number.isFinite, sides.count <= 2 else { return nil }
    guard sides.count == 2 else {
      // The deprecated Q:120: so many unit notes a minute.
      return number * Double(defaultUnit) * 4 / Double(ABCTune.unitsPerWhole)
    }
    var quarters = 0.0
    for beat in sides[0].split(separator: " ") {
      let figures = beat.split(separator: "/").map { Double($0) ?? 0 }
      guard figures.count == 2, figures[0] > 0, figures[1] > 0 else { return nil }
      quarters += figures[0] / figures[1] * 4
    }
    return quarters > 0 ? number * quarters : nil
  }

  private mutating func key(_ text: String, at place: ABCTune.Place) {
    let words = text.split(separator: " ").map(String.init)
    // Words after the key, or alone, may be a clef; they change no pitch.
    let name = words.prefix { !$0.contains("=") && !["treble", "bass", "alto", "tenor", "perc", "none"].contains($0.lowercased()) }
      .joined(separator: " ")
    var key = Key(tonic: PitchClass(rawValue: 0), mode: .major)
    var alters = [Int](repeating: 0, count: 7)
    if ["HP", "Hp"].contains(name) {
      key = Key(tonic: PitchClass(rawValue: 2), mode: .mixolydian)
      alters = key.signatureAlters
    } else if !name.isEmpty {
      let accidentals = words.drop { !"^_=".contains($0.first ?? "x") }.prefix { "^_=".contains($0.first ?? "x") }
      let plain = accidentals.isEmpty ? name : words.prefix { !"^_=".contains($0.first ?? "x") }.joined(separator: " ")
      guard let parsed = ABCKey(plain.replacing(" exp", with: "")) else {
        report(at: place, "“\(name.prefix(40))” is no key. Write K:G, K:Am or K:Ddor, for example.")
        if !isInBody { begin() }
        return
      }
      key = parsed.key
      alters = parsed.alters
      for sign in accidentals {
        guard let letter = sign.last.flatMap({ ABCReader.letters[Character($0.lowercased())] }) else { continue }
        alters[letter] = ["^": 1, "_": -1, "^^": 2, "__": -2][String(sign.dropLast())] ?? 0
      }
    } else if isInBody {
      return
    }
    if !isInBody {
      tune.key = key
      begin()
      for index in voices.indices { voices[index].signature = alters }
      signature = alters
    } else if !voices.isEmpty {
      voices[current].signature = alters
      if voices[current].bars.isEmpty, voices[current].bar.events.isEmpty, current == 0, voices.count == 1 { tune.key = key }
      mark(.key(key))
    }
  }

  var signature = [Int](repeating: 0, count: 7)
  static let letters: [Character: Int] = ["c": 0, "d": 1, "e": 2, "f": 3, "g": 4, "a": 5, "b": 6]

  private mutating func begin() { isInBody = true }

  private mutating func finish(lineNumber: Int) {
    guard isInBody else {
      if problems.isEmpty {
        report(at: .init(line: lineNumber, column: 1), "There is no K: field. A tune's header ends with its key, K:C for example.")
      }
      return
    }
    for index in voices.indices {
      voices[index].close(place: .init(line: lineNumber, column: 1))
      var voice = voices[index].voice
      voice.bars = voices[index].bars
      tune.voices.append(voice)
    }
    if problems.isEmpty, tune.voices.allSatisfy({ $0.bars.isEmpty }) {
      report(at: .init(line: lineNumber, column: 1), "There is no music after the header.")
    }
  }
}

/// A key as ABC writes it, and the signature that its spelling asks for (Gb major has six flats, F# major six sharps).
struct ABCKey {
  let key: Key
  let alters: [Int]

  init?(_ text: String) {
    let compact = Array(text.filter { !$0.isWhitespace })
    guard let letter = compact.first, let natural = ABCReader.letters[Character(letter.lowercased())], letter.isUppercase,
      let (tonic, rest) = PitchClass.prefix(of: compact)
    else { return nil }
    let alter = compact[1..<(compact.count - rest.count)].reduce(0) { $0 + ("#♯".contains($1) ? 1 : -1) }
    let word = String(rest).lowercased()
    let mode: Mode
    switch word.prefix(3) {
    case "", "maj", "ion": mode = .major
    case "m", "min", "aeo": mode = .minor
    case "dor": mode = .dorian
    case "phr": mode = .phrygian
    case "lyd": mode = .lydian
    case "mix": mode = .mixolydian
    case "loc": mode = .locrian
    default: return nil
    }
    let fifths = [0, 2, 4, -1, 1, 3, 5][natural] + 7 * alter - mode.fifthsAboveRelativeMajor
    guard (-7...7).contains(fifths) else { return nil }
    key = Key(tonic: tonic, mode: mode)
    alters = Key.signatureAlters(fifths: fifths)
  }
}

extension StringProtocol {
  var trimmingSpaces: String {
    var text = self[...]
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}
