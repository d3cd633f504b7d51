import Music

/// Turns a brief into a plan: what the words say first, then what suits the style.
struct Planner {
  let styles: StyleBook
  let lexicon: Lexicon
  let library: WordLibrary
  let syllables: SyllableReader

  func plan(_ brief: CompositionBrief) throws -> SongPlan {
    try check(brief)
    let reading = PromptReading(brief.caption, lexicon: lexicon)
    var random = Random(seed: brief.seed, "plan")
    let style = try style(for: brief, reading: reading, random: &random)
    var notices: [String] = []
    let meter = meter(brief, reading, style, random: &random, notices: &notices)
    let key = key(brief, reading, style, random: &random)
    let asked = brief.bpm ?? reading.bpm
    let target = asked ?? usualTempo(style, meter, reading, random: &random)
    let length = SongLength(style: style, meter: meter, asked: asked, target: target, reader: syllables, isVoiceOnly: brief.isVoiceOnly)
    var (lyrics, language) = (brief.lyrics, brief.language)
    if brief.writesLyrics, !reading.wantsNoVocals, !brief.instrumental, brief.form == .song, LyricSheet(lyrics ?? "").lineCount == 0 {
      let order = LyricOrder(brief: brief, reading: reading, library: library)
      var writer = order.writer
      let form = length.sungForm(
        seconds: brief.durationSeconds, syllables: writer.usualSyllables, seed: brief.seed)
      lyrics = writer.write(form.stanzas, lineSyllables: form.lineSyllables)
      language = order.language
      notices += order.notices
    }
    let sheet = brief.instrumental ? LyricSheet("") : LyricSheet(lyrics ?? "")
    let usesVocal = sheet.lineCount > 0 && brief.form == .song
    language = language ?? (usesVocal ? LanguageGuess.language(of: lyrics ?? "") : reading.language)

    var plan = SongPlan(
      title: brief.title ?? title(brief, style: style, reading: reading), form: brief.form, genre: style.preset,
      style: style.name, moods: reading.moods, valence: reading.valence, arousal: reading.arousal,
      instrumentsAsked: reading.instruments, instrumentsExcluded: reading.excluded,
      onlyAskedInstruments: reading.onlyAsked, bpm: 0, key: key, meter: meter, feel: .normal, sections: [],
      finalBarSeconds: 0, durationSeconds: 0, language: language, usesVocal: usesVocal,
      singer: usesVocal ? .voice(voice(brief, reading, style), brief.delivery) : nil, oneShot: nil,
      notices: notices, understood: reading.understood)
    switch brief.form {
    case .song:
      length.layOut(&plan, seconds: brief.durationSeconds, sheet: usesVocal ? sheet : nil, random: &random)
      modulate(&plan, style: style, isKeyAsked: brief.key != nil || reading.key != nil, seed: brief.seed)
    case .loop:
      length.layOutLoop(&plan, seconds: brief.durationSeconds)
    case .oneShot:
      plan.bpm = target
      plan.durationSeconds = brief.durationSeconds ?? 2
      plan.finalBarSeconds = plan.durationSeconds
      plan.oneShot = OneShotChoice.choose(reading)
    }
    return plan
  }

  /// A plan in the words of another caption: style, moods and instruments follow it; tempo, key, metre and form stay.
  func restyle(_ plan: SongPlan, caption: String) -> SongPlan {
    var plan = plan
    plan.notices = []
    guard !caption.isEmpty else { return plan }
    let reading = PromptReading(caption, lexicon: lexicon)
    plan.understood = reading.understood
    let known = reading.genres.compactMap { styles[$0.name] }
    if let first = known.first {
      let style = known.first { $0.preset == first.preset && $0.name != $0.preset } ?? first
      (plan.genre, plan.style) = (style.preset, style.name)
    }
    if !reading.moods.isEmpty {
      (plan.moods, plan.valence, plan.arousal) = (reading.moods, reading.valence, reading.arousal)
    }
    if !reading.instruments.isEmpty || !reading.excluded.isEmpty {
      plan.instrumentsAsked = reading.instruments
      plan.instrumentsExcluded = reading.excluded
      plan.onlyAskedInstruments = reading.onlyAsked
    }
    if let bpm = reading.bpm, abs(bpm - plan.bpm) > 0.5 {
      plan.notices.append("The tempo stays at \(plan.bpm.formatted) BPM, so that the music keeps its length.")
    }
    if let key = reading.key, key != plan.key { plan.notices.append("The key stays \(plan.key.name).") }
    if let meter = reading.meter, meter != plan.meter { plan.notices.append("The metre stays \(plan.meter.name).") }
    return plan
  }

