import Audio
import Foundation
import Music

/// What sections seem to be in a song, from how often they come, how loud they are, and whether somebody sings (`listening.md` 5.8).
struct SectionNames {
  let kinds: [Section.Kind?]
  /// 0 (20 dB below the loudest) ... 1 (the loudest).
  let energies: [Double]

  /// - Parameters:
  ///   - voice: when somebody sings; nil where nobody listened for it.
  init(_ sections: [HeardSection], sound: StereoBuffer, voice: [ClosedRange<Double>]?) {
    let levels = sections.map { section -> Double in
      let from = min(max(0, Int(section.start * Double(sound.sampleRate))), sound.frames)
      let to = min(max(from, Int(section.end * Double(sound.sampleRate))), sound.frames)
      var sum = 0.0
      for index in from..<to { sum += Double(sound.left[index] * sound.left[index] + sound.right[index] * sound.right[index]) }
      return 10 * log10(sum / Double(max(1, to - from)) + 1e-12)
    }
    let loudest = levels.max() ?? 0
    energies = levels.map { min(max(1 + ($0 - loudest) / 20, 0), 1) }

    let sung = sections.map { section -> Bool? in
      guard let voice else { return nil }
      let seconds = voice.reduce(0.0) { $0 + max(0, min($1.upperBound, section.end) - max($1.lowerBound, section.start)) }
      return seconds > 0.2 * (section.end - section.start)
    }
    var groups: [String: [Int]] = [:]
    for (index, section) in sections.enumerated() { groups[section.letter, default: []].append(index) }
    func level(_ letter: String) -> Double { (groups[letter] ?? []).map { levels[$0] }.mean }
    let repeated = groups.filter { $0.value.count > 1 && $0.value.contains { sung[$0] != false } }.keys.sorted()
    let chorus = repeated.count > 1 ? repeated.max { level($0) < level($1) } : nil
    kinds = sections.indices.map { index in
      let section = sections[index]
      let isEdge = index == 0 || index == sections.count - 1
      guard sections.count > 1 else { return nil }
      if isEdge, sung[index] == false || (sung[index] == nil && (groups[section.letter] ?? []).count == 1) {
        return index == 0 ? .intro : .outro
      }
      if section.letter == chorus { return .chorus }
      if repeated.contains(section.letter) { return .verse }
      switch sung[index] {
      case false: return .interlude
      case true: return 2 * index >= sections.count ? .bridge : .verse
      default: return nil
      }
    }
  }
}
