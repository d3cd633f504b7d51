/// A syllable as it is spoken: phones around one vowel (`singer.md` 5.3).
struct SpokenSyllable: Sendable, Hashable {
  /// Where a phone stands in its syllable.
  enum Place: Sendable {
    case onset, nucleus
    /// A second vowel that shares the note.
    case glide
    case coda
  }
  var phones: [Phone] = []
  var places: [Place] = []
  /// 0 (none), 1 (secondary), 2 (primary).
  var stress = 0
  /// Whether espeak-ng starts a word here.
  var startsWord = false
  /// The number of the word in which espeak-ng has its vowel.
  var word = 0

  /// Phones of one place, joined: "st", "ɑːɹ".
  func text(_ place: Place) -> String { zip(phones, places).filter { $1 == place }.map(\.0.text).joined() }

  mutating func append(_ phone: Phone, _ place: Place) {
    phones.append(phone)
    places.append(place)
    if place == .nucleus { stress = max(stress, phone.stress) }
  }

  /// Both on one note: the second vowel becomes a glide.
  func merged(with next: SpokenSyllable) -> SpokenSyllable {
    var result = self
    for (phone, place) in zip(next.phones, next.places) {
      result.append(phone, place == .nucleus || place == .glide ? .glide : .coda)
    }
    result.stress = max(stress, next.stress)
    return result
  }
}

/// Cuts what espeak-ng says into words, phones and syllables.
enum PhoneReader {
  /// - Parameter ipa: words parted by white space, phones by `_`: "l_ˈʌ_v ð_ə".
  static func words(_ ipa: String, voice: String) -> [[Phone]] {
    withoutSwitches(ipa).split(whereSeparator: \.isWhitespace)
      .map { word in
        let phones = word.split(separator: "_").compactMap { Phone($0, voice: voice) }
        return voice.hasPrefix("ja") ? phones.flatMap(\.morae) : phones
      }
      .filter { !$0.isEmpty }
  }

  /// Without "(en)" and the like, which mark where another voice speaks.
  private static func withoutSwitches(_ ipa: String) -> String {
    var result = ""
    var rest = Substring(ipa)
    while let open = rest.firstIndex(of: "(") {
      result += rest[..<open]
      let inside = rest[rest.index(after: open)...].prefix { ("a"..."z").contains($0) || $0 == "-" }
      if !inside.isEmpty, inside.endIndex < rest.endIndex, rest[inside.endIndex] == ")" {
        rest = rest[rest.index(after: inside.endIndex)...]
      } else {
        result.append("(")
        rest = rest[rest.index(after: open)...]
      }
    }
    return result + rest
  }

  /// A word without a vowel joins the syllable before it, at the beginning the one after it; where there is none at
  /// all, its last phone is held.
  static func syllables(_ words: [[Phone]]) -> [SpokenSyllable] {
    var result: [SpokenSyllable] = []
    var waiting: [Phone] = []
    for (index, word) in words.enumerated() {
      let nuclei = word.indices.filter { word[$0].isNucleus }
      guard let first = nuclei.first, let last = nuclei.last else {
        if result.isEmpty { waiting += word } else { for phone in word { result[result.count - 1].append(phone, .coda) } }
        continue
      }
      var start = 0
      for (number, nucleus) in nuclei.enumerated() {
        var syllable = SpokenSyllable(startsWord: nucleus == first, word: index)
        if number == 0 {
          for phone in waiting { syllable.append(phone, .onset) }
          waiting = []
        }
        for phone in word[start..<nucleus] { syllable.append(phone, .onset) }
        syllable.append(word[nucleus], .nucleus)
        start = nucleus == last ? word.count : onset(in: word, between: nucleus, and: nuclei[number + 1])
        for phone in word[(nucleus + 1)..<start] { syllable.append(phone, .coda) }
        result.append(syllable)
      }
    }
    if result.isEmpty, let held = waiting.last {
      var syllable = SpokenSyllable(startsWord: true)
      for phone in waiting.dropLast() { syllable.append(phone, .onset) }
      syllable.append(held, .nucleus)
      result = [syllable]
    }
    return result
  }

  /// Where the syllable of the second vowel begins: with the longest consonants that may begin one.
  private static func onset(in word: [Phone], between first: Int, and second: Int) -> Int {
    let consonants = Array(word[(first + 1)..<second])
    return consonants.isEmpty ? second : first + 1 + (onsetStart(of: consonants))
  }

  /// Where in some consonants the longest beginning of a syllable starts.
  static func onsetStart(of consonants: [Phone]) -> Int {
    consonants.indices.first { Onsets.isLegal(consonants[$0...].map { $0.symbols.first ?? " " }) } ?? max(0, consonants.count - 1)
  }
}

/// Which consonants may begin a syllable.
private enum Onsets {
  static func isLegal(_ symbols: [Unicode.Scalar]) -> Bool {
    switch symbols.count {
    case 1: true
    case 2: isLegal(symbols[0], symbols[1])
    case 3: sibilants.contains(symbols[0]) && hardStops.contains(symbols[1]) && sonorants.contains(symbols[2])
    default: false
    }
  }

  private static func isLegal(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Bool {
    if obstruents.contains(first), sonorants.contains(second), !(dentals.contains(first) && second == "l") { return true }
    if sibilants.contains(first), afterSibilant.contains(second) { return true }
    return gliding.contains(first) && glides.contains(second)
  }

  private static let obstruents = Set("pbtdkɡfvθðszʃʒxɣβqʈɖcɟ".unicodeScalars)
  private static let sonorants = Set("lɹrɾʁwjɥʎ".unicodeScalars)
  private static let dentals = Set("tdθðʃ".unicodeScalars)
  private static let sibilants = Set("sʃ".unicodeScalars)
  private static let afterSibilant = Set("ptkmnf".unicodeScalars)
  private static let hardStops = Set("ptk".unicodeScalars)
  private static let gliding = Set("mnlɲŋhrɾ".unicodeScalars)
  private static let glides = Set("jw".unicodeScalars)
}