  private func check(_ brief: CompositionBrief) throws {
    if let bpm = brief.bpm, !(30...300).contains(bpm) {
      throw ComposerError.outOfRange(name: "bpm", value: bpm, range: 30...300)
    }
    if let seconds = brief.durationSeconds, !(0.2...600).contains(seconds) {
      throw ComposerError.outOfRange(name: "The duration in seconds", value: seconds, range: 1...600)
    }
  }

  // MARK: Choices

  /// Lifts the last of two choruses or more, and what follows it, where the style does so. A key that was asked for is
  /// kept throughout.
  private func modulate(_ plan: inout SongPlan, style: Style, isKeyAsked: Bool, seed: UInt64) {
    var random = Random(seed: seed, "modulation")
    guard !isKeyAsked, let modulation = style.modulation, random.chance(modulation.chance),
      plan.sections.filter({ $0.kind == .chorus }).count >= 2,
      let last = plan.sections.lastIndex(where: { $0.kind == .chorus }),
      plan.sections[..<last].reduce(0, { $0 + $1.bars }) * 2 >= plan.totalBars
    else { return }
    let shift = random.pick(modulation.semitones)
    for index in last..<plan.sections.count { plan.sections[index].keyShift = shift }
  }

  private func style(for brief: CompositionBrief, reading: PromptReading, random: inout Random) throws -> Style {
    let known = reading.genres.compactMap { styles[$0.name] }
    var preset = brief.preset.map { $0.trimmingWhitespace }
    if preset?.isEmpty == true || preset?.lowercased() == "custom" { preset = nil }
    if let preset {
      let aliases = ["edm": "Electronic", "pop": "Modern Pop"]
      guard let style = styles[aliases[preset.lowercased()] ?? preset] else {
        throw ComposerError.unknownPreset(preset, known: StyleBook.presets + ["Custom"])
      }
      // A caption may ask for a kind of the preset: "bossa nova" under Jazz.
      return known.first { $0.preset == style.preset && $0.name != $0.preset } ?? style
    }
    if let first = known.first {
      // "rock, punk": the more particular of one family.
      let particular = known.first { $0.preset == first.preset && $0.name != $0.preset }
      return particular ?? first
    }
    return styles[fallbackStyle(reading, random: &random)] ?? styles.styles[0]
  }

  /// Where no genre is named, the mood and the instruments suggest one.
  private func fallbackStyle(_ reading: PromptReading, random: inout Random) -> String {
    var weights: [(String, Double)] = [("Modern Pop", 1)]
    func has(_ names: String...) -> Bool { reading.instruments.contains { names.contains($0) } }
    if has("strings", "orchestra", "violin", "cello", "harp", "flute", "oboe", "horn", "harpsichord") {
      weights.append(("Classical", 4))
    }
    if has("saxophone", "double bass", "vibraphone") { weights.append(("Jazz", 4)) }
    if has("acoustic guitar", "banjo", "harmonica", "accordion", "mandolin", "whistle") { weights.append(("Folk", 4)) }
    if has("synth", "drum machine", "arpeggio") { weights.append(("Electronic", 3)) }
    if has("electric guitar", "distorted guitar") { weights.append(("Rock", 3)) }
    if has("piano"), reading.onlyAsked { weights += [("Classical", 4), ("Ballad", 3)] }
    if has("piano"), reading.arousal < -0.2 { weights += [("Classical", 2), ("Ballad", 2)] }
    if reading.moods.contains("groovy") { weights.append(("Funk", 3)) }
    if reading.meter == .threeFour { weights.append(("Classical", 2)) }
    if reading.arousal > 0.6 { weights.append(("Electronic", 1)) }
    if reading.arousal < -0.5 { weights.append(("Ambient", 2)) }
    if reading.valence < -0.3, reading.arousal > 0.3 { weights.append(("Cinematic", 2)) }
    let best = weights.map { $0.1 }.max() ?? 1
    return random.pick(weights.filter { $0.1 >= best / 2 && styles[$0.0] != nil }) { $0.1 }.0
  }

