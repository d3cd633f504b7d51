import Music

/// Keys as the world writes them: "A minor", "la menor", "cis-Moll", "ре минор", "ハ長調", "A小调".
///
/// Every way to write one is a row: the letters' names, the words for sharp and flat and on which side they stand, and the
/// words for major and minor. Caption and names are compared in lower case without accents (`FoldedText`).
struct KeyWords: Sendable {
  private struct Naming {
    /// Names of notes, and their semitones above C.
    var notes: [(String, Int)]
    var sharps: [String]
    var flats: [String]
    /// Whether sharp and flat stand in front: "降E大调".
    var isSignFirst: Bool
    var major: [String]
    var minor: [String]
  }

  private static let namings: [Naming] = [
    // Letters with the words of languages that use them; "H" is B in German, Scandinavian and Slavic ones.
    Naming(
      notes: [("c", 0), ("d", 2), ("e", 4), ("f", 5), ("g", 7), ("a", 9), ("h", 11)],
      sharps: ["is", "iss"], flats: ["es", "s", "ess"], isSignFirst: false,
      major: ["dur", "duuri", "majeur", "groot"], minor: ["moll", "molli", "mineur", "klein", "minör"]),
    Naming(
      notes: [("b", 10)], sharps: [], flats: [], isSignFirst: false, major: ["dur"], minor: ["moll"]),
    // Solfège of the Romance languages, Turkish, Greek.
    Naming(
      notes: [("do", 0), ("re", 2), ("mi", 4), ("fa", 5), ("sol", 7), ("la", 9), ("si", 11), ("ut", 0)],
      sharps: ["sostenido", "diese", "diesis", "sustenido", "diyez"], flats: ["bemol", "bemolle"], isSignFirst: false,
      major: ["mayor", "majeur", "maggiore", "maior", "major"], minor: ["menor", "mineur", "minore", "minor"]),
    Naming(
      notes: [("до", 0), ("ре", 2), ("ми", 4), ("фа", 5), ("соль", 7), ("сол", 7), ("ля", 9), ("ла", 9), ("си", 11)],
      sharps: ["диез"], flats: ["бемоль", "бемол"], isSignFirst: false, major: ["мажор", "мажоре", "дур"], minor: ["минор", "миноре", "мол"]),
    // Chinese, Japanese, Korean.
    Naming(
      notes: [("c", 0), ("d", 2), ("e", 4), ("f", 5), ("g", 7), ("a", 9), ("b", 11)],
      sharps: ["升", "#"], flats: ["降", "b"], isSignFirst: true, major: ["大调", "大調"], minor: ["小调", "小調"]),
    Naming(
      notes: [("ハ", 0), ("ニ", 2), ("ホ", 4), ("ヘ", 5), ("ト", 7), ("イ", 9), ("ロ", 11)],
      sharps: ["嬰"], flats: ["変"], isSignFirst: true, major: ["長調"], minor: ["短調"]),
    Naming(
      notes: [("다", 0), ("라", 2), ("마", 4), ("바", 5), ("사", 7), ("가", 9), ("나", 11), ("c", 0), ("d", 2), ("e", 4), ("f", 5), ("g", 7), ("a", 9), ("b", 11)],
      sharps: ["올림"], flats: ["내림"], isSignFirst: true, major: ["장조"], minor: ["단조"]),
  ]

  /// The first key that a caption names in one of these ways.
  static func key(in caption: String) -> Key? {
    let folded = FoldedText(caption.replacing("♯", with: "#").replacing("♭", with: "b"))
    let text = folded.characters
    for start in text.indices
    where folded.mayStartTerm(at: start) || (text[start].isASCII && !text[start - 1].isASCII) {
      for naming in namings {
        if let key = key(naming, in: text, at: start) { return key }
      }
    }
    return nil
  }

  private static func key(_ naming: Naming, in text: [Character], at start: Int) -> Key? {
    var place = start
    var shift = 0
    /// Steps over one of some words, the longest first.
    func take(_ words: [String]) -> Bool {
      for word in words.map({ Array(FoldedText.fold($0)) }).sorted(by: { $0.count > $1.count })
      where place + word.count <= text.count && Array(text[place..<place + word.count]) == word {
        place += word.count
        return true
      }
      return false
    }
    func skip() { while place < text.count, text[place] == " " || text[place] == "-" { place += 1 } }
    func sign() -> Bool {
      if take(naming.sharps) { shift = 1 } else if take(naming.flats) { shift = -1 } else { return false }
      return true
    }
    if naming.isSignFirst, sign() { skip() }
    let names = naming.notes.sorted { $0.0.count > $1.0.count }
    guard let note = names.first(where: { take([$0.0]) }) else { return nil }
    if !naming.isSignFirst {
      let before = place
      skip()
      if !sign() { place = before }
    }
    skip()
    let isMajor: Bool
    if take(naming.major) { isMajor = true } else if take(naming.minor) { isMajor = false } else { return nil }
    // "dur" in "durch" is no mode.
    if place < text.count, text[place].isASCII, FoldedText.isWord(text[place]) { return nil }
    return Key(tonic: PitchClass(rawValue: note.1 + shift + 12), mode: isMajor ? .major : .minor)
  }
}
