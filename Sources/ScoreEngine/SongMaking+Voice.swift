import Composer
import Generation
import Music
import Singer

extension SongMaking {
  /// What the owner of a sung song should know about its voice.
  func voiceNotices(_ score: Score) -> [String] {
    guard score.parts.contains(where: \.isSung) else {
      let player = score.parts.first { $0.role == .vocal }?.name ?? "an instrument"
      let language = score.language.flatMap { singer.reader.languages[$0]?.name } ?? "this language"
      return ["Nobody here can sing in \(language) yet: the melody of the voice is played on an instrument (\(player))."]
    }
    var notices: [String] = []
    let entry = score.language.flatMap { singer.reader.languages[$0] }
    if singer.source(for: score.language) == .draft {
      notices.append(
        singer.hasNaturalVoice
          ? "\(entry?.name ?? "This language") is sung with the draft voice: the natural one can't pronounce it."
          : "Sung with the draft voice: \(voiceProblem ?? "no voice pack is installed; `cantiga voices install` adds one.")")
    }
    if let notice = entry?.notice { notices.append(notice) }
    return notices
  }
}

extension Composition {
  /// The voices alone.
  /// - Throws: `GenerationError.unsupported` where nobody sings.
  mutating func keepVoices() throws {
    score.parts.removeAll { !$0.isSung }
    guard !score.parts.isEmpty else {
      throw GenerationError.unsupported("There is nothing to sing: give lyrics, in a language that can be sung here.")
    }
  }
}

extension Singing.Result {
  /// What could not be sung as written, in sentences for the user.
  var notices: [String] {
    func quoted(_ words: [String]) -> String {
      words.prefix(5).map { "“\($0.prefix(40))”" }.joined(separator: ", ") + (words.count > 5 ? " and more" : "")
    }
    var notices: [String] = []
    if !unread.isEmpty { notices.append("Nobody here can read \(quoted(unread)); it is sung on “la”.") }
    if !unsung.isEmpty { notices.append("Nobody here can sing \(quoted(unsung)); it is silent.") }
    return notices
  }
}
