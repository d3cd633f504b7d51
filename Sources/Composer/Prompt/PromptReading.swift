import Music

/// What a caption says, and what it leaves open.
struct PromptReading: Sendable {
  /// Style names by weight, the strongest first.
  var genres: [(name: String, weight: Double)] = []
  var moods: [String] = []
  var valence = 0.0
  var arousal = 0.0
  var instruments: [String] = []
  var excluded: [String] = []
  var onlyAsked = false
  /// -2 ... 2, nil when nothing is said.
  var speed: Double?
  var bpm: Double?
  var key: Key?
  var isMinor: Bool?
  var meter: Meter?
  /// A metre that was asked for and isn't written here: "5/4".
  var foreignMeter: String?
  var voice: String?
  var language: String?
  var wantsNoVocals = false
  var samples: [String] = []
  /// What the song is about, as said first.
  var themes: [String] = []

  init(_ caption: String, lexicon: Lexicon) {
    let text = FoldedText(caption)
    let matches = lexicon.matches(in: text)
    var moodWeight = 0.0
    for (index, match) in matches.enumerated() {
      let value = match.entry.value
      let negated = Self.isNegated(index, in: matches, text: text)
      switch match.entry.slot {
      case .genre where !negated: add(genre: value, weight: match.entry.weight)
      case .mood where !negated:
        if !moods.contains(value) { moods.append(value) }
        if let mood = lexicon.moods[value] {
          valence += mood.valence * match.entry.weight
          arousal += mood.arousal * match.entry.weight
          moodWeight += match.entry.weight
        }
      case .instrument:
        if value == "vocals" {
          if negated { wantsNoVocals = true }
        } else if negated {
          if !excluded.contains(value) { excluded.append(value) }
        } else if !instruments.contains(value) {
          instruments.append(value)
        }
      case .tempo where !negated: speed = (speed ?? 0) + (Double(value) ?? 0)
      case .meter where !negated: meter = meter ?? Meter(parsing: value)
      case .mode where !negated: isMinor = isMinor ?? (value == "minor")
      case .voice:
        if negated != (value == "none") { wantsNoVocals = true } else if voice == nil, value != "none" { voice = value }
      case .language where !negated: language = language ?? value
      case .without: if !excluded.contains(value) { excluded.append(value) }
      case .only: onlyAsked = true
      case .theme where !negated: if !themes.contains(value) { themes.append(value) }
      case .sample where !negated: samples.append(value)
      default: break
      }
    }
    if moodWeight > 0 {
      valence = min(max(valence / moodWeight, -1), 1)
      arousal = min(max(arousal / moodWeight, -1), 1)
    }
    excluded.removeAll { instruments.contains($0) }
    onlyAsked = onlyAsked && !instruments.isEmpty
    genres.sort { ($0.weight, $1.name) > ($1.weight, $0.name) }
    readNumbers(caption)
  }

  /// What is shown of it.
  var understood: CaptionReading {
    CaptionReading(
      genres: genres.map(\.name), bpm: bpm, speed: speed, key: key, isMinor: isMinor,
      meter: foreignMeter ?? meter?.name, language: language, voice: voice, wantsNoVocals: wantsNoVocals)
  }

  private mutating func add(genre: String, weight: Double) {
    if let index = genres.firstIndex(where: { $0.name == genre }) {
      genres[index].weight += weight * 0.5
    } else {
      // What is named first counts a little more.
      genres.append((genre, weight - 0.02 * Double(genres.count)))
    }
  }

  /// Whether a negation stands within three words in front of the term, with nothing but terms of the same
  /// kind, "or", "and" and small words between; or right behind it in languages that put it there.
  private static func isNegated(_ index: Int, in matches: [Lexicon.Match], text: FoldedText) -> Bool {
    let match = matches[index]
    if index + 1 < matches.count, matches[index + 1].entry.slot == .negationAfter {
      let gap = text.characters[match.range.upperBound..<matches[index + 1].range.lowerBound]
      if gap.count <= 3 { return true }
    }
    for earlier in matches[..<index].reversed() {
      guard earlier.range.upperBound <= match.range.lowerBound else { continue }
      let gap = text.characters[earlier.range.upperBound..<match.range.lowerBound]
      if gap.contains(where: { ",.;:!?。、，；|\n-–—+".contains($0) }) { return false }
      let words = String(gap).split(separator: " ")
      if words.contains(where: { ["but", "with", "only", "just", "pero", "con", "aber", "mit", "mais", "avec"].contains($0) }) {
        return false
      }
      if earlier.entry.slot == .negation { return words.count <= 3 }
      // "no drums or bass": go on past the drums.
      guard earlier.entry.slot == match.entry.slot, words.count <= 2 else { return false }
    }
    return false
  }

  /// "120 bpm", "in D minor", "3/4".
  private mutating func readNumbers(_ caption: String) {
    let text = caption.replacing("♯", with: "#").replacing("♭", with: "b")
    if let match = text.firstMatch(of: /(?i)(\d{2,3})\s*(?:-|–|to)\s*(\d{2,3})\s*(?:bpm|b\.p\.m|beats per minute)/),
      let low = Double(match.1), let high = Double(match.2), (30...300).contains((low + high) / 2)
    {
      bpm = ((low + high) / 2).rounded()
    } else if let match = text.firstMatch(of: /(?i)(\d{2,3}(?:\.\d+)?)\s*-?\s*(?:bpm|b\.p\.m|beats per minute|拍|уд)/)
      ?? text.firstMatch(of: /(?i)(?:bpm|tempo|темп|テンポ|템포|速度)\s*(?:of|=|:|：)?\s*(\d{2,3}(?:\.\d+)?)/),
      let value = Double(match.1), (30...300).contains(value)
    {
      bpm = value
    }
    if let match = text.firstMatch(of: /\b(\d{1,2})\/(2|4|8|16)(?!\d)/) {
      switch match.0 {
      // Two bars of 6/8 make one of 12/8, and two beats of halves are counted as four quarters.
      case "12/8": meter = .sixEight
      case "2/2": meter = .fourFour
      default:
        if let read = Meter(parsing: String(match.0)) { meter = read } else { foreignMeter = String(match.0) }
      }
    }
    readKey(text)
    key = key ?? KeyWords.key(in: caption)
  }

  private mutating func readKey(_ text: String) {
    let spelled =
      /(?i)\b([A-G])[ -]?(#|b|sharp|flat)?[ -]?(major|minor|maj|min|dorian|phrygian|lydian|mixolydian|locrian|harmonic minor)\b/
    // Without a mode a bare letter is a key only where the words say so: "in Bb", "key of F#".
    let named = /\b(?:in|key of|key:?)\s+(?:the key of\s+)?([A-G](?:#|b)?)(m)?(?=$|[\s,.;!])/
    if let match = text.firstMatch(of: spelled) {
      let accidental = match.2.map { $0.lowercased().replacing("sharp", with: "#").replacing("flat", with: "b") } ?? ""
      key = Key(parsing: "\(match.1)\(accidental) \(match.3)")
    } else if let match = text.firstMatch(of: named) {
      key = Key(parsing: "\(match.1)\(match.2 ?? "")")
      if match.2 == nil, isMinor == true { key?.mode = .minor }
    } else if let match = text.firstMatch(of: /\b([A-G][#b]?m)\b/) {
      key = Key(parsing: String(match.1))
    }
  }
}
