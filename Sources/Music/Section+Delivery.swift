extension Instrument.Delivery {
  /// How a section's name, or the tag of its lyrics, says that its words are given: "Rap", "Rap verse 2", "Bridge: spoken",
  /// "Sung chorus"; nil where it says nothing of it.
  public init?(sectionName: String) {
    let asked = sectionName.lowercased().split { !$0.isLetter }.lazy.compactMap { Self.words[String($0)] }.first
    guard let asked else { return nil }
    self = asked
  }

  /// The words of a section's name that don't say how its words are given.
  public static func without(in sectionName: String) -> [String] {
    sectionName.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init).filter { words[$0] == nil }
  }

  private static let words: [String: Self] = [
    "rap": .rap, "rapped": .rap, "spoken": .spoken, "speech": .spoken, "narration": .spoken, "sung": .sung,
  ]
}

extension Section {
  /// How the singer gives the words of this section, where that is not how the whole part is given: its label says so.
  public var delivery: Instrument.Delivery? { Instrument.Delivery(sectionName: label) }
}

extension Score {
  /// How the words that begin at a tick are given, where the section says so.
  public func delivery(atTick tick: Int) -> Instrument.Delivery? {
    sections.last { $0.startTick <= tick }?.delivery
  }

  /// The notes of all who have words of their own, in order: the lead's and the ad-libs', but no double's or harmony's.
  public var sungNotes: [Note] {
    let singers = parts.filter { $0.role == .vocal }
    return singers.count < 2 ? singers.first?.notes ?? [] : singers.flatMap(\.notes).sorted { $0.startTick < $1.startTick }
  }
}
