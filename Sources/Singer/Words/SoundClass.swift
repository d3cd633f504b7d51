import Foundation
import Synchronization

/// How alike sounds and letters are, to tell which letter is heard where.
enum SoundClass {
  static func distance(_ first: Phone, _ second: Phone) -> Float {
    if first.text == second.text { return 0 }
    if first.isNucleus != second.isNucleus { return 2 }
    return first.symbols.first == second.symbols.first ? 0.1 : first.isNucleus ? 0.3 : 0.8
  }

  /// - Parameter letter: a...z.
  static func distance(_ letter: Character, _ phone: Phone) -> Float {
    let isVowel = "aeiouy".contains(letter)
    guard let symbol = phone.symbols.first else { return isVowel == phone.isNucleus ? 0.5 : 2 }
    let spelled = spellings[symbol] ?? ""
    if phone.isNucleus {
      if spelled.contains(letter) { return 0 }
      return isVowel ? 0.25 : letter == "w" || letter == "r" || letter == "l" || letter == "n" || letter == "m" ? 1.1 : 2
    }
    if spelled.contains(letter) { return 0 }
    return isVowel ? 1.1 : 0.7
  }

  /// The letters that a sound is mostly spelled with.
  private static let spellings: [Unicode.Scalar: String] = {
    let rows = [
      "a": "aɑɐʌæɒW", "e": "eɛəœøAɜ", "i": "iɪɨᵻIy", "o": "oɔɒOQYø", "u": "uʊɯʌyw", "y": "yɪijI", "b": "bβ", "c": "kʧsʦɕc",
      "d": "dðɖʤʣ", "f": "fɸ", "g": "ɡɟʤɣŋʒ", "h": "hxçχʰ", "j": "jʤʒʝx", "k": "kqcx", "l": "lʎ", "m": "m", "n": "nŋɲɳɴ",
      "p": "pɸf", "q": "qk", "r": "ɹrɾʁɽɻ", "s": "sʃzʒʂɕ", "t": "tθʈʧʦ", "v": "vβfʋw", "w": "wvʋ", "x": "kxɡ", "z": "zʒʣʦsθ",
    ]
    var result: [Unicode.Scalar: String] = [:]
    for (letter, sounds) in rows { for sound in sounds.unicodeScalars { result[sound, default: ""] += letter } }
    return result
  }()

  private static let romanised = Mutex<[String: [Character]]>([:])

  /// A letter of any script in the letters a...z; empty where there are none for it.
  static func latin(_ text: String) -> [Character] {
    if text.utf8.count == 1, let character = text.first { return character.isLetter ? Array(character.lowercased()) : [] }
    if let answer = romanised.withLock({ $0[text] }) { return answer }
    let plain = (text.applyingTransform(.toLatin, reverse: false) ?? text).lowercased().decomposedStringWithCanonicalMapping
    var result: [Character] = []
    for scalar in plain.unicodeScalars {
      switch scalar {
      case "a"..."z": result.append(Character(scalar))
      case "ß": result.append("s")
      case "ł": result.append("l")
      case "ø", "œ": result.append("o")
      case "æ", "ə": result.append("e")
      case "ı": result.append("i")
      case "đ", "ð": result.append("d")
      case "þ": result.append("t")
      default: continue
      }
    }
    romanised.withLock { romanised in
      if romanised.count > 20_000 { romanised = [:] }
      romanised[text] = result
    }
    return result
  }
}
