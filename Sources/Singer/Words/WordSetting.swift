/// Sets the syllables of a word on its notes, however many there are of each (`singer.md` 5.4).
struct WordSetting {
  private var syllables: [SungReading]
  /// Notes of each place that a syllable can have.
  private var slots: [Range<Int>]
  /// What of the word is left out: no note takes more than four syllables.
  let unsung: String

  /// - Precondition: neither is empty.
  init(_ readings: [Reading], on slots: [Range<Int>]) {
    let sung = readings.prefix(4 * slots.reduce(0) { $0 + $1.count })
    unsung = readings.dropFirst(sung.count).map(\.text).joined()
    syllables = sung.map { SungReading(spoken: $0.spoken, text: $0.text, notes: 0..<0, language: $0.language, speech: $0.speech, voice: $0.voice) }
    if sung.count < readings.count { syllables[0].speech = sung.map(\.text).joined() }
    self.slots = slots
  }

  /// The syllables, each with at least one note.
  func solve() -> [SungReading] {
    var setting = self
    while setting.syllables.count > setting.slots.count, setting.splitSlot() {}
    while setting.syllables.count > setting.slots.count { setting.mergeSyllables() }
    if setting.syllables.count < setting.slots.count { setting.restoreSchwa() }
    while setting.syllables.count < setting.slots.count { setting.joinSlots() }
    var result = setting.syllables
    for (index, notes) in setting.slots.enumerated() { result[index].notes = notes }
    return result
  }

  /// A held note takes a syllable of its own.
  private mutating func splitSlot() -> Bool {
    guard let index = slots.indices.max(by: { slots[$0].count < slots[$1].count }), slots[index].count > 1 else { return false }
    let (start, end) = (slots[index].lowerBound, slots[index].upperBound)
    slots[index] = start..<(start + 1)
    slots.insert((start + 1)..<end, at: index + 1)
    return true
  }

  /// Two neighbours share a note: those that are least stressed, at best with no consonant between them.
  private mutating func mergeSyllables() {
    func cost(_ index: Int) -> Double {
      let (first, second) = (syllables[index].spoken, syllables[index + 1].spoken)
      let isHiatus = first.places.last == .nucleus && second.places.first == .nucleus
      let glides = isHiatus && syllables[index].language == "fr" && first.phones.last?.glide != nil
      return Double(first.stress + second.stress) + (isHiatus ? 0 : 0.5) - (glides ? 5 : 0)
    }
    let index = (0..<(syllables.count - 1)).min { cost($0) < cost($1) } ?? 0
    var (first, second) = (syllables[index].spoken, syllables[index + 1].spoken)
    if cost(index) < -0.5, let glide = first.phones.last?.glide {
      first.phones.removeLast()
      first.places.removeLast()
      var joined = SpokenSyllable(startsWord: first.startsWord, word: first.word)
      for (phone, place) in zip(first.phones, first.places) { joined.append(phone, place) }
      joined.append(glide, .onset)
      for (phone, place) in zip(second.phones, second.places) { joined.append(phone, place) }
      second = joined
      second.stress = max(first.stress, second.stress)
      syllables[index].spoken = second
    } else {
      syllables[index].spoken = first.merged(with: second)
    }
    syllables[index].text += syllables[index + 1].text
    if !syllables[index + 1].speech.isEmpty { syllables[index].speech += " " + syllables[index + 1].speech }
    syllables.remove(at: index + 1)
  }

  /// French "lun-e": the vowel that speech drops is sung where there is a note for it.
  private mutating func restoreSchwa() {
    guard let last = syllables.last, last.language == "fr", last.spoken.places.last == .coda,
      let ending = ["es", "ent", "e"].first(where: { last.text.lowercased().hasSuffix($0) && last.text.count > $0.count })
    else { return }
    var kept = last.spoken
    let first = kept.places.lastIndex { $0 != .coda }.map { $0 + 1 } ?? kept.phones.count
    // The last consonant goes over, with one before it that it can follow: "a-mou-re", "li-vre".
    let codas = Array(kept.phones[first...])
    let start = PhoneReader.onsetStart(of: codas)
    kept.phones.removeLast(codas.count - start)
    kept.places.removeLast(codas.count - start)
    var schwa = SpokenSyllable(word: kept.word)
    for phone in codas[start...] { schwa.append(phone, .onset) }
    schwa.append(.schwa, .nucleus)
    syllables[syllables.count - 1].spoken = kept
    syllables[syllables.count - 1].text = String(last.text.dropLast(ending.count))
    syllables.append(SungReading(spoken: schwa, text: ending, notes: 0..<0, language: last.language))
  }

  /// The last stressed syllable, else the last, is held over one place more.
  private mutating func joinSlots() {
    let strongest = syllables.map(\.spoken.stress).max() ?? 0
    let held = strongest == 0 ? syllables.count - 1 : syllables.lastIndex { $0.spoken.stress == strongest } ?? 0
    let next = min(held + 1, slots.count - 1)
    slots[next - 1] = slots[next - 1].lowerBound..<slots[next].upperBound
    slots.remove(at: next)
  }
}
