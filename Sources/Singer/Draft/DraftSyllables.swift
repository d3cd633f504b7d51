import Foundation
/// A syllable as espeak-ng spoke it, in 5-ms frames of its sound.
struct DraftSyllable: Sendable, Hashable {
  var onset: Range<Double>
  var nucleus: Range<Double>
  var coda: Range<Double>
  var isDiphthong: Bool
}

extension Espeak.Speech {
  private static let vowels = Set("aeiouyæøœɐɑɒɔəɚɛɜɝɞɤɨɪɯɵɶʉʊʌʏᵻɘε\u{329}".unicodeScalars)

  private static func vowels(in name: String) -> Int {
    name.decomposedStringWithCanonicalMapping.unicodeScalars.count { vowels.contains($0) }
  }

  /// The syllables in order: a vowel each, within words one consonant before it and the others to the vowel before.
  func syllables() -> [DraftSyllable] {
    let framesPerSample = 200 / Double(sampleRate)
    struct Sound {
      var range: Range<Double>
      var word: Int
      var vowels: Int
      var isPause: Bool
    }
    var sounds: [Sound] = []
    for (index, phone) in phones.enumerated() {
      let end = index + 1 < phones.count ? phones[index + 1].sample : samples.count
      guard end > phone.sample else { continue }
      let isPause = phone.name.allSatisfy { !$0.isLetter }
      sounds.append(
        Sound(
          range: Double(phone.sample) * framesPerSample..<Double(end) * framesPerSample, word: phone.word,
          vowels: Self.vowels(in: phone.name), isPause: isPause))
    }
    let nuclei = sounds.indices.filter { sounds[$0].vowels > 0 }
    return nuclei.enumerated().map { number, nucleus in
      let previous = number > 0 ? nuclei[number - 1] : -1
      let next = number + 1 < nuclei.count ? nuclei[number + 1] : sounds.count
      // Onset: after a pause or a word's beginning, or one consonant.
      var first = nucleus
      while first - 1 > previous, !sounds[first - 1].isPause,
        previous < 0 || sounds[first - 1].word == sounds[nucleus].word
      {
        if previous >= 0, sounds[previous].word == sounds[nucleus].word, nucleus - first == 1 { break }
        first -= 1
      }
      var last = nucleus
      while last + 1 < next, !sounds[last + 1].isPause {
        let isNextOnset =
          next < sounds.count
          && (sounds[last + 1].word == sounds[next].word && (sounds[nucleus].word != sounds[next].word || last + 2 == next))
        if isNextOnset { break }
        last += 1
      }
      let vowel = sounds[nucleus].range
      return DraftSyllable(
        onset: sounds[first].range.lowerBound..<vowel.lowerBound, nucleus: vowel,
        coda: vowel.upperBound..<sounds[last].range.upperBound, isDiphthong: sounds[nucleus].vowels > 1)
    }
  }
}
