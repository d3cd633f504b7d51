/// How Chinese characters are read in Mandarin (`Languages/pinyin.txt`): the longest phrase that is known, else the
/// character's first reading.
struct Pinyin: Sendable {
  private let characters: [Character: Substring]
  private let phrases: [Substring: [Substring]]
  private let longest: Int

  init(text: String) throws(LyricReaderError) {
    var characters: [Character: Substring] = [:]
    var phrases: [Substring: [Substring]] = [:]
    var longest = 1
    var isPhrase = false
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() where !line.hasPrefix("#") {
      if line.isEmpty {
        isPhrase = true
        continue
      }
      let fields = line.split(separator: " ")
      guard fields.count >= 2, isPhrase ? fields.count == fields[0].count + 1 : fields.count == 2 else {
        throw .badResource(name: "pinyin.txt", line: index + 1)
      }
      if isPhrase {
        phrases[fields[0]] = Array(fields.dropFirst())
        longest = max(longest, fields[0].count)
      } else {
        for character in fields[1] { characters[character] = fields[0] }
      }
    }
    (self.characters, self.phrases, self.longest) = (characters, phrases, longest)
  }

  /// One syllable with its tone for each character, "yue4"; nil for what isn't in the table.
  func syllables(of text: [Character]) -> [String?] {
    var result: [String?] = []
    var index = 0
    while index < text.count {
      let lengths = stride(from: min(longest, text.count - index), to: 1, by: -1)
      if let readings = lengths.lazy.compactMap({ phrases[Substring(String(text[index..<(index + $0)]))] }).first {
        result += readings.map(String.init)
        index += readings.count
      } else {
        result.append(Self.digits[text[index]] ?? characters[text[index]].map(String.init))
        index += 1
      }
    }
    return result
  }

  private static let digits: [Character: String] = [
    "0": "ling2", "1": "yi1", "2": "er4", "3": "san1", "4": "si4", "5": "wu3", "6": "liu4", "7": "qi1", "8": "ba1",
    "9": "jiu3",
  ]
}