  private func meter(
    _ brief: CompositionBrief, _ reading: PromptReading, _ style: Style, random: inout Random,
    notices: inout [String]
  ) -> Meter {
    if let meter = brief.meter { return meter }
    if let foreign = reading.foreignMeter {
      notices.append("The caption asks for \(foreign), a metre that isn't written here yet; 4/4 is used.")
      return .fourFour
    }
    if let meter = reading.meter { return meter }
    let names = style.meters.keys.sorted()
    return Meter(parsing: random.pick(names) { style.meters[$0] ?? 0 }) ?? .fourFour
  }

  private func key(
    _ brief: CompositionBrief, _ reading: PromptReading, _ style: Style, random: inout Random
  ) -> Key {
    if let key = brief.key ?? reading.key { return key }
    let names = style.modes.keys.sorted()
    let mode = Mode(
      rawValue: random.pick(names) { name in
        let weight = style.modes[name] ?? 0
        let isMinor = Mode(rawValue: name)?.isMinor ?? false
        if let asked = reading.isMinor { return asked == isMinor ? weight + 0.001 : 0 }
        // Happy words favour major, sad and dark ones minor.
        let lean = isMinor ? -reading.valence : reading.valence
        return weight * (lean > 0.25 ? 1 + 6 * lean : lean < -0.25 ? max(0.08, 1 + 1.2 * lean) : 1)
      })
    let wanted: Mode = reading.isMinor == true && mode?.isMinor != true ? .minor
      : reading.isMinor == false && mode?.isMinor == true ? .major : mode ?? .major
    let tonic = PitchClass(parsing: random.pick(style.tonics)) ?? PitchClass(rawValue: 0)
    return Key(tonic: tonic, mode: wanted)
  }

  private func voice(_ brief: CompositionBrief, _ reading: PromptReading, _ style: Style) -> VoiceKind {
    if let voice = brief.voice ?? reading.voice.flatMap(VoiceKind.init(rawValue:)) { return voice }
    var random = Random(seed: brief.seed, "voice")
    return random.chance(Self.shareOfMen[style.preset] ?? 0.45) ? .male : .female
  }

  /// How often a man sings where nothing is said.
  private static let shareOfMen = [
    "Rock": 0.65, "Metal": 0.85, "Hip Hop": 0.75, "Country": 0.6, "Blues": 0.7, "Reggae": 0.75, "R&B": 0.35,
    "Modern Pop": 0.35, "Electronic": 0.25,
  ]

  private func usualTempo(
    _ style: Style, _ meter: Meter, _ reading: PromptReading, random: inout Random
  ) -> Double {
    // Speed words and the mood's agitation move it from its usual place towards its ends.
    let lean = min(max((reading.speed ?? 0) * 0.55 + reading.arousal * 0.45 + random.normal() * 0.12, -1.3), 1.3)
    let room = lean < 0 ? style.tempo.usual - style.tempo.min : style.tempo.max - style.tempo.usual
    var tempo = style.tempo.usual + lean * room
    // Dotted quarters go by more slowly than quarters.
    if meter == .sixEight { tempo = min(max(tempo * 0.62, 46), 112) }
    return min(max(tempo.rounded(), 40), 220)
  }

  private func title(_ brief: CompositionBrief, style: Style, reading: PromptReading) -> String {
    let words = brief.caption.split(whereSeparator: \.isWhitespace).prefix(6).joined(separator: " ")
    return words.isEmpty ? style.name : words
  }
}

extension String {
  var trimmingWhitespace: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}

/// What a one-shot's caption asks for.
enum OneShotChoice {
  static func choose(_ reading: PromptReading) -> OneShot {
    let drums: [String: DrumKey] = [
      "kick": .kick, "snare": .snare, "clap": .clap, "hi-hat": .hat, "cymbal": .crash, "tom": .tomMid,
      "rimshot": .stick, "cowbell": .cowbell, "shaker": .shaker, "tambourine": .tambourine, "conga": .congaHigh,
      "bongo": .bongoHigh, "timpani": .tomFloor,
    ]
    for name in reading.instruments + reading.samples {
      if let drum = drums[name] { return .drum(key: drum.midi) }
    }
    if reading.samples.contains("drum") || reading.instruments == ["drums"] { return .drum(key: DrumKey.snare.midi) }
    if reading.samples.contains("phrase") { return .phrase }
    if reading.samples.contains("chord") { return .chord }
    return .note
  }
}
